package dev.rondo.check;

import dev.rondo.kernel.Activation;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// The shares of a gate's values near the limits of its function, where the derivative is small
/// (Karpathy, Johnson and Li 2015 plot these two shares against each other).
///
/// | function | left-saturated | right-saturated |
/// |---|---|---|
/// | sigmoid, hard sigmoid | y < 0.1 | y > 0.9 |
/// | tanh, softsign | y < -0.9 | y > 0.9 |
/// | relu | y = 0 | - |
/// | elu | y < -0.9·α | - |
/// | affine, leaky relu | - | - |
/// | softplus | y < 0.1 | - |
/// | thresholded relu | y = 0 | - |
/// | scaled tanh | y < -0.9·abs(α) | y > 0.9·abs(α) |
///
/// If a function has no limit, the share is 0. NaN counts as neither.
///
/// @param gate its name
/// @param left share of values, over units, sequences and real steps, near the lower limit
/// @param right share near the upper limit
public record Saturation(String gate, double left, double right) {
  /// The distance to a limit within which a value is saturated, as a share of the limit's distance
  /// from 0 (tanh) or from the other limit (sigmoid).
  public static final double MARGIN = 0.1;

  /// Values below `left` or above `right` are saturated.
  record Limits(double left, double right) {
    static Limits of(Activation f) {
      double none = Double.POSITIVE_INFINITY;
      return switch (f.function()) {
        case SIGMOID, HARD_SIGMOID -> new Limits(MARGIN, 1 - MARGIN);
        case TANH, SOFTSIGN -> new Limits(MARGIN - 1, 1 - MARGIN);
        case RELU, THRESHOLDED_RELU -> new Limits(Double.MIN_VALUE, none);
        case ELU -> new Limits((MARGIN - 1) * f.alpha(), none);
        case AFFINE, LEAKY_RELU -> new Limits(-none, none);
        case SOFTPLUS -> new Limits(MARGIN, none);
        case SCALED_TANH -> {
          double limit = (1 - MARGIN) * Math.abs(f.alpha());
          yield new Limits(-limit, limit);
        }
      };
    }

    /// Counts the values below and above the limits in one row: below in the lower 32 bits, above
    /// in the upper ones.
    long count(Tensor values, int row) {
      var segment = values.segment();
      long at = values.byteOffset(row, 0);
      return switch (values.type()) {
        case FLOAT32 -> countFloats(segment, at, values.columns());
        case FLOAT64 -> countDoubles(segment, at, values.columns());
      };
    }

    private long countFloats(MemorySegment segment, long at, int count) {
      int below = 0;
      int above = 0;
      for (int i = 0; i < count; i++) {
        double y = segment.get(ValueLayout.JAVA_FLOAT, at + (long) i * Float.BYTES);
        below += y < left ? 1 : 0;
        above += y > right ? 1 : 0;
      }
      return (long) above << 32 | below;
    }

    private long countDoubles(MemorySegment segment, long at, int count) {
      int below = 0;
      int above = 0;
      for (int i = 0; i < count; i++) {
        double y = segment.get(ValueLayout.JAVA_DOUBLE, at + (long) i * Double.BYTES);
        below += y < left ? 1 : 0;
        above += y > right ? 1 : 0;
      }
      return (long) above << 32 | below;
    }
  }

  /// One line of a report.
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-7s left-saturated %5.1f %%, right-saturated %5.1f %%",
        gate,
        100 * left,
        100 * right);
  }
}
