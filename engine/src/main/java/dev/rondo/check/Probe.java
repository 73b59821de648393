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

  /// The largest of what is said, measured and expected.
  double size(int k, double scale) {
    return Math.max(Math.max(Math.abs(said[k]), Math.abs(derivative(k, scale))), expected[k]);
  }

  /// Whether smaller steps might say more: a jump may be curvature, a disagreement a kink nearby.
  boolean isDoubtful(int k, double scale, double allowed) {
    return measured.getLast().jump(k, scale) || !(best(k, scale).uncertainty(k) <= allowed);
  }

  /// Whether f has a kink here, or so near that no step avoids it.
  boolean isKink(int k, double scale) {
    return measured.getLast().jump(k, scale) || best(k, scale).disagree(k, scale);
  }

  double derivative(int k, double scale) {
    return best(k, scale).derivative(k);
  }

  double uncertainty(int k, double scale) {
    return best(k, scale).uncertainty(k);
  }

  /// The step at which the extrapolations agree best, among those that met no kink.
  private Slopes best(int k, double scale) {
    var best = measured.getLast();
    for (var slopes : measured) {
      if (!slopes.jump(k, scale) && slopes.uncertainty(k) < best.uncertainty(k)) {
        best = slopes;
      }
    }
    return best;
  }
}
