package dev.rondo.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Lengths of a part of the steps.
class LengthsWindowTest {
  @Test
  void lengthsAreCut() {
    var lengths = Lengths.of(7, 0, 3, 4);
    assertEquals(Lengths.of(3, 0, 3, 3), lengths.window(0, 3));
    assertEquals(Lengths.of(3, 0, 0, 1), lengths.window(3, 3));
    assertEquals(Lengths.of(1, 0, 0, 0), lengths.window(6, 3));
    assertEquals(lengths, lengths.window(0, 7));
    assertEquals(1, lengths.window(6, 3).steps());
    assertThrows(IndexOutOfBoundsException.class, () -> lengths.window(-1, 3));
  }

  /// Steps with gaps of every kind, at, before and over the borders of windows of 3 steps.
  private static final String[] ROWS = {
    "xxx xxx xxx",
    "..x x.. ..x",
    "xx. .xx xxx",
    "xxx ... xxx",
    "x.x .x. x.x",
    "... x.x ...",
    "xxx .x. ..."
  };

  @ParameterizedTest
  @EnumSource(Lengths.Gap.class)
  void windowsWithACarriedStateAreTheWhole(Lengths.Gap gap) {
    int steps = 9;
    var mask = new boolean[steps][ROWS.length];
    for (int b = 0; b < ROWS.length; b++) {
      var row = ROWS[b].replace(" ", "");
      for (int t = 0; t < steps; t++) {
        mask[t][b] = row.charAt(t) == 'x';
      }
    }
    var lengths = Lengths.ofMask(mask, gap);
    try (var arena = Arena.ofShared();
        var backend = Backend.best();
        var workspace = new Workspace()) {
      var random = new CounterRandom(1);
      var layer = Lstm.of(2, 4).create(new Parameters(backend, arena), random.next());
      var x = Tensor.allocate(arena, ElementType.FLOAT32, steps, ROWS.length, 2);
      for (int r = 0; r < x.rows(); r++) {
        x.set(r, 0, random.nextGaussian());
        x.set(r, 1, random.nextGaussian());
      }
      double[] whole;
      double[] last;
      var state = layer.newState(ROWS.length, arena);
      state.h(0).fill(0.5);
      state.c(0).fill(-0.5);
      try (var tape = Tape.evaluate(backend, workspace)) {
        var run = layer.forward(tape, tape.constant(x), state.on(tape), lengths);
        whole = run.output().value().toArray();
        last = run.lastState().layers().getFirst().c().value().toArray();
      }
      int size = 3 * ROWS.length;
      for (int from = 0; from < steps; from += 3) {
        try (var tape = Tape.evaluate(backend, workspace)) {
          var part = x.rows(from * ROWS.length, size).reshape(3, ROWS.length, 2);
          var run =
              layer.forward(tape, tape.constant(part), state.on(tape), lengths.window(from, 3));
          int begin = from * ROWS.length * 4;
          assertArrayEquals(
              Arrays.copyOfRange(whole, begin, begin + size * 4), run.output().value().toArray());
          run.lastState().copyTo(state);
        }
      }
      assertArrayEquals(last, state.c(0).toArray());
    }
  }
}
