package dev.rondo.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What training takes from its workspace: how many bytes a step, a sequence and a unit, and
/// nothing more once it has taken them.
class RecurrentMemoryTest {
  private static final int INPUT_SIZE = 16;

  /// No padding, so that bytes are those of units.
  private static final int UNITS = 64;

  private static final int BATCH_SIZE = 8;
  private static final int STEPS = 36;

  /// A byte that no float here ends in.
  private static final byte UNTOUCHED = 0x5A;

  /// A layer and what its training keeps of each step, sequence and unit.
  ///
  /// @param bytes h, c, and the blocks of pre-activations, 4 each
  record Case(String name, RecurrentOptions options, int bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case lstm(String name, LstmOptions cell, int floats) {
    return new Case(name, Lstm.of(INPUT_SIZE, UNITS, cell), 4 * floats);
  }

  private static Case gru(String name, GruOptions cell, int floats) {
    return new Case(name, Gru.of(INPUT_SIZE, UNITS, cell), 4 * floats);
  }

  private static Case rnn(String name, RnnOptions cell, int floats) {
    return new Case(name, Rnn.of(INPUT_SIZE, UNITS, cell), 4 * floats);
  }

  static Stream<Case> cases() {
    var lstm = Lstm.options();
    var everything = lstm.withPeepholes().withCoupledGates().withLayerNorm().cellClip(3).clip(5);
    var leftOut = Lstm.of(INPUT_SIZE, UNITS).recurrentDropout(0.2).candidateDropout(0.2);
    return Stream.of(
        // h and what the one fused kernel reads on the way back: c and i f g o; r z n and n's part
        lstm("LSTM", lstm, 2 + 4),
        gru("GRU", Gru.options(), 1 + 4),
        rnn("Elman tanh", Rnn.options(Activation.TANH), 1 + 1),
        rnn("Elman relu", Rnn.options(Activation.RELU), 1 + 1),
        // composed cells: in between values have blocks of their own
        rnn("Elman softsign", Rnn.options(Activation.SOFTSIGN), 1 + 2),
        rnn("Elman clipped", Rnn.options(Activation.TANH).clip(2), 1 + 3),
        gru("GRU, reset before", Gru.options().resetBefore(), 1 + 7),
        gru("GRU clipped", Gru.options().clip(2), 1 + 10),
        lstm("LSTM with peepholes", lstm.withPeepholes(), 2 + 9),
        lstm("LSTM coupled", lstm.withCoupledGates(), 2 + 8),
        lstm("LSTM with clipped cells", lstm.cellClip(3), 2 + 9),
        lstm("LSTM clipped", lstm.clip(2), 2 + 13),
        lstm("LSTM with layer normalization", lstm.withLayerNorm(), 2 + 30),
        new Case("LSTM projected", Lstm.of(INPUT_SIZE, UNITS, lstm.projection(32)), 2 + 4 * 12),
        lstm("LSTM with everything", everything, 2 + 28),
        new Case("LSTM with zoneout", Lstm.of(INPUT_SIZE, UNITS).zoneout(0.1, 0.1), 4 * 15),
        new Case("LSTM left out", leftOut, 4 * 14),
        new Case("LSTM with DropConnect", Lstm.of(INPUT_SIZE, UNITS).dropConnect(0.5), 4 * 6),
        new Case("GRU with zoneout", Gru.of(INPUT_SIZE, UNITS).zoneout(0.1, 0), 4 * 10));
  }

  /// A workspace of one chunk, in which a mark says to the byte how much is in use.
  private static Workspace ofOneChunk() {
    var workspace = new Workspace();
    workspace.uninitialized(ElementType.FLOAT32, 1 << 18, 16);
    workspace.rewind();
    return workspace;
  }

  /// What training on sequences of so many steps keeps until the way back.
  private static long kept(RecurrentOptions options, int steps) {
    try (var backend = Backend.best();
        var arena = Arena.ofShared();
        var workspace = ofOneChunk()) {
      var layer = options.create(new Parameters(backend, arena), new CounterRandom(1));
      try (var tape = Tape.record(backend, workspace, new CounterRandom(2))) {
        var x = Tensor.allocate(arena, ElementType.FLOAT32, steps, BATCH_SIZE, INPUT_SIZE);
        layer.forward(tape, tape.constant(x));
        assertEquals(0, workspace.mark().chunk());
        return workspace.mark().used();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bytesKeptOfAStepAreThoseStated(Case test) {
    long more = kept(test.options, 2 * STEPS) - kept(test.options, STEPS);
    assertEquals(test.bytes, (double) more / (STEPS * BATCH_SIZE * UNITS));
  }

  /// With recomputation h of every step is kept, and c of every sixth; pre-activations, and c
  /// inside, of six steps only, whatever the number of steps.
  @Test
  void recomputationKeepsHAndFewCells() {
    long h = 4L * STEPS * BATCH_SIZE * UNITS;
    var gru = Gru.of(INPUT_SIZE, UNITS).recompute(6);
    assertEquals(h, kept(gru, 2 * STEPS) - kept(gru, STEPS));
    var lstm = Lstm.of(INPUT_SIZE, UNITS).recompute(6);
    assertEquals(h + h / 6, kept(lstm, 2 * STEPS) - kept(lstm, STEPS));
  }

  /// Bytes in use where a step of training needs most: everything behind them is still untouched.
  private static long peak(RecurrentOptions options, int steps) {
    try (var training = new Training(options, steps)) {
      var chunk = training.workspace.uninitialized(ElementType.FLOAT32, 1 << 18, 16).segment();
      chunk.fill(UNTOUCHED);
      training.workspace.rewind();
      training.step(null);
      assertEquals(chunk.byteSize(), training.workspace.capacity());
      long end = chunk.byteSize();
      while (chunk.get(ValueLayout.JAVA_BYTE, end - 1) == UNTOUCHED) {
        end--;
      }
      return end;
    }
  }

  private static double peakPerUnit(RecurrentOptions options) {
    int steps = 256;
    long more = peak(options, 2 * steps) - peak(options, steps);
    return (double) more / (steps * BATCH_SIZE * UNITS);
  }

  /// The way back adds the gradients of h, 4 bytes, and of the input, 4·16/64.
  @Test
  void theWayBackTakesAsMuchAgainAsHAndTheInput() {
    assertEquals(24 + 4 + 1, peakPerUnit(Lstm.of(INPUT_SIZE, UNITS)), 0.01);
    assertEquals(20 + 4 + 1, peakPerUnit(Gru.of(INPUT_SIZE, UNITS)), 0.01);
    assertEquals(8 + 4 + 1, peakPerUnit(Rnn.of(INPUT_SIZE, UNITS)), 0.01);
    assertEquals(4 + 4 / 32.0 + 4 + 1, peakPerUnit(Lstm.of(INPUT_SIZE, UNITS).recompute(32)), 0.01);
    assertEquals(4 + 4 + 1, peakPerUnit(Gru.of(INPUT_SIZE, UNITS).recompute(32)), 0.01);
  }

  /// In another order than that of memory h, the input, and the gradients of both are copied too;
  /// an index says where each row is.
  @Test
  void anotherOrderCostsCopies() {
    var reverse = Lstm.of(INPUT_SIZE, UNITS).direction(Direction.REVERSE);
    assertEquals(24 + 4 + 1 + (4 + 4 + 1 + 1) + 4.0 / UNITS, peakPerUnit(reverse), 0.01);
  }

  /// Whole batches, then lengths in every order, gaps and rows without a step: the largest batch
  /// comes first, and no step after it takes anything.
  @ParameterizedTest
  @MethodSource("trained")
  void afterTheLargestStepNothingMoreIsTaken(Case test) {
    try (var training = new Training(test.options, 4 * STEPS)) {
      var lost = Lengths.of(training.lengths(0)).mask(4 * STEPS);
      for (int t = 5; t < 4 * STEPS; t += 7) {
        lost[t][0] = false;
      }
      training.step(Lengths.ofMask(lost, Lengths.Gap.ZERO));
      training.step(Lengths.all(BATCH_SIZE, 4 * STEPS));
      long settled = training.workspace.capacity();
      assertTrue(settled > 1 << 20, "more than the first chunk, or nothing could be seen");
      training.step(null);
      for (int shift = 0; shift < BATCH_SIZE; shift += 4) {
        training.step(Lengths.of(training.lengths(shift)));
        training.step(Lengths.ofMask(lost, Lengths.Gap.ZERO));
        training.step(Lengths.ofMask(lost, Lengths.Gap.CARRY));
      }
      assertEquals(settled, training.workspace.capacity());
    }
  }

  static Stream<Case> trained() {
    var both = Lstm.of(INPUT_SIZE, UNITS).layers(2).dropout(0.1).bidirectional();
    return Stream.concat(
        cases(),
        Stream.of(
            new Case("both directions", both, 0),
            new Case("recomputed", both.recompute(6), 0),
            new Case("with cells", Lstm.of(INPUT_SIZE, UNITS).keepCells(), 0)));
  }

  /// A layer that is trained in a workspace of its own.
  private static final class Training implements AutoCloseable {
    private final Backend backend = Backend.best(Threads.of(2));
    private final Arena arena = Arena.ofShared();
    private final Workspace workspace = new Workspace();
    private final Parameters parameters = new Parameters(backend, arena);
    private final Recurrent layer;
    private final Tensor x;
    private final Tensor upstream;

    Training(RecurrentOptions options, int steps) {
      layer = options.create(parameters, new CounterRandom(1));
      x = Tensor.allocate(arena, backend.type(), steps, BATCH_SIZE, INPUT_SIZE);
      x.fill(0.5);
      upstream = Tensor.allocate(arena, backend.type(), steps, BATCH_SIZE, options.outputSize());
      upstream.fill(0.1);
    }

    /// From all steps down to none, rotated.
    int[] lengths(int shift) {
      var lengths = new int[BATCH_SIZE];
      for (int b = 0; b < BATCH_SIZE; b++) {
        int place = (b + shift) % BATCH_SIZE;
        lengths[b] = x.dimension(0) * (BATCH_SIZE - 1 - place) / (BATCH_SIZE - 1);
      }
      return lengths;
    }

    void step(Lengths lengths) {
      try (var tape = Tape.record(backend, workspace, new CounterRandom(2))) {
        tape.backward(layer.forward(tape, tape.input(x), lengths).output(), upstream);
      }
    }

    @Override
    public void close() {
      workspace.close();
      arena.close();
      backend.close();
    }
  }
}
