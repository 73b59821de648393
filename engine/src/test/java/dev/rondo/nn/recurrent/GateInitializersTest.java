package dev.rondo.nn.recurrent;

import dev.rondo.nn.init.Initializer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GateInitializersTest {
  private static final int INPUT = 3;
  private static final int HIDDEN = 5;
  private static final List<LstmGate> LSTM = List.of(LstmGate.values());
  private static final List<GruGate> GRU = List.of(GruGate.values());

  private final Arena memory = Arena.ofConfined();

  @AfterEach
  void close() {
    memory.close();
  }

  /// A layer's parameters, filled in the layer's order.
  private final class Filled {
    final Tensor weightIh;
    final Tensor weightHh;
    final Tensor biasIh;
    final Tensor biasHh;

    Filled(GateInitializers initializers, List<? extends Enum<?>> gates) {
      int rows = Math.max(gates.size(), 1) * HIDDEN;
      weightIh = Tensor.allocate(memory, ElementType.FLOAT32, rows, INPUT);
      weightHh = Tensor.allocate(memory, ElementType.FLOAT32, rows, HIDDEN);
      biasIh = Tensor.allocate(memory, ElementType.FLOAT32, rows);
      biasHh = Tensor.allocate(memory, ElementType.FLOAT32, rows);
      List.of(weightIh, weightHh, biasIh, biasHh).forEach(tensor -> tensor.fill(Double.NaN));
      var random = new CounterRandom(4);
      initializers.fillInputWeights(weightIh, gates, random);
      initializers.fillRecurrentWeights(weightHh, gates, random);
      initializers.fillBiases(biasIh, biasHh, gates, random);
    }

    double[] biasIh(int gate) {
      return Arrays.copyOfRange(biasIh.toArray(), gate * HIDDEN, (gate + 1) * HIDDEN);
    }

    double[] biasHh(int gate) {
      return Arrays.copyOfRange(biasHh.toArray(), gate * HIDDEN, (gate + 1) * HIDDEN);
    }
  }

  private static double[] all(double value) {
    double[] result = new double[HIDDEN];
    Arrays.fill(result, value);
    return result;
  }

  private static double[] gate(Tensor weight, int gate) {
    return weight.rows(gate * HIDDEN, HIDDEN).toArray();
  }

  /// PyTorch's default, and an opened forget gate on it, give the bits that a layer has from them.
  @Test
  void thePyTorchRecipeGivesTheBitsOfALayer() {
    try (var backend = Backend.scalar(Threads.one())) {
      var plain = new Parameters(backend, memory);
      Lstm.of(INPUT, HIDDEN).create(plain, new CounterRandom(4));
      assertSame(plain, new Filled(GateInitializers.pytorch(HIDDEN), LSTM));
      var opened = new Parameters(backend, memory);
      Lstm.of(INPUT, HIDDEN).forgetBias(1).create(opened, new CounterRandom(4));
      var recipe = GateInitializers.pytorch(HIDDEN).bias(LstmGate.FORGET, Initializer.constant(1));
      assertSame(opened, new Filled(recipe, LSTM));
    }
  }

  private static void assertSame(Parameters expected, Filled filled) {
    assertArrayEquals(expected.get("weight_ih_l0").value().toArray(), filled.weightIh.toArray());
    assertArrayEquals(expected.get("weight_hh_l0").value().toArray(), filled.weightHh.toArray());
    assertArrayEquals(expected.get("bias_ih_l0").value().toArray(), filled.biasIh.toArray());
    assertArrayEquals(expected.get("bias_hh_l0").value().toArray(), filled.biasHh.toArray());
  }

  @Test
  void eachPartOfANamedGateHasItsOwnInitializer() {
    var base = GateInitializers.pytorch(HIDDEN);
    var plain = new Filled(base, LSTM);
    var named =
        new Filled(
            base.inputWeights(LstmGate.OUTPUT, Initializer.constant(7))
                .recurrentWeights(LstmGate.CELL, Initializer.identity(2))
                .bias(LstmGate.INPUT, Initializer.constant(-3)),
            LSTM);
    for (int g = 0; g < 4; g++) {
      if (g != LSTM.indexOf(LstmGate.OUTPUT)) {
        assertArrayEquals(gate(plain.weightIh, g), gate(named.weightIh, g));
      }
      if (g != LSTM.indexOf(LstmGate.CELL)) {
        assertArrayEquals(gate(plain.weightHh, g), gate(named.weightHh, g));
      }
      if (g != LSTM.indexOf(LstmGate.INPUT)) {
        assertArrayEquals(plain.biasIh(g), named.biasIh(g));
        assertArrayEquals(plain.biasHh(g), named.biasHh(g));
      }
    }
    assertTrue(Arrays.stream(gate(named.weightIh, 3)).allMatch(x -> x == 7));
    assertEquals(2, named.weightHh.get(2 * HIDDEN + 1, 1));
    assertEquals(0, named.weightHh.get(2 * HIDDEN + 1, 2));
    assertArrayEquals(all(-3), named.biasIh(0));
    assertArrayEquals(all(0), named.biasHh(0));
  }

  @Test
  void theLastWordOfAGateCounts() {
    var twice =
        GateInitializers.pytorch(HIDDEN)
            .oppositeBias(LstmGate.FORGET, LstmGate.INPUT)
            .bias(LstmGate.FORGET, Initializer.constant(1))
            .bias(LstmGate.FORGET, Initializer.constant(2));
    assertArrayEquals(all(2), new Filled(twice, LSTM).biasIh(1));
  }

  @Test
  void theOriginalStaysAsItWas() {
    var base = GateInitializers.keras();
    base.bias(LstmGate.FORGET, Initializer.constant(1));
    assertArrayEquals(all(0), new Filled(base, LSTM).biasIh(1));
  }

  /// Biases within [0, log(tMax - 1)): with tMax = 100 memories of 1 to 99 steps. The input gate's
  /// is minus the forget gate's, unit by unit; the other gates keep what they had, 0.
  @Test
  void chronoBiasesOfAnLstmAreOppositeUnitByUnit() {
    var filled = new Filled(GateInitializers.keras().chronoLstm(100), LSTM);
    double[] forget = filled.biasIh(LSTM.indexOf(LstmGate.FORGET));
    for (int u = 0; u < HIDDEN; u++) {
      assertTrue(forget[u] >= 0 && forget[u] < Math.log(99), "bias " + forget[u]);
      assertEquals(-forget[u], filled.biasIh(0)[u]);
    }
    assertNotEquals(forget[0], forget[1]);
    assertArrayEquals(all(0), filled.biasIh(2));
    assertArrayEquals(all(0), filled.biasIh(3));
    assertArrayEquals(new double[4 * HIDDEN], filled.biasHh.toArray());
  }

  /// tMax = 2 leaves log(U(1, 1)) = 0.
  @Test
  void chronoBiasesOfAGruKeepTheState() {
    var filled = new Filled(GateInitializers.pytorch(HIDDEN).chronoGru(50), GRU);
    for (double bias : filled.biasIh(GRU.indexOf(GruGate.UPDATE))) {
      assertTrue(bias >= 0 && bias < Math.log(49), "bias " + bias);
    }
    assertArrayEquals(all(0), filled.biasHh(GRU.indexOf(GruGate.UPDATE)));
    var shortest = new Filled(GateInitializers.pytorch(HIDDEN).chronoGru(2), GRU);
    assertArrayEquals(all(0), shortest.biasIh(GRU.indexOf(GruGate.UPDATE)));
  }

  /// Minus the sum of both biases, also where the other gate was not named.
  @Test
  void theOppositeIsThatOfTheSum() {
    var filled =
        new Filled(
            GateInitializers.pytorch(HIDDEN).oppositeBias(LstmGate.OUTPUT, LstmGate.CELL), LSTM);
    for (int u = 0; u < HIDDEN; u++) {
      assertEquals((float) -(filled.biasIh(2)[u] + filled.biasHh(2)[u]), filled.biasIh(3)[u], 0.0);
      assertEquals(0, filled.biasHh(3)[u]);
    }
  }

  /// Of all gates together: columns of the [20, 5] are orthonormal, those of one gate are not; the
  /// bound of the input weights is √(6/(3 + 20)), and one of 60 draws is above that of one gate's
  /// fans at 1/2 of it.
  @Test
  void kerasFillsAllGatesTogether() {
    var filled = new Filled(GateInitializers.kerasLstm(), LSTM);
    double[] gram = gram(filled.weightHh);
    for (int i = 0; i < HIDDEN * HIDDEN; i++) {
      assertEquals(i % (HIDDEN + 1) == 0 ? 1 : 0, gram[i], 1e-6);
    }
    assertTrue(gram(filled.weightHh.rows(0, HIDDEN))[0] < 0.9);
    double bound = Math.sqrt(6.0 / 23);
    double largest = Arrays.stream(filled.weightIh.toArray()).map(Math::abs).max().orElseThrow();
    assertTrue(largest <= bound && largest > 0.9 * bound, "largest " + largest);
    assertArrayEquals(all(1), filled.biasIh(1));
    assertArrayEquals(all(0), filled.biasIh(0));
    assertArrayEquals(new double[4 * HIDDEN], filled.biasHh.toArray());
  }

  private static double[] gram(Tensor q) {
    var result = new double[HIDDEN * HIDDEN];
    for (int i = 0; i < HIDDEN; i++) {
      for (int j = 0; j < HIDDEN; j++) {
        for (int k = 0; k < q.rows(); k++) {
          result[i * HIDDEN + j] += q.get(k, i) * q.get(k, j);
        }
      }
    }
    return result;
  }

  @Test
  void gateByGateEachIsOrthogonal() {
    var initializers =
        GateInitializers.of(
            Initializer.lecunNormal(), Initializer.orthogonal(1), Initializer.zeros());
    var filled = new Filled(initializers, GRU);
    for (int g = 0; g < 3; g++) {
      assertEquals(1, gram(filled.weightHh.rows(g * HIDDEN, HIDDEN))[0], 1e-6);
    }
  }

  @Test
  void aCellWithoutGatesHasOneBlock() {
    var filled = new Filled(GateInitializers.irnn(0.5), List.of());
    for (int i = 0; i < HIDDEN; i++) {
      for (int j = 0; j < HIDDEN; j++) {
        assertEquals(i == j ? 0.5 : 0, filled.weightHh.get(i, j));
      }
    }
    assertArrayEquals(new double[HIDDEN], filled.biasIh.toArray());
    double largest = Arrays.stream(filled.weightIh.toArray()).map(Math::abs).max().orElseThrow();
    assertTrue(largest > 0 && largest < 0.005, "five deviations: " + largest);
    var np = new Filled(GateInitializers.npRnn(Initializer.lecunNormal()), List.of());
    assertEquals(np.weightHh.get(0, 1), np.weightHh.get(1, 0));
  }

  /// ±scale/√hiddenSize, one forget bias.
  @Test
  void jozefowiczScalesByUnits() {
    var filled = new Filled(GateInitializers.jozefowicz(HIDDEN, 0.7), LSTM);
    var pytorch = new Filled(GateInitializers.pytorch(HIDDEN), LSTM);
    for (int i = 0; i < HIDDEN; i++) {
      assertEquals(0.7 * pytorch.weightHh.get(i, 2), filled.weightHh.get(i, 2), 1e-7);
    }
    assertArrayEquals(all(1), filled.biasIh(1));
    assertArrayEquals(all(0), filled.biasIh(2));
  }

  @Test
  void foreignGatesAndOddSizesAreRefused() {
    var gru = GateInitializers.keras().chronoGru(10);
    assertMessage(
        "GruGate.UPDATE is none of the cell's gates, which are [INPUT, FORGET, CELL, OUTPUT]",
        () -> new Filled(gru, LSTM));
    assertMessage(
        "LstmGate.FORGET is none of the cell's gates, which are []",
        () -> GateInitializers.kerasLstm().requireGates(List.of()));
    var odd = Tensor.allocate(memory, ElementType.FLOAT32, 10, 2);
    assertMessage(
        "[10, 2] FLOAT32 is not a multiple of 4 gates",
        () -> GateInitializers.keras().fillInputWeights(odd, LSTM, new CounterRandom(1)));
    assertMessage(
        "tMax must be at least 2 and finite, was 1.0",
        () -> GateInitializers.keras().chronoLstm(1));
    assertMessage("hiddenSize must be positive, was 0", () -> GateInitializers.pytorch(0));
    assertMessage(
        "gate and other must differ, both were CELL",
        () -> GateInitializers.keras().oppositeBias(LstmGate.CELL, LstmGate.CELL));
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
