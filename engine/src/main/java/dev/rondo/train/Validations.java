package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.optim.ReduceOnPlateau;
import dev.rondo.optim.WeightAverage;
import dev.rondo.tensor.Tensor;
import java.util.Map;
import java.util.function.DoubleSupplier;

/// The part of a trainer that reacts to validations: a rate that falls on a plateau, and averaged
/// weights that are measured and kept.
final class Validations {
  private final TrainerOptions options;
  private final ReduceOnPlateau plateau;
  private final WeightAverage average;
  private boolean averaged;

  Validations(TrainerOptions options, Parameters parameters) {
    this.options = options;
    plateau = options.plateau() == null ? null : new ReduceOnPlateau(options.plateau());
    average = options.averaging() == null ? null : options.averaging().of(parameters);
  }

  /// The rate of a step, counted from 0.
  double rate(long step) {
    double rate = options.schedule().rate(step);
    return plateau == null
        ? rate
        : rate * (plateau.learningRate() / options.plateau().learningRate());
  }

  /// Refuses a step on averaged weights.
  void requireTrainable() {
    if (averaged) {
      throw new IllegalStateException("the model has its averaged weights: close them first");
    }
  }

  /// Records an update of the parameters.
  ///
  /// @param steps number of steps so far
  void updated(long steps) {
    if (average != null && options.averaging().isDue(steps)) {
      average.update();
    }
  }

  /// Measures the weights that would be kept, and passes the result to all observers.
  double validate(DoubleSupplier measure, EarlyStopping stopping) {
    double loss;
    try (var _ = averagedWeights()) {
      loss = measure.getAsDouble();
      if (stopping != null) {
        stopping.observe(loss);
      }
    }
    if (plateau != null) {
      plateau.observe(loss);
    }
    return loss;
  }

  Trainer.Weights averagedWeights() {
    requireTrainable();
    if (average == null) {
      return () -> {};
    }
    var swap = average.swapIn();
    averaged = true;
    return () -> {
      swap.close();
      averaged = false;
    };
  }

  /// The plateau; null if there is none.
  ReduceOnPlateau plateau() {
    return plateau;
  }

  /// The averages; empty if there are none.
  Map<String, Tensor> averages() {
    return average == null ? Map.of() : average.state();
  }
}
