package dev.rondo.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class WorkTest {
  @Test
  void lineIsReadBack() {
    for (var work : Work.all(2)) {
      assertEquals(work, Work.parse(work.line()));
    }
  }

  @Test
  void filterNamesWholeParts() {
    var work = new Work(Work.Kind.FORWARD, Work.Cell.GRU, 512, 8, 1);
    assertTrue(work.matches("forward"));
    assertTrue(work.matches("gru/512"));
    assertTrue(work.matches("forward/gru/512/8"));
    assertFalse(work.matches("forward/gru/51"));
    assertFalse(work.matches("train"));
  }

  /// An LSTM of 2 units over 2 features: 4 gates of 2 rows of 4 products, 100 steps, batch 3; two
  /// operations a product.
  @Test
  void operationsAreThoseOfTheProducts() {
    var forward = new Work(Work.Kind.FORWARD, Work.Cell.LSTM, 2, 3, 1);
    assertEquals(2e-9 * 100 * 3 * 32, forward.gflop(), 1e-15);
    var train = new Work(Work.Kind.TRAIN, Work.Cell.LSTM, 2, 3, 1);
    assertEquals(3 * 2e-9 * 64 * 3 * 32, train.gflop(), 1e-15);
  }
}
