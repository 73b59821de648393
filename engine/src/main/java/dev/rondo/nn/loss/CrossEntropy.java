package dev.rondo.nn.loss;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// Cross-entropy of logits with target classes, in nats.
///
///     loss[r] = log Σ_k exp(logits[r][k]) - logits[r][target[r]]
///
/// Targets that are [Tokens#IGNORED] do not count. The rows' losses are added in double, in order,
/// and rounded once. On a training tape the gradient is computed in the same pass over the logits.
public final class CrossEntropy {
  private CrossEntropy() {}

  /// The mean over the targets that count; 0 if there are none.
  ///
  /// @param logits [..., classes] with as many rows as there are targets
  /// @throws IllegalArgumentException if sizes differ or a target is not a class
  public static Variable mean(Tape tape, Variable logits, Tokens targets) {
    return loss(tape, logits, targets, true);
  }

  /// The sum over the targets.
  ///
  /// @param logits [..., classes] with as many rows as there are targets
  /// @throws IllegalArgumentException if sizes differ or a target is not a class
  public static Variable sum(Tape tape, Variable logits, Tokens targets) {
    return loss(tape, logits, targets, false);
  }

  private static Variable loss(Tape tape, Variable logits, Tokens targets, boolean mean) {
    int counted = requireTargets(logits.value(), targets);
    var backend = tape.backend();
    var value = logits.value();
    var losses = tape.uninitialized(value.rows(), 1);
    var gradient = tape.uninitialized(value.rows(), value.columns());
    backend
        .parallel()
        .overRows(
            value.rows(),
            value.columns(),
            (from, count) ->
                backend
                    .rows()
                    .crossEntropy(
                        value.rows(from, count),
                        targets,
                        from,
                        losses.rows(from, count),
                        gradient.rows(from, count)));
    double total = 0;
    for (int r = 0; r < losses.rows(); r++) {
      total += losses.get(r, 0);
    }
    double factor = mean ? 1.0 / Math.max(counted, 1) : 1.0;
    var loss = tape.zeros();
    loss.set(0, 0, factor * total);
    return tape.operation(
        loss,
        result -> {
          double scale = factor * result.gradient().scalar();
          var target = logits.gradient();
          backend
              .parallel()
              .overRows(
                  value.rows(),
                  value.columns(),
                  (from, count) ->
                      backend
                          .arithmetic()
                          .accumulateScaled(
                              scale, gradient.rows(from, count), target.rows(from, count)));
        },
        logits);
  }

  private static int requireTargets(Tensor logits, Tokens targets) {
    if (targets.size() != logits.rows()) {
      throw new IllegalArgumentException(
          "targets are %s, expected %d in all".formatted(targets, logits.rows()));
    }
    int counted = 0;
    for (int i = 0; i < targets.size(); i++) {
      int target = targets.get(i);
      if (target == Tokens.IGNORED) {
        continue;
      }
      if (target < 0 || target >= logits.columns()) {
        throw new IllegalArgumentException(
            "target %d is %d, expected 0 to %d".formatted(i, target, logits.columns() - 1));
      }
      counted++;
    }
    return counted;
  }
}
