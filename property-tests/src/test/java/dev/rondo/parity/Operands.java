package dev.rondo.parity;

import dev.rondo.random.CounterRandom;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/// The inputs of a case, by name. Every number is a float, so that float32 and float64 get the same
/// inputs.
final class Operands {
  /// What begins the name of the gradient that a result gets from above.
  static final String UPSTREAM = "upstream of ";

  private final CounterRandom random;
  private final Map<String, Numbers> all = new LinkedHashMap<>();

  private Operands(CounterRandom random) {
    this.random = random;
  }

  /// None yet; those to come are functions of the seed and their name.
  static Operands of(long seed) {
    return new Operands(new CounterRandom(seed));
  }

  /// Those of a file.
  static Operands of(Map<String, Numbers> known) {
    var result = new Operands(null);
    result.all.putAll(known);
    return result;
  }

  /// Adds normally distributed numbers.
  Operands gaussian(String name, double deviation, int... shape) {
    return gaussian(name, _ -> deviation, shape);
  }

  /// Adds normally distributed numbers.
  ///
  /// @param deviation of each element, by its place
  Operands gaussian(String name, IntToDoubleFunction deviation, int... shape) {
    var own = random.fork(name.hashCode());
    return add(name, shape, i -> deviation.applyAsDouble(i) * own.nextGaussian());
  }

  /// Adds numbers between `low` and `high`.
  Operands uniform(String name, double low, double high, int... shape) {
    var own = random.fork(name.hashCode());
    return add(name, shape, _ -> low + (high - low) * own.nextDouble());
  }

  /// Adds whole numbers from 0 to below `bound`.
  Operands whole(String name, int bound, int... shape) {
    var own = random.fork(name.hashCode());
    return add(name, shape, _ -> own.nextInt(bound));
  }

  /// Adds chosen numbers.
  Operands add(String name, int[] shape, IntToDoubleFunction element) {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    var elements = new double[size];
    for (int i = 0; i < size; i++) {
      elements[i] = (float) element.applyAsDouble(i);
    }
    if (all.put(name, new Numbers(shape, elements)) != null) {
      throw new IllegalArgumentException(name + " is there already");
    }
    return this;
  }

  /// The same but for a random share of each number, at most `share`; whole numbers stay.
  Operands perturbed(double share, CounterRandom draws) {
    var changed = new LinkedHashMap<String, Numbers>();
    all.forEach((name, numbers) -> {
      var elements = numbers.elements().clone();
      for (int i = 0; i < elements.length; i++) {
        if (elements[i] != Math.rint(elements[i])) {
          elements[i] *= 1 + share * (2 * draws.nextDouble() - 1);
        }
      }
      changed.put(name, new Numbers(numbers.shape(), elements));
    });
    return of(changed);
  }

  Numbers get(String name) {
    var numbers = all.get(name);
    if (numbers == null) {
      throw new IllegalArgumentException("no operand " + name + " in " + all.keySet());
    }
    return numbers;
  }

  Map<String, Numbers> all() {
    return Collections.unmodifiableMap(all);
  }
}
