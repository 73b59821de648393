package dev.rondo.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Locale;

/// How far a contender's numbers are from Rondo's, each part as the root of the mean square of the
/// differences relative to that of the numbers; for parameters after training, relative to how far
/// they moved. NaN where a contender has given nothing to compare.
///
/// Every array is compared by itself; a part's figure is that of its worst array.
///
/// @param output of the first forward pass
/// @param gradient of the first training step
/// @param after of the parameters after some training steps
public record Difference(double output, double gradient, double after) {
  /// More than sums of float32 in another order can make.
  public static final double LARGEST = 1e-4;

  /// Of the movement: a parameter's own rounding is a visible part of so small a way.
  private static final double LARGEST_AFTER = 1e-2;

  /// Compares what two checks have written.
  static Difference between(Work work, Numbers operands, Numbers ours, Numbers theirs)
      throws IOException {
    double output = relative(ours.read("output"), theirs.read("output"), null);
    double gradient = Double.NaN;
    double after = Double.NaN;
    for (var name : work.parameters().keySet()) {
      var gradientName = "gradient." + name;
      if (theirs.has(gradientName)) {
        gradient =
            larger(gradient, relative(ours.read(gradientName), theirs.read(gradientName), null));
      }
      var afterName = "after." + name;
      if (theirs.has(afterName)) {
        after =
            larger(
                after, relative(ours.read(afterName), theirs.read(afterName), operands.read(name)));
      }
    }
    return new Difference(output, gradient, after);
  }

  private static double larger(double soFar, double next) {
    return Double.isNaN(soFar) || next > soFar ? next : soFar;
  }

  /// `‖theirs - ours‖ / ‖ours - origin‖`; infinite if anything is not finite or sizes differ.
  public static double relative(float[] ours, float[] theirs, float[] origin) {
    if (ours.length != theirs.length) {
      return Double.POSITIVE_INFINITY;
    }
    double difference = 0;
    double size = 0;
    for (int i = 0; i < ours.length; i++) {
      double d = (double) theirs[i] - ours[i];
      double s = origin == null ? ours[i] : (double) ours[i] - origin[i];
      difference += d * d;
      size += s * s;
    }
    double relative = difference == 0 ? 0 : Math.sqrt(difference / size);
    return Double.isFinite(relative) ? relative : Double.POSITIVE_INFINITY;
  }

  /// Whether the two have done the same work.
  public boolean acceptable() {
    return !(output > LARGEST || gradient > LARGEST || after > LARGEST_AFTER);
  }

  /// The parts that were compared, in one line.
  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    add(parts, "output", output);
    add(parts, "gradients", gradient);
    add(parts, "parameters' way", after);
    return String.join(", ", parts);
  }

  private static void add(ArrayList<String> parts, String name, double value) {
    if (!Double.isNaN(value)) {
      parts.add(String.format(Locale.ROOT, "%s %.1e", name, value));
    }
  }
}
