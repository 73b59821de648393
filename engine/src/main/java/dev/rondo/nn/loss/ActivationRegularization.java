package dev.rondo.nn.loss;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;

/// Terms added to a loss so that the output of a recurrent layer stays small and changes slowly: AR
/// and TAR of the AWD-LSTM.
///
///     activations = alpha·mean(h[t]²)                    of the output after dropout
///     changes     = beta·mean((h[t+1] - h[t])²)          of the output before it
///
/// The mean is over the elements of real steps for AR, and of pairs of consecutive real steps for
/// TAR. Values anywhere else, NaN included, change neither the loss nor a gradient. If no element
/// counts, the loss is 0.
///
/// Both are 0 on a tape that does not train. The squares are added in double and the sum is rounded
/// once. If all steps are real, nothing is copied; only the differences of `changes` are stored.
///
/// Source: S. Merity, N. S. Keskar, R. Socher, "Regularizing and Optimizing LSTM Language Models",
/// 2017, with alpha = 2 and beta = 1, the squares as in the authors' code.
public final class ActivationRegularization {
  private ActivationRegularization() {}

  /// `alpha·mean(h[t]²)`, AR, over all steps.
  ///
  /// @param output [steps, batchSize, n], as the next layer reads it, after dropout
  /// @throws IllegalArgumentException if `output` has another shape, or `alpha` is negative or not
  ///   finite
  public static Variable activations(Tape tape, Variable output, double alpha) {
    return activations(tape, output, null, alpha);
  }

  /// `alpha·mean(h[t]²)`, AR, over the steps that are real.
  ///
  /// @param output [steps, batchSize, n], as the next layer reads it, after dropout
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalArgumentException if a shape does not fit, or `alpha` is negative or not finite
  public static Variable activations(Tape tape, Variable output, Lengths lengths, double alpha) {
    requireArguments(output, lengths, "alpha", alpha);
    if (!tape.training() || alpha == 0) {
      return tape.constant(tape.zeros());
    }
    var rows = new Picked(tape, output.value(), lengths, 0);
    if (rows.count == 0) {
      return tape.constant(tape.zeros());
    }
    var h = rows.of(output.value(), 0);
    double factor = alpha / h.size();
    return loss(
        tape,
        output,
        factor * tape.backend().rows().sumOfSquares(h),
        slope -> rows.accumulate(2 * factor * slope, h, output.gradient(), 0));
  }

  /// `beta·mean((h[t+1] - h[t])²)`, TAR, over all steps but the last.
  ///
  /// @param output [steps, batchSize, n], of the layer itself, before dropout
  /// @throws IllegalArgumentException if `output` has another shape, or `beta` is negative or not
  ///   finite
  public static Variable changes(Tape tape, Variable output, double beta) {
    return changes(tape, output, null, beta);
  }

  /// `beta·mean((h[t+1] - h[t])²)`, TAR, over the pairs of steps both of which are real.
  ///
  /// @param output [steps, batchSize, n], of the layer itself, before dropout
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalArgumentException if a shape does not fit, or `beta` is negative or not finite
  public static Variable changes(Tape tape, Variable output, Lengths lengths, double beta) {
    requireArguments(output, lengths, "beta", beta);
    if (!tape.training() || beta == 0) {
      return tape.constant(tape.zeros());
    }
    var rows = new Picked(tape, output.value(), lengths, 1);
    if (rows.count == 0) {
      return tape.constant(tape.zeros());
    }
    var h = output.value();
    var change = tape.uninitialized(rows.count, h.columns());
    tape.backend().arithmetic().subtract(rows.of(h, 1), rows.of(h, 0), change);
    double factor = beta / change.size();
    return loss(
        tape,
        output,
        factor * tape.backend().rows().sumOfSquares(change),
        slope -> {
          rows.accumulate(2 * factor * slope, change, output.gradient(), 1);
          rows.accumulate(-2 * factor * slope, change, output.gradient(), 0);
        });
  }

  private static Variable loss(Tape tape, Variable output, double value, DoubleConsumer backward) {
    var loss = tape.zeros();
    loss.set(0, 0, value);
    return tape.operation(loss, result -> backward.accept(result.gradient().scalar()), output);
  }

  private static void requireArguments(
      Variable output, Lengths lengths, String name, double factor) {
    if (output.value().rank() != 3) {
      throw new IllegalArgumentException(
          "output is %s, expected [steps, batchSize, n]".formatted(output));
    }
    int steps = output.value().dimension(0);
    int batchSize = output.value().dimension(1);
    if (lengths != null && lengths.batchSize() != batchSize) {
      throw new IllegalArgumentException(
          "lengths are of %d rows, expected %d".formatted(lengths.batchSize(), batchSize));
    }
    if (lengths != null && lengths.steps() > steps) {
      throw new IllegalArgumentException(
          "lengths reach %d steps, output has %d".formatted(lengths.steps(), steps));
    }
    if (!(factor >= 0 && Double.isFinite(factor))) {
      throw new IllegalArgumentException(
          "%s must be finite and not negative, was %s".formatted(name, factor));
    }
  }

  /// The rows of an output, in order, whose own step and a number of following steps are real.
  private static final class Picked {
    private final Tape tape;
    private final int batchSize;
    private final int count;

    /// The rows for each number of steps later; null where they are the first rows in sequence.
    private final Tokens[] rows;

    Picked(Tape tape, Tensor output, Lengths lengths, int after) {
      this.tape = tape;
      batchSize = output.dimension(1);
      int steps = Math.max(output.dimension(0) - after, 0);
      if (lengths == null || lengths.total() == output.rows()) {
        count = steps * batchSize;
        rows = null;
        return;
      }
      var real = lengths.mask(output.dimension(0));
      var picked = IntStream.range(0, steps * batchSize).filter(row -> real(real, row, after));
      int[] first = picked.toArray();
      count = first.length;
      rows = new Tokens[after + 1];
      for (int later = 0; later <= after; later++) {
        rows[later] = tape.workspace().tokens(1, count);
        for (int i = 0; i < count; i++) {
          rows[later].set(0, i, first[i] + later * batchSize);
        }
      }
    }

    private boolean real(boolean[][] real, int row, int after) {
      int b = row % batchSize;
      for (int t = row / batchSize; t <= row / batchSize + after; t++) {
        if (!real[t][b]) {
          return false;
        }
      }
      return true;
    }

    /// These rows, `later` steps further on, as `[count, n]`.
    Tensor of(Tensor source, int later) {
      if (rows == null) {
        return source.rows(later * batchSize, count);
      }
      var result = tape.uninitialized(count, source.columns());
      tape.backend().rows().gather(source, rows[later], 0, result);
      return result;
    }

    /// Adds `factor·source` to these rows of `target`, `later` steps further on.
    void accumulate(double factor, Tensor source, Tensor target, int later) {
      var sum = of(target, later);
      tape.backend()
          .parallel()
          .overRows(
              count,
              source.columns(),
              (from, some) ->
                  tape.backend()
                      .arithmetic()
                      .accumulateScaled(factor, source.rows(from, some), sum.rows(from, some)));
      if (rows != null) {
        tape.backend().rows().scatter(sum, rows[later], 0, target);
      }
    }
  }
}
