package dev.rondo.check;

import java.util.ArrayList;
import java.util.List;

/// One direction of a tensor: what the tape says of several derivatives along it, and what was
/// measured, at one step or, where that was not conclusive, at several.
final class Probe {
  final Direction direction;

  /// By the tape.
  final double[] said;

  /// The sizes that are to be expected, by what the tape says of the elements.
  private final double[] expected;

  private final List<Slopes> measured = new ArrayList<>();

  Probe(Direction direction, double[] said, double[] expected) {
    this.direction = direction;
    this.said = said;
    this.expected = expected;
  }

  void add(Slopes slopes) {
    measured.add(slopes);
  }

  /// What may be expected along this direction if `largest` is along a direction of length 1.
  private double scale(double largest) {
    return largest * direction.length();
  }

  /// The largest of what is said, measured and expected.
  double size(int k, double largest) {
    double known = Math.max(Math.abs(said[k]), expected[k]);
    double derivative = Math.abs(derivative(k, largest));
    return Double.isFinite(derivative) ? Math.max(known, derivative) : known;
  }

  /// Whether smaller steps might say more: a jump may be curvature, a disagreement a kink nearby.
  boolean isDoubtful(int k, double largest, double allowed) {
    return measured.getLast().jump(k, scale(largest)) || best(k, largest).isRough(k, allowed);
  }

  /// Whether f has a kink here, or so near that no step avoids it.
  boolean isKink(int k, double largest) {
    return measured.getLast().jump(k, scale(largest))
        || best(k, largest).disagree(k, scale(largest));
  }

  double derivative(int k, double largest) {
    return best(k, largest).derivative(k);
  }

  double uncertainty(int k, double largest) {
    return best(k, largest).uncertainty(k);
  }

  /// The step at which the extrapolations agree best, among those that met no kink.
  private Slopes best(int k, double largest) {
    var best = measured.getLast();
    for (var slopes : measured) {
      if (!slopes.jump(k, scale(largest)) && slopes.uncertainty(k) < best.uncertainty(k)) {
        best = slopes;
      }
    }
    return best;
  }
}
