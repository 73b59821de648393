package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The gates: scalar and vector bit for bit, and steps worked by hand.
@Tag("kernel")
class GatesTest {
  private static final int[] HIDDEN_SIZES = {1, 3, 15, 16, 17, 33};
  private static final int[] ROWS = {1, 2, 5};

  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.MIN_VALUE,
    0x1p-100f,
    -0x1p-101f,
    0x1.fffffep-101f,
    1e30f,
    -120f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  /// The tensors of one call, made alike for each kernel.
  private static final class Step {
    final Arena arena;
    final int rows;
    final int hiddenSize;
    final Random random;
    final int oneIn;
    final boolean views;
    final List<Framed> written = new ArrayList<>();
    final List<Framed> states = new ArrayList<>();

    Step(Arena arena, int rows, int hiddenSize, int oneIn, boolean views) {
      this.arena = arena;
      this.rows = rows;
      this.hiddenSize = hiddenSize;
      this.oneIn = oneIn;
      this.views = views;
      random = new Random(17L * rows + hiddenSize);
    }

    private float value() {
      float ordinary = (float) (2 * random.nextGaussian());
      return random.nextInt(oneIn) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : ordinary;
    }

    /// Blocks of gates, each with zeros behind its units.
    Tensor gates(int blocks) {
      int block = Tensor.padded(hiddenSize);
      var framed =
          Framed.of(
              arena, rows, blocks * block, views, (_, c) -> c % block < hiddenSize ? value() : 0f);
      written.add(framed);
      return framed.tensor();
    }

    /// Activated gates: what the forward pass leaves, 0.5 in the padding where it does so.
    Tensor activated(int blocks) {
      var framed =
          Framed.of(
              arena,
              rows,
              blocks * Tensor.padded(hiddenSize),
              views,
              (_, c) -> c % Tensor.padded(hiddenSize) < hiddenSize ? random.nextFloat() : 0.5f);
      written.add(framed);
      return framed.tensor();
    }

    Tensor state() {
      var framed = Framed.of(arena, rows, hiddenSize, views, (_, _) -> value());
      states.add(framed);
      return framed.tensor();
    }

    /// NaN everywhere, padding too: a step must write whole rows.
    Tensor output() {
      var framed = Framed.of(arena, rows, hiddenSize, views, (_, _) -> Float.NaN);
      var whole = framed.tensor();
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < Tensor.padded(hiddenSize); c++) {
          whole.segment().set(ValueLayout.JAVA_FLOAT, whole.byteOffset(r, c), Float.NaN);
        }
      }
      states.add(framed);
      return whole;
    }
  }

  @FunctionalInterface
  private interface Call {
    void on(Gates gates, Step step);
  }

  private static void assertSameBits(Call call) {
    for (int hiddenSize : HIDDEN_SIZES) {
      for (int rows : ROWS) {
        for (int oneIn : new int[] {Integer.MAX_VALUE, 30, 3}) {
          assertSameBits(call, rows, hiddenSize, oneIn, false);
          assertSameBits(call, rows, hiddenSize, oneIn, true);
        }
      }
    }
  }

  private static void assertSameBits(
      Call call, int rows, int hiddenSize, int oneIn, boolean views) {
    try (var arena = Arena.ofConfined()) {
      var scalar = new Step(arena, rows, hiddenSize, oneIn, views);
      call.on(new ScalarGates(), scalar);
      var vector = new Step(arena, rows, hiddenSize, oneIn, views);
      call.on(new VectorGates(), vector);
      String where = "hidden %d, rows %d, special 1 in %d".formatted(hiddenSize, rows, oneIn);
      for (int i = 0; i < scalar.written.size(); i++) {
        assertSame(scalar.written.get(i), vector.written.get(i), where + ", gates " + i);
      }
      for (int i = 0; i < scalar.states.size(); i++) {
        String name = where + ", state " + i;
        assertSame(scalar.states.get(i), vector.states.get(i), name);
        for (int r = 0; r < rows; r++) {
          vector.states.get(i).assertPaddingIsZero(r, name);
          scalar.states.get(i).assertPaddingIsZero(r, name);
        }
      }
    }
  }

  private static void assertSame(Framed scalar, Framed vector, String where) {
    scalar.assertFrameUntouched(where);
    vector.assertFrameUntouched(where);
    for (int r = 0; r < scalar.tensor().rows(); r++) {
      vector.assertRow(r, scalar::get, where);
    }
  }

  @Test
  void lstmGivesTheSameBits() {
    assertSameBits((gates, o) -> gates.lstm(o.gates(4), o.state(), o.output(), o.output()));
  }

  @Test
  void lstmGivesTheSameBitsInPlace() {
    assertSameBits((gates, o) -> {
      var c = o.state();
      gates.lstm(o.gates(4), c, c, o.output());
    });
  }

  @Test
  void lstmBackwardGivesTheSameBits() {
    assertSameBits((gates, o) ->
        gates.lstmBackward(o.activated(4), o.state(), o.state(), o.state(), o.state(), o.state()));
  }

  @Test
  void gruGivesTheSameBits() {
    assertSameBits((gates, o) -> gates.gru(o.gates(4), o.state(), o.output()));
  }

  @Test
  void gruBackwardGivesTheSameBits() {
    assertSameBits(
        (gates, o) -> gates.gruBackward(o.activated(4), o.state(), o.state(), o.state()));
  }

  @Test
  void rnnGivesTheSameBits() {
    assertSameBits((gates, o) -> gates.rnnTanh(o.gates(1), o.output()));
    assertSameBits((gates, o) -> gates.rnnRelu(o.gates(1), o.output()));
  }

  @Test
  void rnnBackwardGivesTheSameBits() {
    assertSameBits(
        (gates, o) -> gates.rnnTanhBackward(o.output(), o.state(), o.state(), o.state()));
    assertSameBits(
        (gates, o) -> gates.rnnReluBackward(o.output(), o.state(), o.state(), o.state()));
  }

  @Test
  void theFloat64TwinTakesTheSameSteps() {
    var random = new Random(9);
    try (var arena = Arena.ofConfined()) {
      var single = Tensor.allocate(arena, ElementType.FLOAT32, 3, 4 * 16);
      var twin = Tensor.allocate(arena, ElementType.FLOAT64, 3, 4 * 16);
      for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 4 * 16; c++) {
          single.set(r, c, random.nextGaussian());
        }
      }
      twin.copyFrom(single);
      var h = Tensor.allocate(arena, ElementType.FLOAT32, 3, 16);
      var hTwin = Tensor.allocate(arena, ElementType.FLOAT64, 3, 16);
      var zeros = Tensor.allocate(arena, ElementType.FLOAT32, 3, 16);
      var zerosTwin = Tensor.allocate(arena, ElementType.FLOAT64, 3, 16);
      new ScalarGates().gru(single, zeros, h);
      new DoubleGates().gru(twin, zerosTwin, hTwin);
      for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 16; c++) {
          assertEquals(hTwin.get(r, c), h.get(r, c), FLOAT32_TOLERANCE);
        }
      }
    }
  }

  // Steps worked by hand. σ(ln 3) = 3/4, σ(-ln 3) = 1/4, tanh(½·ln 3) = (3 - 1)/(3 + 1) = 1/2.

  private static final double LN3 = StrictMath.log(3);
  private static final double FLOAT32_TOLERANCE = 1e-6;
  private static final double FLOAT64_TOLERANCE = 1e-14;

  record Contender(Gates gates, ElementType type, double tolerance) {
    Tensor row(Arena arena, double... values) {
      var tensor = Tensor.allocate(arena, type, 1, values.length);
      for (int c = 0; c < values.length; c++) {
        tensor.set(0, c, values[c]);
      }
      return tensor;
    }

    /// One unit: the first element of each of the blocks.
    Tensor gates(Arena arena, double... values) {
      var tensor = Tensor.allocate(arena, type, 1, values.length * Tensor.ROW_ALIGNMENT);
      for (int gate = 0; gate < values.length; gate++) {
        tensor.set(0, gate * Tensor.ROW_ALIGNMENT, values[gate]);
      }
      return tensor;
    }

    void assertGates(Tensor actual, double... expected) {
      for (int gate = 0; gate < expected.length; gate++) {
        double value = actual.get(0, gate * Tensor.ROW_ALIGNMENT);
        assertEquals(expected[gate], value, tolerance, "gate " + gate);
      }
    }

    void assertRow(Tensor actual, double... expected) {
      for (int c = 0; c < expected.length; c++) {
        assertEquals(expected[c], actual.get(0, c), tolerance);
      }
    }

    @Override
    public String toString() {
      return gates.getClass().getSimpleName();
    }
  }

  static Stream<Contender> contenders() {
    return Stream.of(
        new Contender(new ScalarGates(), ElementType.FLOAT32, FLOAT32_TOLERANCE),
        new Contender(new VectorGates(), ElementType.FLOAT32, FLOAT32_TOLERANCE),
        new Contender(new DoubleGates(), ElementType.FLOAT64, FLOAT64_TOLERANCE));
  }

  /// i = 3/4, f = 1/4, g = 1/2, o = 3/4 and c₋₁ = 4·(½·ln 3 - 3/8) give
  ///
  ///     c = 1/4·c₋₁ + 3/4·1/2 = ½·ln 3        h = 3/4·tanh(½·ln 3) = 3/8
  ///
  /// and backwards, from dh = 3/4 + 1/4 and dc = 1/16:
  ///
  ///     do = tanh(c)·o·(1 - o) = 1/2·3/16 = 3/32
  ///     dc = 1/16 + o·(1 - tanh²(c)) = 1/16 + 3/4·3/4 = 5/8
  ///     di = dc·g·i·(1 - i) = 5/8·1/2·3/16 = 15/256
  ///     df = dc·c₋₁·f·(1 - f) = 5/8·3/16·c₋₁
  ///     dg = dc·i·(1 - g²) = 5/8·3/4·3/4 = 45/128
  ///     dc₋₁ = dc·f = 5/32
  @ParameterizedTest
  @MethodSource("contenders")
  void anLstmStepIsTheOneWorkedByHand(Contender contender) {
    try (var arena = Arena.ofConfined()) {
      double previous = 4 * (LN3 / 2 - 0.375);
      var z = contender.gates(arena, LN3, -LN3, LN3 / 2, LN3);
      var cPrevious = contender.row(arena, previous);
      var c = contender.row(arena, Double.NaN);
      var h = contender.row(arena, Double.NaN);
      contender.gates.lstm(z, cPrevious, c, h);
      contender.assertGates(z, 0.75, 0.25, 0.5, 0.75);
      contender.assertRow(c, LN3 / 2);
      contender.assertRow(h, 0.375);

      var dc = contender.row(arena, 1.0 / 16);
      var dh = contender.row(arena, 0.75);
      var carried = contender.row(arena, 0.25);
      contender.gates.lstmBackward(z, cPrevious, c, dh, carried, dc);
      contender.assertGates(z, 15.0 / 256, 5.0 / 8 * 3 / 16 * previous, 45.0 / 128, 3.0 / 32);
      contender.assertRow(dc, 5.0 / 32);
    }
  }

  /// r = 3/4, z = 1/4, q = 2/5 and the input's part of n = ½·ln 3 - 3/10 give n = 1/2; with
  /// h₋₁ = 9/10
  ///
  ///     h = (1 - z)·n + z·h₋₁ = 3/8 + 9/40 = 3/5
  ///
  /// and backwards, from dh = 7/8 + 1/8:
  ///
  ///     dn = (1 - z)·(1 - n²) = 3/4·3/4 = 9/16
  ///     dr = dn·q·r·(1 - r) = 9/16·2/5·3/16 = 27/640
  ///     dz = (h₋₁ - n)·z·(1 - z) = 2/5·3/16 = 3/40
  ///     dq = dn·r = 27/64
  ///     dh₋₁ = z = 1/4, the part that comes directly
  @ParameterizedTest
  @MethodSource("contenders")
  void aGruStepIsTheOneWorkedByHand(Contender contender) {
    try (var arena = Arena.ofConfined()) {
      var z = contender.gates(arena, LN3 / 2 - 0.3, LN3, -LN3, 0.4);
      var hPrevious = contender.row(arena, 0.9);
      var h = contender.row(arena, Double.NaN);
      contender.gates.gru(z, hPrevious, h);
      contender.assertGates(z, 0.5, 0.75, 0.25, 0.4);
      contender.assertRow(h, 0.6);

      var carried = contender.row(arena, 0.125);
      contender.gates.gruBackward(z, hPrevious, contender.row(arena, 0.875), carried);
      contender.assertGates(z, 9.0 / 16, 27.0 / 640, 3.0 / 40, 27.0 / 64);
      contender.assertRow(carried, 0.25);
    }
  }

  /// tanh(±½·ln 3) = ±1/2, slope 3/4; max(x, 0) has slope 0 or 1, and 0 at 0.
  @ParameterizedTest
  @MethodSource("contenders")
  void elmanStepsAreTheOnesWorkedByHand(Contender contender) {
    try (var arena = Arena.ofConfined()) {
      var z = contender.row(arena, LN3 / 2, -LN3 / 2, 0);
      var h = contender.row(arena, 9, 9, 9);
      contender.gates.rnnTanh(z, h);
      contender.assertRow(h, 0.5, -0.5, 0);
      contender.gates.rnnTanhBackward(
          z, h, contender.row(arena, 2, 1, 2.5), contender.row(arena, 0, 1, -0.5));
      contender.assertRow(z, 1.5, 1.5, 2);

      z = contender.row(arena, 1.5, -2, 0);
      contender.gates.rnnRelu(z, h);
      contender.assertRow(h, 1.5, 0, 0);
      contender.gates.rnnReluBackward(
          z, h, contender.row(arena, 1, 3, 3), contender.row(arena, 2, 0, 1));
      contender.assertRow(z, 3, 0, 0);
    }
  }

  /// Gates that are all 1/2 halve the state at every step: it must reach +0, not stay at a
  /// subnormal number.
  @ParameterizedTest
  @ValueSource(ints = {1, 16, 17})
  void aStateThatDecaysEndsAtPlusZero(int hiddenSize) {
    for (var gates : List.of(new ScalarGates(), new VectorGates())) {
      try (var arena = Arena.ofConfined()) {
        Framed.Values start = (_, u) -> u % 2 == 0 ? 0.7f : -0.7f;
        var c = Framed.of(arena, 2, hiddenSize, false, start);
        var h = Framed.of(arena, 2, hiddenSize, false, start);
        var lstmH = Framed.of(arena, 2, hiddenSize, false, start);
        for (int step = 0; step < 103; step++) {
          var z = Tensor.allocate(arena, ElementType.FLOAT32, 2, 4 * Tensor.padded(hiddenSize));
          gates.lstm(z, c.tensor(), c.tensor(), lstmH.tensor());
          z.clear();
          gates.gru(z, h.tensor(), h.tensor());
        }
        for (var state : List.of(c, h, lstmH)) {
          for (int r = 0; r < 2; r++) {
            state.assertRow(r, (_, _) -> 0f, gates.getClass().getSimpleName());
          }
        }
      }
    }
  }

  @Test
  void theThresholdOfTheFlushIsTwoToTheMinusHundred() {
    for (var gates : List.of(new ScalarGates(), new VectorGates())) {
      try (var arena = Arena.ofConfined()) {
        // tanh of the threshold itself may round to less than it
        float[] z = {0x1.001p-100f, -0x1.001p-100f, 0x1.ffp-101f, -0x1.ffp-101f, -0f, 1e-42f};
        var source = Framed.of(arena, 1, z.length, false, (_, c) -> z[c]);
        var h = Framed.of(arena, 1, z.length, false, (_, _) -> Float.NaN);
        gates.rnnTanh(source.tensor(), h.tensor());
        h.assertRow(0, (_, c) -> c < 2 ? FloatMath.tanh(z[c]) : 0f, "tanh");
        float[] x = {0x1p-100f, 0x1.fffffep-101f, Float.MIN_VALUE, -0f, -1f};
        source = Framed.of(arena, 1, x.length, false, (_, c) -> x[c]);
        h = Framed.of(arena, 1, x.length, false, (_, _) -> Float.NaN);
        gates.rnnRelu(source.tensor(), h.tensor());
        h.assertRow(0, (_, c) -> c < 1 ? x[c] : 0f, "relu");
      }
    }
  }
}
