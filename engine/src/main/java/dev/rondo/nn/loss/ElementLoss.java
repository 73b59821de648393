package dev.rondo.nn.loss;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// Code common to the losses that are computed element by element.
final class ElementLoss {
  private ElementLoss() {}

  /// @param like the tensor whose shape is required, named `of` in the message
  static void requireShape(String name, Tensor tensor, Tensor like, String of) {
    if (tensor.type() != like.type() || !Arrays.equals(tensor.shape(), like.shape())) {
      throw new IllegalArgumentException(
          "%s is %s, expected the shape of %s, %s".formatted(name, tensor, of, like));
    }
  }

  /// Number of elements of `all` that count: those where `counted` is not 0, or all if it is null.
  static long count(Tensor counted, Tensor all) {
    if (counted == null) {
      return all.size();
    }
    long count = 0;
    for (int r = 0; r < counted.rows(); r++) {
      for (int c = 0; c < counted.columns(); c++) {
        count += counted.get(r, c) != 0 ? 1 : 0;
      }
    }
    return count;
  }

  /// The factor of each loss: for the mean over `count`, or for the sum.
  static double factor(boolean mean, long count) {
    return mean ? 1.0 / Math.max(count, 1) : 1.0;
  }

  /// Sets the elements of `values` that do not count to 0, whatever they hold.
  static void clearOthers(Tape tape, Tensor counted, Tensor values) {
    if (counted != null) {
      var zeros = tape.zeros(values.shape());
      tape.backend().arithmetic().select(counted, values, zeros, values);
    }
  }

  /// A loss of one element.
  ///
  /// @param slope factor from the gradient of the loss to that of x
  /// @param gradient in the shape of x
  static Variable of(Tape tape, Variable x, double value, double slope, Tensor gradient) {
    var loss = tape.zeros();
    loss.set(0, 0, value);
    return tape.operation(
        loss,
        result -> {
          double factor = slope * result.gradient().scalar();
          var target = x.gradient();
          tape.backend()
              .parallel()
              .overRows(
                  target.rows(),
                  target.columns(),
                  (from, count) ->
                      tape.backend()
                          .arithmetic()
                          .accumulateScaled(
                              factor, gradient.rows(from, count), target.rows(from, count)));
        },
        x);
  }
}
