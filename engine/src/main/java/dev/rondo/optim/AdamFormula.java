package dev.rondo.optim;

import dev.rondo.kernel.Updates.AdamStep;

/// The numbers of a step of [Adam] or [AdamW], computed once for all parameters that have been
/// updated equally often.
final class AdamFormula {
  private final AdamOptions options;
  private final boolean decoupled;
  private AdamStep step;
  private long number;
  private double learningRate;

  AdamFormula(AdamOptions options, boolean decoupled) {
    this.options = options;
    this.decoupled = decoupled;
  }

  /// The numbers of a parameter's update `t`, the first of which is 1.
  AdamStep at(long t, double rate) {
    if (step == null || t != number || rate != learningRate) {
      step = compute(t, rate);
      number = t;
      learningRate = rate;
    }
    return step;
  }

  private AdamStep compute(long t, double rate) {
    return new AdamStep(
        rate / (1 - StrictMath.pow(options.beta1(), (double) t)),
        1 / StrictMath.sqrt(1 - StrictMath.pow(options.beta2(), (double) t)),
        options.beta1(),
        options.beta2(),
        options.epsilon(),
        decoupled ? 0 : options.weightDecay(),
        decoupled ? 1 - rate * options.weightDecay() : 1);
  }
}
