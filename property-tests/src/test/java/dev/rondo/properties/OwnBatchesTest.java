package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.data.Batch;
import dev.rondo.data.Batches;
import dev.rondo.data.Examples;
import dev.rondo.data.PaddedFeatures;
import dev.rondo.data.PaddedTokens;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import dev.rondo.train.Evaluation;
import dev.rondo.train.Loss;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Data and losses as a user writes them, from outside the engine.
class OwnBatchesTest {
  private static final int STEPS = 8;
  private static final int BATCH = 6;

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();
  private final Backend backend = Backend.best();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  /// What the sequences of [Signs] are to be labelled with.
  enum Task {
    /// Each step with the sign of the next number: needs the direction backward.
    NEXT_SIGN,
    /// Each step with the mean of the numbers so far.
    MEAN_SO_FAR,
    /// The whole sequence with whether it has more positive numbers than negative ones.
    MAJORITY
  }

  /// Numbers of ±1 in sequences of different lengths, made up as they are asked for; NaN behind
  /// their ends.
  record Signs(Task task, long seed) implements Batches {
    @Override
    public int batchSize() {
      return BATCH;
    }

    @Override
    public int batchesPerEpoch() {
      return 4;
    }

    @Override
    public Batch batch(long epoch, int index, Workspace workspace) {
      var random = new CounterRandom(seed).fork(epoch).fork(index);
      var lengths = new int[BATCH];
      var x = workspace.zeros(ElementType.FLOAT32, STEPS, BATCH, 1);
      x.fill(Double.NaN);
      for (int b = 0; b < BATCH; b++) {
        lengths[b] = 1 + 2 * random.nextInt(STEPS / 2);
        for (int t = 0; t < lengths[b]; t++) {
          x.set(t * BATCH + b, 0, random.nextInt(2) == 0 ? -1 : 1);
        }
      }
      return (switch (task) {
            case NEXT_SIGN -> Batch.of(x, nextSigns(x, lengths, workspace));
            case MEAN_SO_FAR -> Batch.of(x, means(x, workspace));
            case MAJORITY -> Batch.of(x, majorities(x, lengths, workspace));
          })
          .lengths(Lengths.of(lengths));
    }

    private static Tokens nextSigns(Tensor x, int[] lengths, Workspace workspace) {
      var classes = workspace.tokens(STEPS, BATCH);
      for (int b = 0; b < BATCH; b++) {
        for (int t = 0; t < STEPS - 1; t++) {
          boolean positive = t + 1 < lengths[b] && x.get((t + 1) * BATCH + b, 0) > 0;
          classes.set(t, b, positive ? 1 : 0);
        }
      }
      return classes;
    }

    private static Tensor means(Tensor x, Workspace workspace) {
      var means = workspace.zeros(ElementType.FLOAT32, STEPS, BATCH, 1);
      for (int b = 0; b < BATCH; b++) {
        double sum = 0;
        for (int t = 0; t < STEPS; t++) {
          sum += x.get(t * BATCH + b, 0);
          means.set(t * BATCH + b, 0, sum / (t + 1));
        }
      }
      return means;
    }

    /// One target a sequence.
    private static Tokens majorities(Tensor x, int[] lengths, Workspace workspace) {
      var classes = workspace.tokens(1, BATCH);
      for (int b = 0; b < BATCH; b++) {
        double sum = 0;
        for (int t = 0; t < lengths[b]; t++) {
          sum += x.get(t * BATCH + b, 0);
        }
        classes.set(0, b, sum > 0 ? 1 : 0);
      }
      return classes;
    }
  }

  /// The cross-entropy of the logits at the end of each sequence.
  private static Variable ofLastSteps(Tape tape, Variable logits, Batch batch) {
    var last = tape.workspace().tokens(1, batch.batchSize());
    for (int b = 0; b < batch.batchSize(); b++) {
      last.set(0, b, (batch.lengths().get(b) - 1) * batch.batchSize() + b);
    }
    return CrossEntropy.mean(tape, tape.gather(logits, last), batch.targets());
  }

  private SequenceModel model(int outputs, long seed) {
    var stack = RecurrentOptions.of(Gru.cell(), 12).bidirectional(Merge.CONCAT);
    var architecture = Architecture.of(new Architecture.DenseInput(1), stack, outputs);
    return SequenceModel.create(architecture, backend, arena, new CounterRandom(seed));
  }

  private static TrainerOptions options(Loss loss) {
    return TrainerOptions.of(LearningRateSchedule.cosine(0.02, 400, 0)).clipNorm(1).loss(loss);
  }

  private Trainer trainer(SequenceModel model, Batches batches, Loss loss) {
    var adam = Optimizer.of(model.parameters(), Adam.of(0.02));
    return new Trainer(model, adam, batches, options(loss));
  }

  private void assertLearns(Task task, int outputs, Loss loss, double limit) {
    var model = model(outputs, 1);
    try (var trainer = trainer(model, new Signs(task, 1), loss)) {
      for (int i = 0; i < 400; i++) {
        trainer.step();
      }
      double measured = trainer.validate(new Signs(task, 2), null);
      assertTrue(measured < limit, task + ": " + measured);
    }
  }

  @Test
  void aTaggerOfGeneratedSequencesLearnsThem() {
    assertLearns(Task.NEXT_SIGN, 2, Loss.crossEntropy(), 0.01);
  }

  @Test
  void aRegressionOfGeneratedSequencesLearnsThem() {
    assertLearns(Task.MEAN_SO_FAR, 1, Loss.meanSquaredError(), 0.01);
  }

  @Test
  void aClassifierWithALossOfItsOwnLearnsThem() {
    assertLearns(Task.MAJORITY, 2, OwnBatchesTest::ofLastSteps, 0.05);
  }

  private Map<String, Bits> bits(SequenceModel model) {
    var bits = new LinkedHashMap<String, Bits>();
    model.parameters().values().forEach((name, value) -> bits.put(name, Bits.of(name, value)));
    return bits;
  }

  /// Also where the run is continued from a checkpoint.
  @Test
  void batchesThatAreLoadedAheadTrainTheSameBits() throws IOException {
    var loss = Loss.crossEntropy();
    var signs = new Signs(Task.NEXT_SIGN, 1);
    var file = folder.resolve("checkpoint.safetensors");
    var expected = model(2, 1);
    var losses = new ArrayList<Double>();
    try (var trainer = trainer(expected, signs, loss)) {
      for (int i = 0; i < 11; i++) {
        losses.add(trainer.step().loss());
        if (i == 5) {
          trainer.saveCheckpoint(file, null, Map.of());
        }
      }
    }
    for (int count : new int[] {1, 3, 20}) {
      var actual = model(2, 1);
      try (var ahead = signs.ahead(count);
          var trainer = trainer(actual, ahead, loss);
          var checkpoint = SafeTensors.open(file)) {
        for (double each : losses) {
          assertEquals(each, trainer.step().loss());
        }
        LayerRun.assertSame(bits(expected), bits(actual));
        trainer.restore(checkpoint, null);
        for (double each : losses.subList(6, 11)) {
          assertEquals(each, trainer.step().loss());
        }
        LayerRun.assertSame(bits(expected), bits(actual));
      }
    }
  }

  /// The engine's own source of labelled sequences: the same sequences, bucketed or not, in other
  /// orders, measure the same.
  @Test
  void examplesAreCutIntoPaddedBatches() {
    var random = new CounterRandom(4);
    var sequences = new ArrayList<float[][]>();
    var classes = new ArrayList<int[]>();
    var values = new ArrayList<float[][]>();
    for (int i = 0; i < 9; i++) {
      int length = 1 + random.nextInt(7);
      var sequence = new float[length][1];
      var targets = new int[length];
      for (int t = 0; t < length; t++) {
        sequence[t][0] = (float) random.nextGaussian();
        targets[t] = t % 3 == 2 ? Tokens.IGNORED : random.nextInt(2);
      }
      sequences.add(sequence);
      classes.add(targets);
      values.add(sequence);
    }
    var model = model(2, 1);
    var tagged = Examples.ofFeatures(sequences).classes(classes);
    double one = Evaluation.of(model, tagged.batches(1, random)).nats();
    for (int batchSize : new int[] {2, 4, 20}) {
      var batches = tagged.batches(batchSize, random);
      assertEquals(one, Evaluation.of(model, batches).nats(), 1e-6);
      assertEquals(one, Evaluation.of(model, batches.bucketed(2)).nats(), 1e-6);
      assertEquals(Math.ceilDiv(9, batchSize), batches.batchesPerEpoch());
    }
    var numbers = Examples.ofFeatures(sequences).values(values);
    var regression = model(1, 1);
    var squares = Loss.meanSquaredError();
    double alone = Evaluation.loss(regression, numbers.batches(1, random), squares);
    assertEquals(alone, Evaluation.loss(regression, numbers.batches(4, random), squares), 1e-6);
    var words =
        Examples.ofTokens(List.of(new int[] {1, 2}, new int[] {3}))
            .classes(List.of(new int[] {0, 1}, new int[] {1}));
    try (var workspace = new Workspace()) {
      var padded = PaddedFeatures.of(sequences, 1, ElementType.FLOAT32, workspace);
      var targets = PaddedTokens.of(classes, 0, workspace);
      var whole = padded.with(targets.tokens());
      assertEquals(padded.lengths(), whole.lengths());
      int ignored = classes.stream().mapToInt(row -> row.length / 3).sum();
      assertEquals(padded.lengths().total() - ignored, whole.count());
      assertEquals(padded.lengths().total(), padded.with(padded.features()).count());
      assertEquals(padded.lengths().total(), targets.with(padded.features()).count());
      var batch = words.batches(3, random).batch(0, 0, workspace);
      assertEquals(3, batch.count());
      assertEquals(3, batch.batchSize());
      assertEquals(0, batch.lengths().get(2));
    }
  }

  @Test
  void examplesThatDoNotFitAreRefused() {
    var sequences = List.of(new float[][] {{1}, {2}}, new float[][] {{1}});
    assertMessage(
        "sequence 1 has 2 targets, expected one for each of its 1 steps",
        () -> Examples.ofFeatures(sequences).classes(List.of(new int[2], new int[2])));
    assertMessage(
        "there are targets of 1 sequences, expected 2",
        () -> Examples.ofFeatures(sequences).classes(List.of(new int[2])));
    assertMessage(
        "features of step 0 of sequence 1 have 2 numbers, expected 1 and at least one",
        () -> Examples.ofFeatures(List.of(new float[][] {{1}}, new float[][] {{1, 2}})));
    assertMessage("sequence 1 is empty", () -> Examples.ofTokens(List.of(new int[1], new int[0])));
    assertMessage("sequences must not be empty", () -> Examples.ofTokens(List.of()));
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }
}
