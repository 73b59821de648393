package dev.rondo.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.LayerStack;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a run does when all is well, and when it is not.
class TrainerTest {
  private static final int VOCABULARY = 5;

  @TempDir Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofShared();
  private final SequenceModel model = model(CellKind.LSTM);
  private final Adam adam = Adam.of(model.parameters(), 0.02);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private SequenceModel model(CellKind kind) {
    var architecture = Architecture.languageModel(VOCABULARY, 4, kind, 8, 1);
    return SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
  }

  /// 0 1 2 3 4 0 1 2 ...
  private static int[] text(int length) {
    int[] text = new int[length];
    Arrays.setAll(text, i -> i % VOCABULARY);
    return text;
  }

  private Trainer trainer(NonFinitePolicy policy) {
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.02)).nonFinite(policy);
    return new Trainer(model, adam, ContiguousWindows.of(text(200), 2, 10), options);
  }

  private double[] parameters() {
    return model.parameters().all().stream()
        .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toArray()))
        .toArray();
  }

  @Test
  void aTextThatCanBeLearnedIsLearned() {
    try (var trainer = trainer(NonFinitePolicy.STOP)) {
      for (int i = 0; i < 150; i++) {
        trainer.step();
      }
      assertEquals(150, trainer.steps());
      assertEquals(15, trainer.epochs());
    }
    assertTrue(Evaluation.of(model, text(100)).nats() < 0.1);
  }

  @Test
  void aStepSaysWhatItDid() {
    try (var trainer = trainer(NonFinitePolicy.STOP)) {
      for (int i = 0; i < 11; i++) {
        var done = trainer.step();
        assertEquals(i, done.step());
        assertEquals(i / 10, done.epoch());
        assertEquals(i == 9, done.epochEnded());
        assertEquals(i == 9 ? 2 * 9 : 2 * 10, done.tokens());
        assertEquals(0.02, done.learningRate());
        assertTrue(done.gradientNorm() > 0 && done.loss() > 0);
        assertFalse(done.skipped());
      }
    }
  }

  /// A NaN that a step meets: the loss is NaN.
  private void damage() {
    model.parameters().get("output.bias").value().set(0, 1, Double.NaN);
  }

  private void repair() {
    model.parameters().get("output.bias").value().set(0, 1, 0);
  }

  @Test
  void aRunThatDivergesStopsBeforeItHarmsAParameter() throws IOException {
    var before = folder.resolve("before.safetensors");
    var after = folder.resolve("after.safetensors");
    try (var trainer = trainer(NonFinitePolicy.STOP)) {
      trainer.step();
      trainer.step();
      damage();
      double[] values = parameters();
      trainer.saveCheckpoint(before, null, Map.of());
      var failure = assertThrows(TrainingDivergedException.class, trainer::step);
      assertEquals(2, failure.step());
      assertEquals("loss", failure.where());
      assertEquals(
          "training diverged at step 2: loss is NaN; a lower learning rate or clipping may help",
          failure.getMessage());
      assertTrue(Arrays.equals(values, parameters()));
      // state and position too: the step can be taken again
      trainer.saveCheckpoint(after, null, Map.of());
      assertEquals(-1, Files.mismatch(before, after));
      repair();
      var done = trainer.step();
      assertEquals(2, done.step());
      assertTrue(Double.isFinite(done.loss()));
    }
  }

  /// An infinite input weight saturates tanh: the loss is finite, the gradient of what is below is
  /// 0·∞.
  @Test
  void aGradientThatIsNotFiniteIsNamedByItsParameter() {
    var relu = model(CellKind.RNN_TANH);
    relu.parameters().get("recurrent.weight_ih_l0").value().fill(Double.POSITIVE_INFINITY);
    relu.parameters().get("embedding.weight").value().fill(1);
    relu.parameters().get("recurrent.weight_hh_l0").value().fill(0);
    var batches = ContiguousWindows.of(text(40), 2, 10);
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.02));
    try (var trainer = new Trainer(relu, Adam.of(relu.parameters(), 0.02), batches, options)) {
      var failure = assertThrows(TrainingDivergedException.class, trainer::step);
      assertEquals("the gradient of embedding.weight", failure.where());
      assertEquals(0, failure.step());
    }
  }

  @Test
  void aStepThatIsSkippedChangesNoParameterAndTheRunGoesOn() {
    try (var trainer = trainer(NonFinitePolicy.SKIP)) {
      trainer.step();
      damage();
      double[] values = parameters();
      var skipped = trainer.step();
      assertTrue(skipped.skipped());
      assertTrue(Double.isNaN(skipped.loss()));
      assertTrue(Arrays.equals(values, parameters()));
      assertEquals(1, adam.stepCount());
      repair();
      var next = trainer.step();
      assertEquals(2, next.step());
      assertFalse(next.skipped());
      assertTrue(Double.isFinite(next.loss()));
    }
  }

  @Test
  void aCheckpointOfOtherDataIsRefused() throws IOException {
    var file = folder.resolve("checkpoint.safetensors");
    try (var trainer = trainer(NonFinitePolicy.STOP)) {
      for (int i = 0; i < 9; i++) {
        trainer.step();
      }
      trainer.saveCheckpoint(file, null, Map.of("note", "a\nb"));
    }
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.02));
    var few = ContiguousWindows.of(text(22), 2, 10);
    try (var tensors = SafeTensors.open(file);
        var trainer = new Trainer(model, adam, few, options)) {
      assertTrue(Checkpoint.isCheckpoint(tensors));
      assertEquals(Map.of("note", "a\nb"), Checkpoint.extra(tensors));
      var failure = assertThrows(ModelFormatException.class, () -> trainer.restore(tensors, null));
      assertTrue(
          failure
              .getMessage()
              .contains("the checkpoint is at batch 9 of an epoch, the data have 1"),
          failure.getMessage());
    }
    assertEquals(model.architecture(), SequenceModel.load(file, backend, arena).architecture());
  }

  @Test
  void aModelFileIsNoCheckpoint() throws IOException {
    var file = folder.resolve("model.safetensors");
    model.save(file);
    try (var tensors = SafeTensors.open(file);
        var trainer = trainer(NonFinitePolicy.STOP)) {
      assertFalse(Checkpoint.isCheckpoint(tensors));
      assertThrows(ModelFormatException.class, () -> trainer.restore(tensors, null));
      assertThrows(ModelFormatException.class, () -> Checkpoint.extra(tensors));
    }
  }

  @Test
  void earlyStoppingKeepsTheBestAndGivesUpInTime() {
    var stopping = new EarlyStopping(model.parameters(), 2, arena);
    assertEquals(
        "nothing has been evaluated yet",
        assertThrows(IllegalStateException.class, stopping::restoreBest).getMessage());
    assertTrue(stopping.observe(2.0));
    assertTrue(stopping.observe(1.5));
    double[] best = parameters();
    damage();
    assertFalse(stopping.observe(1.5)); // as good is not better
    assertFalse(stopping.shouldStop());
    assertFalse(stopping.observe(Double.NaN));
    assertTrue(stopping.shouldStop());
    assertEquals(1.5, stopping.bestLoss());
    assertEquals(2, stopping.sinceBest());
    stopping.restoreBest();
    assertTrue(Arrays.equals(best, parameters()));
    assertTrue(stopping.observe(1.0));
    assertFalse(stopping.shouldStop());
    assertEquals(
        "patience must be positive, was 0",
        assertThrows(
                IllegalArgumentException.class,
                () -> new EarlyStopping(model.parameters(), 0, arena))
            .getMessage());
  }

  /// All steps at once, and a sum of the losses in double, against an evaluation in chunks.
  @ParameterizedTest
  @EnumSource(CellKind.class)
  void anEvaluationDoesNotDependOnItsChunks(CellKind kind) {
    var random = new CounterRandom(3);
    int[] tokens = new int[1300];
    Arrays.setAll(tokens, _ -> random.nextInt(VOCABULARY));
    var evaluated = model(kind);
    double sum = 0;
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var inputs = Tokens.allocate(arena, tokens.length - 1, 1);
      for (int t = 0; t < inputs.steps(); t++) {
        inputs.set(t, 0, tokens[t]);
      }
      var logits = evaluated.forward(tape, inputs, evaluated.newState(1, arena)).logits();
      for (int t = 0; t < inputs.steps(); t++) {
        var target = Tokens.of(arena, new int[][] {{tokens[t + 1]}});
        sum += CrossEntropy.sum(tape, tape.at(logits, t), target).value().scalar();
      }
    }
    var evaluation = Evaluation.of(evaluated, tokens);
    assertEquals(sum / (tokens.length - 1), evaluation.nats());
    assertEquals(tokens.length - 1, evaluation.tokens());
    assertEquals(evaluation.nats() / Math.log(2), evaluation.bits(), 1e-12);
    assertEquals(Math.exp(evaluation.nats()), evaluation.perplexity(), 1e-9);
  }

  @Test
  void anEvaluationNeedsSomethingToPredict() {
    assertEquals(
        "evaluation needs at least two tokens, there are 1",
        assertThrows(IllegalArgumentException.class, () -> Evaluation.of(model, new int[] {1}))
            .getMessage());
  }

  @Test
  void aLearnedInitialStateIsTrainedAndEvaluationsBeginWithIt() {
    var stack = LayerStack.of(Lstm.options(), 8).learnedInitialState();
    var input = new Architecture.TokenInput(VOCABULARY, 4);
    var learner =
        SequenceModel.create(
            Architecture.of(input, stack, VOCABULARY), backend, arena, new CounterRandom(1));
    var h0 = learner.parameters().get("recurrent.h0_l0").value();
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.02));
    var optimizer = Adam.of(learner.parameters(), 0.02);
    try (var trainer =
        new Trainer(learner, optimizer, ContiguousWindows.of(text(200), 2, 10), options)) {
      trainer.step();
    }
    assertTrue(Arrays.stream(h0.toArray()).allMatch(value -> value != 0));
    double nats = Evaluation.of(learner, text(4)).nats();
    h0.fill(0.5);
    assertNotEquals(nats, Evaluation.of(learner, text(4)).nats());
  }
}
