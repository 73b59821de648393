package dev.rondo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.train.TruncatedBptt.Segment;
import dev.rondo.train.TruncatedBptt.Update;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which steps are run for which update, and from which state.
class TruncatedBpttTest {
  /// Everything up to this is tried.
  private static final int LARGEST = 13;

  private static void everywhere(Check check) {
    for (int steps = 1; steps <= LARGEST; steps++) {
      for (int k1 = 1; k1 <= LARGEST + 1; k1++) {
        for (int k2 = 1; k2 <= LARGEST + 1; k2++) {
          check.of(steps, k1, k2, new TruncatedBptt(k1, k2).plan(steps));
        }
      }
    }
  }

  private interface Check {
    void of(int steps, int k1, int k2, List<Update> plan);
  }

  @Test
  void everyTargetCountsOnceInItsWindow() {
    everywhere((steps, k1, k2, plan) -> {
      int[] counted = new int[steps];
      for (var update : plan) {
        for (var segment : update.segments()) {
          for (int t = segment.lossFrom(); t < segment.to(); t++) {
            counted[t]++;
            assertTrue(update.from() <= t && t < update.to());
          }
        }
      }
      for (int count : counted) {
        assertEquals(1, count);
      }
      assertEquals(Math.ceilDiv(steps, k1), plan.size());
      assertEquals(steps, plan.stream().mapToInt(Update::steps).sum());
      assertTrue(plan.stream().limit(plan.size() - 1L).allMatch(u -> u.steps() == k1));
    });
  }

  /// A segment begins where the one before kept a state, and the last one keeps that of the end.
  @Test
  void everySegmentStartsFromAStateThatWasKept() {
    everywhere((steps, _, k2, plan) -> {
      int kept = 0;
      for (var update : plan) {
        for (var segment : update.segments()) {
          assertEquals(kept, segment.from());
          assertTrue(segment.from() <= segment.lossFrom());
          assertTrue(segment.lossFrom() < segment.to());
          assertTrue(segment.to() - segment.from() <= k2, "no run is longer than k2");
          assertTrue(segment.from() <= segment.keepAt() && segment.keepAt() <= segment.to());
          kept = segment.keepAt();
        }
      }
      assertEquals(steps, kept);
    });
  }

  /// Where k2 > k1, the last target of every window looks back over k2 steps, or all there are.
  @Test
  void theLastTargetOfAWindowReachesAllTheWay() {
    everywhere((_, k1, k2, plan) -> {
      for (var update : plan) {
        var last = update.segments().getLast();
        assertEquals(update.to(), last.to());
        if (k2 > k1) {
          assertEquals(Math.min(k2, update.to()), last.to() - last.from());
        } else {
          assertEquals(update.from(), update.segments().getFirst().from());
        }
      }
    });
  }

  /// Parts follow each other, are cut nowhere but where it is needed, and count from `lossFrom` on.
  @Test
  void partsMakeUpTheirSegment() {
    everywhere((_, _, _, plan) -> {
      for (var update : plan) {
        for (var segment : update.segments()) {
          int at = segment.from();
          boolean keeps = segment.keepAt() == segment.from();
          for (var part : segment.parts()) {
            assertEquals(at, part.from());
            assertTrue(part.steps() > 0);
            assertEquals(part.from() >= segment.lossFrom(), part.counted());
            at = part.to();
            assertTrue(at == segment.to() || at == segment.lossFrom() || at == segment.keepAt());
            keeps |= at == segment.keepAt();
          }
          assertEquals(segment.to(), at);
          assertTrue(keeps);
        }
      }
    });
  }

  /// Seven steps, an update every two, five steps back: windows [0, 2) [2, 4) [4, 6) [6, 7).
  @Test
  void aPlanThatLooksFurtherBackThanItsWindow() {
    var plan = new TruncatedBptt(2, 5).plan(7);
    assertEquals(
        List.of(
            new Update(0, 2, List.of(new Segment(0, 0, 2, 0))),
            new Update(2, 4, List.of(new Segment(0, 2, 4, 1))),
            new Update(4, 6, List.of(new Segment(1, 4, 6, 2))),
            new Update(6, 7, List.of(new Segment(2, 6, 7, 7)))),
        plan);
    assertEquals(
        List.of(
            new TruncatedBptt.Window(1, 2, false),
            new TruncatedBptt.Window(2, 4, false),
            new TruncatedBptt.Window(4, 6, true)),
        plan.get(2).segments().getFirst().parts());
  }

  /// Seven steps, an update every five, two steps back.
  @Test
  void aPlanInPieces() {
    assertEquals(
        List.of(
            new Update(
                0,
                5,
                List.of(new Segment(0, 0, 2, 2), new Segment(2, 2, 4, 4), new Segment(4, 4, 5, 5))),
            new Update(5, 7, List.of(new Segment(5, 5, 7, 7)))),
        new TruncatedBptt(5, 2).plan(7));
  }

  @Test
  void largeNumbersDoNotOverflow() {
    var all = List.of(new Update(0, 9, List.of(new Segment(0, 0, 9, 9))));
    assertEquals(all, new TruncatedBptt(Integer.MAX_VALUE, Integer.MAX_VALUE).plan(9));
    assertEquals(all, new TruncatedBptt(9, Integer.MAX_VALUE).plan(9));
    assertEquals(9, new TruncatedBptt(1, Integer.MAX_VALUE).plan(9).size());
  }

  @Test
  void valuesAreChecked() {
    assertEquals(
        "k1 and k2 must be positive, were 0 and 3",
        assertThrows(IllegalArgumentException.class, () -> new TruncatedBptt(0, 3)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new TruncatedBptt(3, 0));
    var bptt = new TruncatedBptt(1, 1);
    assertEquals(
        "steps must be positive, was 0",
        assertThrows(IllegalArgumentException.class, () -> bptt.plan(0)).getMessage());
  }
}
