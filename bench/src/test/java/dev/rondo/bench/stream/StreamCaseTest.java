package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.WeightFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StreamCaseTest {
  @Test
  void lineIsReadBack() {
    var cases =
        StreamCase.all(
            List.of(Cell.values()),
            List.of(16, 1024),
            List.of("3x480"),
            List.of(WeightFormat.values()));
    assertEquals(3 * (3 * 2 + 1), cases.size());
    for (var stream : cases) {
      assertEquals(stream, StreamCase.parse(stream.line()));
    }
  }

  /// Two layers of an LSTM with 2 units over 2 features: 2 times 2 matrices of 4 gates of 2 rows of
  /// 2 weights; 32 rows of 2 on them. Int8 has 4 bytes more for each row.
  @Test
  void weightsOfProductsAreCounted() {
    var stream = StreamCase.stack(Cell.LSTM, "2x2", WeightFormat.FLOAT32);
    long weights = 2 * 2 * 8 * 2 + 32 * 2;
    assertEquals(4 * weights, stream.weightBytes());
    assertEquals(2 * weights, stream.weights(WeightFormat.BFLOAT16).weightBytes());
    assertEquals(weights + 4 * (2 * 2 * 8 + 32), stream.weights(WeightFormat.INT8).weightBytes());
  }

  @Test
  void whatIsNoStackIsRefused() {
    for (var text : new String[] {"", "3", "x", "3x", "3xa", "3x4x5", "0x4", "2x-1"}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> StreamCase.stack(Cell.GRU, text, WeightFormat.FLOAT32),
          text);
    }
  }
}
