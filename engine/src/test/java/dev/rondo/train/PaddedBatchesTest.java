package dev.rondo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.data.Batch;
import dev.rondo.data.Batches;
import dev.rondo.data.WholeSequences;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Padded steps are skipped by whatever trains or measures a model.
class PaddedBatchesTest {
  private static final int VOCABULARY = 7;
  private static final int OUTPUTS = 3;
  private static final int STEPS = 6;
  private static final int[] LENGTHS = {6, 2, 0, 4};

  /// Mean losses are float32.
  private static final double ROUNDING = 1e-6;

  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    arena.close();
    backend.close();
  }

  private SequenceModel model(boolean dense, boolean bidirectional) {
    var stack = RecurrentOptions.of(Lstm.cell(), 8).layers(2);
    Architecture.Input input =
        dense ? new Architecture.DenseInput(2) : new Architecture.TokenInput(VOCABULARY, 4);
    var whole = bidirectional ? stack.bidirectional(Merge.CONCAT) : stack;
    var architecture = Architecture.of(input, whole, OUTPUTS).layerNorm();
    return SequenceModel.create(architecture, backend, arena, new CounterRandom(3));
  }

  /// Some numbers, and in padded steps those that are given.
  private Tensor features(Lengths lengths, int steps, double padding) {
    var random = new CounterRandom(5);
    var x = Tensor.allocate(arena, ElementType.FLOAT32, steps, LENGTHS.length, 2);
    for (int r = 0; r < x.rows(); r++) {
      boolean real = lengths.isReal(r / LENGTHS.length, r % LENGTHS.length);
      for (int c = 0; c < 2; c++) {
        double drawn = random.nextGaussian();
        x.set(r, c, real ? drawn : padding);
      }
    }
    return x;
  }

  private Tokens tokens(long seed, int bound) {
    var random = new CounterRandom(seed);
    var tokens = Tokens.allocate(arena, STEPS, LENGTHS.length);
    for (int i = 0; i < tokens.size(); i++) {
      tokens.set(i / LENGTHS.length, i % LENGTHS.length, random.nextInt(bound));
    }
    return tokens;
  }

  private static int[] bits(Tensor tensor) {
    return Arrays.stream(tensor.toArray()).mapToInt(v -> Float.floatToIntBits((float) v)).toArray();
  }

  private int[] logits(SequenceModel model, Batch batch) {
    try (var tape = Tape.evaluate(backend, workspace)) {
      var state = model.newState(batch.batchSize(), arena).on(tape);
      return bits(Forward.of(tape, model, batch, state).logits().value());
    }
  }

  /// Row `b` of `LENGTHS.length` as a batch of its own, without its padding.
  private Batch alone(Batch batch, int b) {
    var targets = Tokens.allocate(arena, LENGTHS[b], 1);
    for (int t = 0; t < LENGTHS[b]; t++) {
      targets.set(t, 0, batch.targets().get(t, b));
    }
    if (batch.tokens() != null) {
      var tokens = Tokens.allocate(arena, LENGTHS[b], 1);
      for (int t = 0; t < LENGTHS[b]; t++) {
        tokens.set(t, 0, batch.tokens().get(t, b));
      }
      return Batch.of(tokens, targets);
    }
    var x = Tensor.allocate(arena, ElementType.FLOAT32, LENGTHS[b], 1, 2);
    for (int t = 0; t < LENGTHS[b]; t++) {
      x.rows(t, 1).copyFrom(batch.features().rows(t * LENGTHS.length + b, 1));
    }
    return Batch.of(x, targets);
  }

  private Batch batch(boolean dense, double padding) {
    var lengths = Lengths.of(LENGTHS);
    var targets = tokens(9, OUTPUTS);
    var batch =
        dense
            ? Batch.of(features(lengths, STEPS, padding), targets)
            : Batch.of(tokens(7, VOCABULARY), targets);
    return batch.lengths(lengths);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsOfAPaddedBatchHaveTheBitsOfRowsAlone(boolean dense) {
    for (boolean bidirectional : new boolean[] {false, true}) {
      var model = model(dense, bidirectional);
      var batch = batch(dense, Double.NaN);
      int[] together = logits(model, batch);
      for (int b = 0; b < LENGTHS.length; b++) {
        int[] alone = LENGTHS[b] == 0 ? new int[0] : logits(model, alone(batch, b));
        for (int t = 0; t < STEPS; t++) {
          for (int c = 0; c < OUTPUTS; c++) {
            int expected = t < LENGTHS[b] ? alone[t * OUTPUTS + c] : 0;
            assertEquals(expected, together[(t * LENGTHS.length + b) * OUTPUTS + c]);
          }
        }
      }
    }
  }

  /// A source of one batch.
  private record One(Batch batch) implements Batches {
    @Override
    public int batchSize() {
      return batch.batchSize();
    }

    @Override
    public int batchesPerEpoch() {
      return 1;
    }

    @Override
    public Batch batch(long epoch, int index, Workspace workspace) {
      return batch;
    }
  }

  private List<int[]> trained(Batch batch, Loss loss) {
    boolean dense = batch.features() != null;
    var model = model(dense, true);
    var adam = Optimizer.of(model.parameters(), Adam.of(0.01));
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.01)).loss(loss);
    var results = new ArrayList<int[]>();
    try (var trainer = new Trainer(model, adam, new One(batch), options)) {
      for (int i = 0; i < 3; i++) {
        var done = trainer.step();
        results.add(new int[] {done.tokens(), Float.floatToIntBits((float) done.loss())});
      }
    }
    double measured = Evaluation.loss(model, new One(batch), loss);
    results.add(new int[] {Float.floatToIntBits((float) measured)});
    model.parameters().all().forEach(parameter -> results.add(bits(parameter.value())));
    model.parameters().all().forEach(parameter -> results.add(bits(parameter.gradient())));
    return results;
  }

  private static void assertSame(List<int[]> expected, List<int[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i));
    }
  }

  @Test
  void numbersInPaddingChangeNothingNaNIncluded() {
    var expected = trained(batch(true, 0), Loss.crossEntropy());
    assertEquals(12, expected.getFirst()[0]);
    assertSame(expected, trained(batch(true, Double.NaN), Loss.crossEntropy()));
    assertSame(expected, trained(batch(true, 1e30), Loss.crossEntropy()));
  }

  @Test
  void denseTargetsInPaddingChangeNothingNaNIncluded() {
    for (var loss : List.of(Loss.meanSquaredError(), Loss.binaryCrossEntropy())) {
      var expected = trained(withValues(0), loss);
      assertEquals(12 * OUTPUTS, expected.getFirst()[0]);
      assertSame(expected, trained(withValues(Double.NaN), loss));
    }
  }

  private Batch withValues(double padding) {
    var lengths = Lengths.of(LENGTHS);
    var values = Tensor.allocate(arena, ElementType.FLOAT32, STEPS, LENGTHS.length, OUTPUTS);
    for (int r = 0; r < values.rows(); r++) {
      boolean real = lengths.isReal(r / LENGTHS.length, r % LENGTHS.length);
      for (int c = 0; c < OUTPUTS; c++) {
        values.set(r, c, real ? (r + c) % 2 : padding);
      }
    }
    return Batch.of(tokens(7, VOCABULARY), values).lengths(lengths);
  }

  /// Targets in padding count nothing, whether they are ignored or not.
  @Test
  void targetsInPaddingDoNotCount() {
    var batch = batch(false, 0);
    var ignored = tokens(9, OUTPUTS);
    Lengths.of(LENGTHS).ignorePadding(ignored);
    var same = Batch.of(batch.tokens(), ignored).lengths(batch.lengths());
    assertEquals(12, batch.count());
    assertEquals(12, same.count());
    assertSame(trained(same, Loss.crossEntropy()), trained(batch, Loss.crossEntropy()));
  }

  /// Two sequences of 6 and 2 targets: together as one by one, weighed by their targets.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMeanLossIsThatOfTheTargetsOfAllSequences(boolean bidirectional) {
    int[] longer = {1, 2, 0, 1, 2, 2, 0};
    int[] shorter = {2, 1, 2};
    double together = firstLoss(bidirectional, longer, shorter);
    double apart =
        (6 * firstLoss(bidirectional, longer) + 2 * firstLoss(bidirectional, shorter)) / 8;
    assertEquals(apart, together, ROUNDING);
  }

  private double firstLoss(boolean bidirectional, int[]... sequences) {
    var model = model(false, bidirectional);
    var random = new CounterRandom(1);
    var batches = WholeSequences.of(List.of(sequences), sequences.length, random);
    double measured = Evaluation.of(model, batches).nats();
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.01));
    var adam = Optimizer.of(model.parameters(), Adam.of(0.01));
    try (var trainer = new Trainer(model, adam, batches, options)) {
      double loss = trainer.step().loss();
      assertEquals(loss, measured, ROUNDING);
      return loss;
    }
  }

  /// A model that goes forward, window by window: the logits of the whole, to the bit, and the same
  /// last state.
  @Test
  void windowsOfTruncatedBpttCutTheLengths() {
    var model = model(true, false);
    var batch = batch(true, Double.NaN);
    int[] whole = logits(model, batch);
    var state = model.newState(LENGTHS.length, arena);
    for (int from = 0; from < STEPS; from += 2) {
      try (var tape = Tape.evaluate(backend, workspace)) {
        var run = Forward.of(tape, model, batch.window(from, 2), state.on(tape));
        int size = 2 * LENGTHS.length * OUTPUTS;
        int begin = from * LENGTHS.length * OUTPUTS;
        assertArrayEquals(
            Arrays.copyOfRange(whole, begin, begin + size), bits(run.logits().value()));
        run.lastState().copyTo(state);
      }
    }
    try (var tape = Tape.evaluate(backend, workspace)) {
      var start = model.newState(LENGTHS.length, arena).on(tape);
      var last = Forward.of(tape, model, batch, start).lastState();
      for (int layer = 0; layer < state.layers(); layer++) {
        assertArrayEquals(bits(last.layers().get(layer).h().value()), bits(state.h(layer)));
        assertArrayEquals(bits(last.layers().get(layer).c().value()), bits(state.c(layer)));
      }
    }
  }

  /// One window as long as the batch is a step of a [Trainer]; the parts of longer reach have a
  /// share of their targets.
  @Test
  void aSequenceTrainerTakesBatches() {
    var batch = batch(true, Double.NaN);
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.01));
    var first = model(true, false);
    double loss;
    try (var trainer =
        new Trainer(
            first, Optimizer.of(first.parameters(), Adam.of(0.01)), new One(batch), options)) {
      loss = trainer.step().loss();
    }
    var second = model(true, false);
    var adam = Optimizer.of(second.parameters(), Adam.of(0.01));
    var state = second.newState(LENGTHS.length, arena);
    try (var trainer = new SequenceTrainer(second.parameters(), adam, options)) {
      var done = trainer.train(new TruncatedBptt(STEPS, STEPS), second, batch, state);
      assertEquals(loss, done.getFirst().loss());
      for (int i = 0; i < first.parameters().all().size(); i++) {
        var expected = first.parameters().all().get(i);
        var actual = second.parameters().all().get(i);
        assertArrayEquals(bits(expected.value()), bits(actual.value()), expected.name());
      }
      for (var bptt :
          List.of(new TruncatedBptt(2, 2), new TruncatedBptt(2, 4), new TruncatedBptt(4, 2))) {
        var updates = trainer.train(bptt, second, batch, state);
        assertEquals(STEPS / bptt.k1() + (STEPS % bptt.k1() == 0 ? 0 : 1), updates.size());
        assertTrue(updates.stream().allMatch(update -> Double.isFinite(update.loss())));
      }
    }
  }

  /// The pieces of a window of 4 steps have 6 and 3 real targets: their mean loss is that of 9.
  @Test
  void piecesOfAWindowAreWeighedByTheirTargets() {
    var batch = batch(true, Double.NaN);
    var model = model(true, false);
    var losses = new ArrayList<Double>();
    for (int k2 : new int[] {4, 2}) {
      var sgd = Optimizer.of(model.parameters(), Sgd.of(0));
      var options = TrainerOptions.of(LearningRateSchedule.constant(0));
      try (var trainer = new SequenceTrainer(model.parameters(), sgd, options)) {
        var state = model.newState(LENGTHS.length, arena);
        losses.add(trainer.train(new TruncatedBptt(4, k2), model, batch, state).getFirst().loss());
      }
    }
    assertEquals(losses.get(0), losses.get(1), ROUNDING);
  }

  /// Neither off-heap memory for lengths nor for copies of batches grows from epoch to epoch.
  @Test
  void stepsSettleToNoGrowth() {
    var random = new CounterRandom(1);
    var sequences = new ArrayList<int[]>();
    for (int i = 0; i < 20; i++) {
      sequences.add(new int[2 + random.nextInt(30)]);
    }
    var model = model(false, true);
    var adam = Optimizer.of(model.parameters(), Adam.of(0.01));
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.01));
    var batches = WholeSequences.of(sequences, 4, random);
    try (var ahead = batches.ahead(2);
        var trainer = new Trainer(model, adam, ahead, options)) {
      while (trainer.epochs() < 20) {
        trainer.step();
      }
      long bytes = trainer.workspaceBytes();
      while (trainer.epochs() < 60) {
        trainer.step();
      }
      assertEquals(bytes, trainer.workspaceBytes());
    }
  }

  @Test
  void batchesThatDoNotFitAreRefused() {
    var tokens = tokens(7, VOCABULARY);
    var x = features(Lengths.of(LENGTHS), STEPS, 0);
    var lengths = Lengths.of(3, 2);
    assertMessage(
        "lengths are of 2 sequences of up to 3 steps, the inputs are [6, 4]",
        () -> Batch.of(tokens, tokens).lengths(lengths));
    assertMessage(
        "a batch must have tokens or features as input", () -> Batch.of((Tokens) null, tokens));
    assertMessage(
        "the model takes tokens, the batch has features",
        () -> logits(model(false, false), Batch.of(tokens, tokens).features(x)));
    assertMessage(
        "the model takes features, the batch has tokens",
        () -> logits(model(true, false), Batch.of(tokens, tokens)));
    assertMessage(
        "the loss needs dense targets, the batch has no values",
        () -> trained(Batch.of(tokens, tokens), Loss.meanSquaredError()));
    assertMessage(
        "the loss needs classes, the batch has no targets",
        () -> trained(withValues(0), Loss.crossEntropy()));
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
