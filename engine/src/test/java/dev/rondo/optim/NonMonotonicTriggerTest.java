package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class NonMonotonicTriggerTest {
  /// The number of the first check that triggers, or -1.
  private static int first(int window, double... metrics) {
    var trigger = new NonMonotonicTrigger(window);
    for (int i = 0; i < metrics.length; i++) {
      if (trigger.observe(metrics[i])) {
        return i;
      }
    }
    return -1;
  }

  /// Window 2: check 3 is compared with check 0, check 4 with the better of 0 and 1, check 5 with
  /// the best of 0, 1 and 2. 8 < 9, 7 < 8.5, and 7.5 > min(9, 8.5, 7.2).
  @Test
  void theMetricIsComparedWithTheBestBeforeTheWindow() {
    assertEquals(5, first(2, 9, 8.5, 7.2, 8, 7, 7.5, 1));
  }

  /// The last checks are not compared with: 6 after 5 and 4 is better than 7, before the window.
  @Test
  void theWindowItselfMayBeBetter() {
    assertEquals(-1, first(2, 9, 7, 5, 4, 6));
  }

  @Test
  void noneOfTheFirstChecksTriggers() {
    assertEquals(-1, first(3, 1, 2, 3, 4));
    assertEquals(4, first(3, 1, 2, 3, 0.5, 4));
    assertEquals(2, first(1, 1, 2, 3));
  }

  @Test
  void anEqualMetricIsLetPass() {
    assertEquals(-1, first(1, 2, 2, 2, 2));
  }

  @Test
  void notANumberIsTheWorst() {
    assertEquals(2, first(1, 2, 2, Double.NaN));
    assertEquals(-1, first(1, Double.NaN, 2, 2));
  }

  @Test
  void itStaysTriggered() {
    var trigger = new NonMonotonicTrigger(1);
    trigger.observe(1);
    trigger.observe(1);
    assertFalse(trigger.triggered());
    assertTrue(trigger.observe(2));
    assertTrue(trigger.observe(0));
    assertTrue(trigger.triggered());
  }

  @Test
  void theMetricsContinueIt() {
    double[] metrics = {9, 8.5, 7.2, 8, 7, 7.5, 1};
    for (int cut = 0; cut < metrics.length; cut++) {
      var straight = new NonMonotonicTrigger(2);
      NonMonotonicTrigger resumed = null;
      for (int i = 0; i < metrics.length; i++) {
        if (i == cut) {
          resumed = NonMonotonicTrigger.after(2, straight.metrics());
          assertEquals(straight.triggered(), resumed.triggered());
        }
        boolean expected = straight.observe(metrics[i]);
        if (resumed != null) {
          assertEquals(expected, resumed.observe(metrics[i]), "cut %d, %d".formatted(cut, i));
        }
      }
      assertEquals(List.of(9.0, 8.5, 7.2, 8.0, 7.0, 7.5, 1.0), straight.metrics());
    }
  }

  @Test
  void theWindowIsChecked() {
    assertEquals(
        "window must be positive, was 0",
        assertThrows(IllegalArgumentException.class, () -> new NonMonotonicTrigger(0))
            .getMessage());
  }
}
