package dev.rondo.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Locale;

/// The difference between a contender's numbers and Rondo's. Each part is the root mean square of
/// the differences relative to that of the numbers; for parameters after training, relative to the
/// distance that they moved. NaN where a contender gives nothing to compare.
///
/// Every array is compared separately. The figure of a part is that of its worst array.
///
/// @param output difference of the first forward pass
/// @param gradient difference of the first training step
/// @param after difference of the parameters after some training steps
public record Difference(double output, double gradient, double after) {
  /// A limit above the effect of another order of float32 sums.
  public static final double LARGEST = 1e-4;

  /// The limit relative to the movement: rounding of a parameter is visible in so small a one.
  private static final double LARGEST_AFTER = 1e-2;

  /// Compares the results of two checks.
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

  /// Whether both have done the same work.
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
