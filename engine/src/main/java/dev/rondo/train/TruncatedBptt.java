package dev.rondo.train;

import java.util.ArrayList;
import java.util.List;

/// Truncated backpropagation through time: an update every `k1` steps, gradients that reach `k2`
/// steps back.
///
/// A sequence is cut into windows of `k1` steps, of which the last may be shorter. Every target
/// belongs to one window and counts once, in the update at the window's end.
///
/// - `k2 = k1`: each window is run from the last state of the previous one. This is the usual and
///   the cheapest way.
/// - `k2 > k1`: the last `k2` steps are run again, from the state that was kept before them, and
///   the loss is that of the window only. The gradient of its last target reaches `k2` steps back,
///   including its own; that of its first target reaches `k2 - k1 + 1` steps back (if the sequence
///   is that long). Every update costs `k2` steps, so a sequence costs `k2/k1` times as much.
/// - `k2 < k1`: the window is run in pieces of `k2` steps, of which the last may be shorter. The
///   state is carried from piece to piece, the gradient is not, and the gradients of the pieces add
///   up to the update's. The gradient of a target reaches back to the beginning of its piece.
///
/// Within its reach a gradient is exact: it is that of the window's loss with the starting state
/// held constant. This state was computed with the parameters of an earlier update, as always when
/// a state is carried. If `k1` and `k2` are at least the length of the sequence, this is full BPTT.
/// Memory grows with the longest run, which is at most `k2` steps.
///
/// Source: R. Williams, J. Peng, "An efficient gradient-based algorithm for on-line training of
/// recurrent network trajectories", 1990, where this is BPTT(h; h').
///
/// @param k1 steps from one update to the next
/// @param k2 largest number of steps that a gradient reaches back, including the target's own step
public record TruncatedBptt(int k1, int k2) {
  /// Checks both values.
  ///
  /// @throws IllegalArgumentException if one is not positive
  public TruncatedBptt {
    if (k1 <= 0 || k2 <= 0) {
      throw new IllegalArgumentException(
          "k1 and k2 must be positive, were %d and %d".formatted(k1, k2));
    }
  }

  /// One update of the parameters, by the loss of a window's targets.
  ///
  /// @param from the first step of the window
  /// @param to the step after the last one of the window
  /// @param segments segments to run, in order; their gradients add up
  public record Update(int from, int to, List<Segment> segments) {
    /// Copies the list.
    public Update {
      segments = List.copyOf(segments);
    }

    /// Number of steps whose targets count.
    public int steps() {
      return to - from;
    }
  }

  /// Steps that are run on one tape, in a forward and a backward pass. A segment starts from the
  /// state before step `from`, which the previous segment kept; the first segment of a sequence
  /// starts from the sequence's initial state. No gradient reaches this state.
  ///
  /// @param from the first step that is run
  /// @param lossFrom the first step whose target counts
  /// @param to the step after the last
  /// @param keepAt step whose preceding state is to be kept, because the next segment starts there
  ///   or the sequence ends. At least `from`, whose preceding state this segment starts from, and
  ///   at most `to`
  public record Segment(int from, int lossFrom, int to, int keepAt) {
    /// The segment in parts that a model can run as a whole: cut where targets begin to count, and
    /// where a state is to be kept. One part if there is no cut.
    public List<Window> parts() {
      var parts = new ArrayList<Window>();
      int at = from;
      while (at < to) {
        int next = to;
        if (at < lossFrom) {
          next = lossFrom;
        }
        if (at < keepAt) {
          next = Math.min(next, keepAt);
        }
        parts.add(new Window(at, next, at >= lossFrom));
        at = next;
      }
      return parts;
    }
  }

  /// Some steps of a segment.
  ///
  /// @param from the first step
  /// @param to the step after the last
  /// @param counted whether their targets count
  public record Window(int from, int to, boolean counted) {
    /// The number of steps.
    public int steps() {
      return to - from;
    }
  }

  /// Plans the segments of a sequence, update by update.
  ///
  /// @param steps of the sequence
  /// @throws IllegalArgumentException if `steps` is not positive
  public List<Update> plan(int steps) {
    if (steps <= 0) {
      throw new IllegalArgumentException("steps must be positive, was " + steps);
    }
    var updates = new ArrayList<Update>();
    for (int from = 0; from < steps; ) {
      int to = end(from, steps);
      var segments = k2 > k1 ? List.of(again(from, to, steps)) : pieces(from, to);
      updates.add(new Update(from, to, segments));
      from = to;
    }
    return updates;
  }

  /// `from + k1`, or the end of the sequence if that is nearer.
  private int end(int from, int steps) {
    return from + Math.min(k1, steps - from);
  }

  private Segment again(int from, int to, int steps) {
    int keepAt = to == steps ? to : Math.max(0, end(to, steps) - k2);
    return new Segment(Math.max(0, to - k2), from, to, keepAt);
  }

  private List<Segment> pieces(int from, int to) {
    var segments = new ArrayList<Segment>();
    for (int at = from; at < to; ) {
      int next = at + Math.min(k2, to - at);
      segments.add(new Segment(at, at, next, next));
      at = next;
    }
    return segments;
  }
}
