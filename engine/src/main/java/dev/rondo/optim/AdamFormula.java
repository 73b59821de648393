package dev.rondo.optim;

import dev.rondo.kernel.Updates.AdamStep;

/// The numbers of a step of [Adam], [AdamW] or [RAdam], computed once for all parameters of a group
/// that have been updated equally often.
final class AdamFormula {
  /// The numbers of a parameter's update `t`, the first of which is 1.
  @FunctionalInterface
  interface Numbers {
    AdamStep at(long t, double learningRate);
  }

  private final Numbers numbers;
  private AdamStep step;
  private long number;
  private double learningRate;

  AdamFormula(Numbers numbers) {
    this.numbers = numbers;
  }

  /// Adam's with its weight decay in the gradient, or apart from it.
  static AdamFormula of(AdamOptions options, boolean decoupled) {
    return new AdamFormula((t, rate) ->
        new AdamStep(
            rate / (1 - StrictMath.pow(options.beta1(), (double) t)),
            1 / StrictMath.sqrt(1 - StrictMath.pow(options.beta2(), (double) t)),
            options.beta1(),
            options.beta2(),
            options.epsilon(),
            decoupled ? 0 : options.weightDecay(),
            decoupled ? 1 - rate * options.weightDecay() : 1));
  }

  /// The numbers of a parameter's update `t`.
  AdamStep at(long t, double rate) {
    if (step == null || t != number || rate != learningRate) {
      step = numbers.at(t, rate);
      number = t;
      learningRate = rate;
    }
    return step;
  }
}
