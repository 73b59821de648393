package dev.rondo.optim;

import java.util.ArrayList;
import java.util.List;

/// Decides when to begin averaging: at the first check whose metric is worse than the best one from
/// more than `window` checks ago.
///
///     triggered: v > min(v₀ ... v_{k-n-1}) at check k > n       n = window, lower is better
///
/// With [WeightAverage#equal] and plain [Sgd] this is NT-ASGD, which trained the AWD-LSTM:
///
///     var trigger = new NonMonotonicTrigger(5);
///     for (...) {
///       ...
///       sgd.step();
///       if (trigger.triggered()) {
///         average.update();
///       }
///       if (...) { // once an epoch
///         try (var _ = average.swapIn()) {
///           trigger.observe(validationLoss());
///         }
///       }
///     }
///
/// As in the authors' code: their paper's algorithm compares with the last `n` checks instead.
///
/// Source: S. Merity, N. Keskar, R. Socher, "Regularizing and optimizing LSTM language models",
/// 2017.
public final class NonMonotonicTrigger {
  private final int window;
  private final List<Double> metrics = new ArrayList<>();
  private double best = Double.POSITIVE_INFINITY;
  private boolean triggered;

  /// Creates a trigger without observations.
  ///
  /// @param window checks that may pass without a new best one; the authors' 5
  /// @throws IllegalArgumentException if `window` is not positive
  public NonMonotonicTrigger(int window) {
    Checks.positive("window", (long) window);
    this.window = window;
  }

  /// Creates a trigger with the [#metrics()] of an earlier one.
  ///
  /// @throws IllegalArgumentException if `window` is not positive
  public static NonMonotonicTrigger after(int window, List<Double> metrics) {
    var trigger = new NonMonotonicTrigger(window);
    for (double metric : metrics) {
      trigger.observe(metric);
    }
    return trigger;
  }

  /// Observes the metric of a check.
  ///
  /// @param metric lower is better; NaN is the worst
  /// @return whether averaging is on from now on
  public boolean observe(double metric) {
    double known = Double.isNaN(metric) ? Double.POSITIVE_INFINITY : metric;
    if (metrics.size() > window) {
      best = Math.min(best, metrics.get(metrics.size() - window - 1));
      triggered |= known > best;
    }
    metrics.add(known);
    return triggered;
  }

  /// Returns true from the check that started averaging on.
  public boolean triggered() {
    return triggered;
  }

  /// The observed metrics in order, NaN as infinity: later answers depend on nothing else.
  public List<Double> metrics() {
    return List.copyOf(metrics);
  }
}
