package dev.rondo.optim;

import java.util.List;
import java.util.function.DoubleFunction;

/// The algorithms of this package by name, for commands and configuration files.
public final class Algorithms {
  private static final List<DoubleFunction<Algorithm>> ALL =
      List.of(
          Sgd::of,
          Adagrad::of,
          Adadelta::of,
          RmsProp::of,
          Adam::of,
          AdamW::of,
          NAdam::of,
          RAdam::of);

  private Algorithms() {}

  /// Every algorithm with its defaults.
  ///
  /// @throws IllegalArgumentException if `learningRate` is negative or not finite
  public static List<Algorithm> all(double learningRate) {
    return ALL.stream().map(algorithm -> algorithm.apply(learningRate)).toList();
  }

  /// The names of all algorithms.
  public static List<String> names() {
    return all(0).stream().map(Algorithm::name).toList();
  }

  /// Returns the algorithm of this name, with its defaults.
  ///
  /// @throws IllegalArgumentException if there is none, or `learningRate` is negative or not finite
  public static Algorithm of(String name, double learningRate) {
    return all(learningRate).stream()
        .filter(algorithm -> algorithm.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "optimizer must be one of %s, was %s".formatted(String.join(", ", names()), name)));
  }
}
