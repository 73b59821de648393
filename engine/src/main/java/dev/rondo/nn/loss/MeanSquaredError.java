package dev.rondo.nn.loss;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import java.util.Objects;

/// The squared difference from target values.
///
///     loss = (prediction - target)²
///
/// Values of elements that do not count, NaN included, change neither the loss nor a gradient.
/// `targets` and `counted` get no gradient and are not copied.
///
/// Squares are added in double and the sum is rounded once. PyTorch's `MSELoss`.
public final class MeanSquaredError {
  private MeanSquaredError() {}

  /// The mean over all elements; 0 if there are none.
  ///
  /// @param prediction any shape
  /// @param targets in the shape of prediction
  /// @throws IllegalArgumentException if shapes differ
  public static Variable mean(Tape tape, Variable prediction, Tensor targets) {
    return loss(tape, prediction, targets, null, true);
  }

  /// The mean over the elements that count; 0 if there are none.
  ///
  /// @param prediction any shape
  /// @param targets in the shape of prediction
  /// @param counted in the shape of prediction: 0 where an element does not count, any other value
  ///   where it does
  /// @throws IllegalArgumentException if shapes differ
  public static Variable mean(Tape tape, Variable prediction, Tensor targets, Tensor counted) {
    return loss(tape, prediction, targets, Objects.requireNonNull(counted), true);
  }

  /// The sum over all elements.
  ///
  /// @param prediction any shape
  /// @param targets in the shape of prediction
  /// @throws IllegalArgumentException if shapes differ
  public static Variable sum(Tape tape, Variable prediction, Tensor targets) {
    return loss(tape, prediction, targets, null, false);
  }

  /// The sum over the elements that count.
  ///
  /// @param prediction any shape
  /// @param targets in the shape of prediction
  /// @param counted in the shape of prediction: 0 where an element does not count, any other value
  ///   where it does
  /// @throws IllegalArgumentException if shapes differ
  public static Variable sum(Tape tape, Variable prediction, Tensor targets, Tensor counted) {
    return loss(tape, prediction, targets, Objects.requireNonNull(counted), false);
  }

  private static Variable loss(
      Tape tape, Variable prediction, Tensor targets, Tensor counted, boolean mean) {
    var value = prediction.value();
    ElementLoss.requireShape("targets", targets, value, "prediction");
    if (counted != null) {
      ElementLoss.requireShape("counted", counted, value, "prediction");
    }
    var backend = tape.backend();
    var difference = tape.uninitialized(value.shape());
    backend
        .parallel()
        .overRows(
            value.rows(),
            value.columns(),
            (from, count) ->
                backend
                    .arithmetic()
                    .subtract(
                        value.rows(from, count),
                        targets.rows(from, count),
                        difference.rows(from, count)));
    ElementLoss.clearOthers(tape, counted, difference);
    double factor = ElementLoss.factor(mean, ElementLoss.count(counted, value));
    double total = backend.rows().sumOfSquares(difference);
    return ElementLoss.of(tape, prediction, factor * total, 2 * factor, difference);
  }
}
