package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/// Keeps the parameters with the lowest validation loss, and decides when to stop.
public final class EarlyStopping {
  private final Parameters parameters;
  private final int patience;
  private final Map<String, Tensor> best = new LinkedHashMap<>();
  private double bestLoss = Double.POSITIVE_INFINITY;
  private int sinceBest;

  /// Creates one without evaluations.
  ///
  /// @param parameters parameters whose values are copied when they are the best
  /// @param patience evaluations without improvement after which to stop
  /// @param arena owns the copies
  public EarlyStopping(Parameters parameters, int patience, Arena arena) {
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be positive, was " + patience);
    }
    this.parameters = parameters;
    this.patience = patience;
    for (var parameter : parameters.all()) {
      var value = parameter.value();
      best.put(parameter.name(), Tensor.allocate(arena, value.type(), value.shape()));
    }
  }

  /// Observes an evaluation of the present parameters.
  ///
  /// @return true if they are the best so far, and were copied
  public boolean observe(double loss) {
    if (loss < bestLoss) {
      bestLoss = loss;
      sinceBest = 0;
      for (var parameter : parameters.all()) {
        best.get(parameter.name()).copyFrom(parameter.value());
      }
      return true;
    }
    sinceBest++;
    return false;
  }

  /// Returns true once `patience` evaluations have passed without improvement.
  public boolean shouldStop() {
    return sinceBest >= patience;
  }

  /// The lowest loss so far; infinite before the first evaluation.
  public double bestLoss() {
    return bestLoss;
  }

  /// Number of evaluations since the best one.
  public int sinceBest() {
    return sinceBest;
  }

  /// Restores the best parameters.
  ///
  /// @throws IllegalStateException before the first evaluation
  public void restoreBest() {
    if (bestLoss == Double.POSITIVE_INFINITY) {
      throw new IllegalStateException("nothing has been evaluated yet");
    }
    for (var parameter : parameters.all()) {
      parameter.value().copyFrom(best.get(parameter.name()));
    }
  }

  Map<String, Tensor> best() {
    return best;
  }

  void restore(double loss, int evaluationsSince) {
    bestLoss = loss;
    sinceBest = evaluationsSince;
  }
}
