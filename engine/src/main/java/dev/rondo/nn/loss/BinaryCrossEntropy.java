package dev.rondo.nn.loss;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import java.util.Objects;

/// Cross-entropy of logits with target probabilities, each element a decision of its own, in nats.
///
///     loss = -t·log σ(x) - (1 - t)·log(1 - σ(x)) = max(x, 0) - x·t + log(1 + e^-|x|)
///
/// The second form never overflows. Values of elements that do not count, NaN included, change
/// neither the loss nor a gradient. `targets` and `counted` get no gradient and are not copied.
///
/// The rows' losses are added in double, in order, and rounded once. PyTorch's `BCEWithLogitsLoss`.
public final class BinaryCrossEntropy {
  private BinaryCrossEntropy() {}

  /// The mean over all elements; 0 if there are none.
  ///
  /// @param logits any shape
  /// @param targets in the shape of logits, each 0, 1 or between
  /// @throws IllegalArgumentException if shapes differ
  public static Variable mean(Tape tape, Variable logits, Tensor targets) {
    return loss(tape, logits, targets, null, true);
  }

  /// The mean over the elements that count; 0 if there are none.
  ///
  /// @param logits any shape
  /// @param targets in the shape of logits, each 0, 1 or between
  /// @param counted in the shape of logits: 0 where an element does not count, any other value
  ///   where it does
  /// @throws IllegalArgumentException if shapes differ
  public static Variable mean(Tape tape, Variable logits, Tensor targets, Tensor counted) {
    return loss(tape, logits, targets, Objects.requireNonNull(counted), true);
  }

  /// The sum over all elements.
  ///
  /// @param logits any shape
  /// @param targets in the shape of logits, each 0, 1 or between
  /// @throws IllegalArgumentException if shapes differ
  public static Variable sum(Tape tape, Variable logits, Tensor targets) {
    return loss(tape, logits, targets, null, false);
  }

  /// The sum over the elements that count.
  ///
  /// @param logits any shape
  /// @param targets in the shape of logits, each 0, 1 or between
  /// @param counted in the shape of logits: 0 where an element does not count, any other value
  ///   where it does
  /// @throws IllegalArgumentException if shapes differ
  public static Variable sum(Tape tape, Variable logits, Tensor targets, Tensor counted) {
    return loss(tape, logits, targets, Objects.requireNonNull(counted), false);
  }

  private static Variable loss(
      Tape tape, Variable logits, Tensor targets, Tensor counted, boolean mean) {
    var value = logits.value();
    ElementLoss.requireShape("targets", targets, value, "logits");
    if (counted != null) {
      ElementLoss.requireShape("counted", counted, value, "logits");
    }
    var backend = tape.backend();
    var losses = tape.uninitialized(value.shape());
    var gradient = tape.uninitialized(value.shape());
    backend
        .parallel()
        .overRows(
            value.rows(),
            value.columns(),
            (from, count) ->
                backend
                    .activations()
                    .binaryCrossEntropy(
                        value.rows(from, count),
                        targets.rows(from, count),
                        losses.rows(from, count),
                        gradient.rows(from, count)));
    ElementLoss.clearOthers(tape, counted, losses);
    ElementLoss.clearOthers(tape, counted, gradient);
    var sums = tape.zeros(value.rows(), 1);
    backend.rows().sum(losses, sums);
    double total = 0;
    for (int r = 0; r < sums.rows(); r++) {
      total += sums.get(r, 0);
    }
    double factor = ElementLoss.factor(mean, ElementLoss.count(counted, value));
    return ElementLoss.of(tape, logits, factor * total, factor, gradient);
  }
}
