package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.data.TokenBatches;
import dev.rondo.data.WholeSequences;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.CellKind;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import dev.rondo.train.EarlyStopping;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/// What holds for every training run, bit for bit.
class TrainingProperties {
  private static final int VOCABULARY = 7;

  private enum Kind {
    ADAM,
    MOMENTUM
  }

  private enum Data {
    WINDOWS,
    SEQUENCES
  }

  /// A model and how it is trained.
  record Plan(
      CellKind cell,
      int embeddingSize,
      int hiddenSize,
      int layers,
      Kind optimizer,
      Data data,
      int batchSize,
      int steps,
      long seed) {
    Architecture architecture() {
      return Architecture.languageModel(VOCABULARY, embeddingSize, cell, hiddenSize, layers)
          .dropout(0.25);
    }

    Optimizer optimizer(Parameters parameters) {
      return switch (optimizer) {
        case ADAM -> Adam.of(parameters, Adam.options(0.01).weightDecay(0.001));
        case MOMENTUM -> Sgd.of(parameters, Sgd.options(0.1).momentum(0.9));
      };
    }

    /// Few batches an epoch, so that runs go over the end of one.
    TokenBatches batches() {
      var random = new CounterRandom(seed);
      if (data == Data.WINDOWS) {
        return ContiguousWindows.of(text(random, 3 * batchSize * steps + 5), batchSize, steps);
      }
      var sequences = new ArrayList<int[]>();
      for (int i = 0; i < 2 * batchSize + 1; i++) {
        sequences.add(text(random, 2 + random.nextInt(steps)));
      }
      return WholeSequences.of(sequences, batchSize, random.next());
    }

    private static int[] text(CounterRandom random, int length) {
      int[] text = new int[length];
      for (int i = 0; i < length; i++) {
        text[i] = random.nextInt(VOCABULARY);
      }
      return text;
    }
  }

  @Provide
  Arbitrary<Plan> plans() {
    return plans(Arbitraries.of(1, 3, 16, 17), Arbitraries.integers().between(1, 4));
  }

  /// Large enough for work to be split over threads.
  @Provide
  Arbitrary<Plan> largePlans() {
    return plans(Arbitraries.of(63, 80), Arbitraries.integers().between(5, 13));
  }

  private static Arbitrary<Plan> plans(
      Arbitrary<Integer> hiddenSizes, Arbitrary<Integer> batchSizes) {
    return Combinators.combine(
            Arbitraries.of(CellKind.class),
            hiddenSizes,
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(Kind.class),
            Arbitraries.of(Data.class),
            batchSizes,
            Arbitraries.integers().between(1, 12),
            Arbitraries.longs())
        .as((cell, hidden, layers, kind, data, batch, steps, seed) ->
            new Plan(cell, 5, hidden, layers, kind, data, batch, steps, seed));
  }

  /// A run with all that it consists of.
  private static final class Run implements AutoCloseable {
    final Backend backend;
    final Arena arena = Arena.ofShared();
    final SequenceModel model;
    final Optimizer optimizer;
    final Trainer trainer;
    final EarlyStopping stopping;
    final List<Double> losses = new ArrayList<>();

    Run(Plan plan, Backend backend) {
      this.backend = backend;
      model =
          SequenceModel.create(plan.architecture(), backend, arena, new CounterRandom(plan.seed));
      optimizer = plan.optimizer(model.parameters());
      var options =
          TrainerOptions.of(LearningRateSchedule.step(0.01, 3, 0.7)).clipNorm(1).seed(plan.seed);
      trainer = new Trainer(model, optimizer, plan.batches(), options);
      stopping = new EarlyStopping(model.parameters(), 100, arena);
    }

    Run steps(int count) {
      for (int i = 0; i < count; i++) {
        double loss = trainer.step().loss();
        losses.add(loss);
        stopping.observe(loss);
      }
      return this;
    }

    /// Everything that a run has to show.
    Map<String, Bits> bits() {
      var bits = new LinkedHashMap<String, Bits>();
      for (var parameter : model.parameters().all()) {
        bits.put(parameter.name(), Bits.of(parameter.name(), parameter.value()));
        bits.put(
            "gradient of " + parameter.name(), Bits.of(parameter.name(), parameter.gradient()));
      }
      optimizer
          .state()
          .forEach((name, tensor) -> {
            if (!name.endsWith(".steps")) {
              bits.put("optimizer " + name, Bits.of(name, tensor));
            }
          });
      return bits;
    }

    @Override
    public void close() {
      trainer.close();
      arena.close();
      backend.close();
    }
  }

  private static void assertSame(Run expected, Run actual) {
    assertEquals(expected.losses, actual.losses);
    LayerRun.assertSame(expected.bits(), actual.bits());
  }

  @Tag("kernel")
  @Property(tries = 25)
  void scalarAndVectorKernelsTrainTheSameModel(@ForAll("plans") Plan plan) {
    try (var scalar = new Run(plan, Backend.scalar(Threads.one()));
        var vector = new Run(plan, Backend.vector(Threads.one()))) {
      assertSame(scalar.steps(5), vector.steps(5));
    }
  }

  @Tag("kernel")
  @Property(tries = 4)
  void oneTwoAndThreeThreadsTrainTheSameModel(@ForAll("largePlans") Plan plan) {
    try (var one = new Run(plan, Backend.best(Threads.one()));
        var two = new Run(plan, Backend.best(Threads.of(2)));
        var three = new Run(plan, Backend.best(Threads.of(3)))) {
      one.steps(4);
      assertSame(one, two.steps(4));
      assertSame(one, three.steps(4));
    }
  }

  @Property(tries = 40)
  void aRunThatIsContinuedHasTheBitsOfOneThatNeverStopped(
      @ForAll("plans") Plan plan, @ForAll @IntRange(max = 9) int before) throws IOException {
    var file = Files.createTempFile("checkpoint", ".safetensors");
    try (var whole = new Run(plan, Backend.best());
        var interrupted = new Run(plan, Backend.best());
        var continued = new Run(plan, Backend.best())) {
      whole.steps(before).steps(6);
      interrupted.steps(before).trainer.saveCheckpoint(file, interrupted.stopping, Map.of());
      // as a new process would: other random parameters, and a run that has moved on
      continued.steps(2).losses.clear();
      restore(continued, file);
      assertEquals(before, continued.trainer.steps());
      continued.losses.addAll(interrupted.losses);
      assertSame(whole, continued.steps(6));
      assertEquals(whole.optimizer.stepCount(), continued.optimizer.stepCount());
      assertEquals(whole.optimizer.learningRate(), continued.optimizer.learningRate());
      assertSameBest(whole, continued);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void restore(Run run, Path file) throws IOException {
    try (var tensors = SafeTensors.open(file)) {
      run.trainer.restore(tensors, run.stopping);
    }
  }

  private static void assertSameBest(Run expected, Run actual) {
    assertEquals(expected.stopping.bestLoss(), actual.stopping.bestLoss());
    assertEquals(expected.stopping.sinceBest(), actual.stopping.sinceBest());
    expected.stopping.restoreBest();
    actual.stopping.restoreBest();
    LayerRun.assertSame(expected.bits(), actual.bits());
  }

  /// The same run writes the same bytes, whatever the threads and kernels.
  @Property(tries = 10)
  void equalRunsWriteEqualCheckpoints(@ForAll("plans") Plan plan) throws IOException {
    var first = Files.createTempFile("first", ".safetensors");
    var second = Files.createTempFile("second", ".safetensors");
    try (var one = new Run(plan, Backend.scalar(Threads.one()));
        var two = new Run(plan, Backend.best(Threads.of(2)))) {
      one.steps(4).trainer.saveCheckpoint(first, one.stopping, Map.of("note", "a"));
      two.steps(4).trainer.saveCheckpoint(second, two.stopping, Map.of("note", "a"));
      assertEquals(-1, Files.mismatch(first, second));
    } finally {
      Files.deleteIfExists(first);
      Files.deleteIfExists(second);
    }
  }

  @Property(tries = 20)
  void aModelThatWasSavedAndLoadedHasTheSameBits(@ForAll("plans") Plan plan) throws IOException {
    var file = Files.createTempFile("model", ".safetensors");
    var again = Files.createTempFile("model", ".safetensors");
    try (var run = new Run(plan, Backend.best())) {
      run.steps(1).model.setProperty("vocabulary", "abc\n\u00e9\"");
      run.model.save(file);
      var loaded = SequenceModel.load(file, run.backend, run.arena);
      assertEquals(run.model.architecture(), loaded.architecture());
      assertEquals(run.model.properties(), loaded.properties());
      for (var parameter : run.model.parameters().all()) {
        String name = parameter.name();
        LayerRun.assertSame(
            Bits.of(name, parameter.value()),
            Bits.of(name, loaded.parameters().get(name).value()),
            name);
      }
      loaded.save(again);
      assertEquals(-1, Files.mismatch(file, again));
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(again);
    }
  }

  /// Batches of windows have one size but the last: after an epoch all sizes have been seen.
  @Property(tries = 20)
  void theWorkspaceStopsGrowing(@ForAll("plans") Plan plan) {
    var windows =
        new Plan(
            plan.cell,
            plan.embeddingSize,
            plan.hiddenSize,
            plan.layers,
            plan.optimizer,
            Data.WINDOWS,
            plan.batchSize,
            plan.steps,
            plan.seed);
    try (var run = new Run(windows, Backend.best())) {
      run.steps(1);
      long bytes = run.trainer.workspaceBytes();
      run.steps(8);
      assertEquals(bytes, run.trainer.workspaceBytes());
    }
  }

  /// A sequence's loss and gradient do not depend on what pads it: other sequences of the batch may
  /// be longer, and what stands beyond the end of one is ignored.
  @Property(tries = 20)
  void whatStandsBeyondTheEndOfASequenceChangesNothing(
      @ForAll("plans") Plan plan, @ForAll @IntRange(min = 1, max = 5) int padding) {
    try (var run = new Run(plan, Backend.best());
        var workspace = new Workspace()) {
      int[][] padded = new int[plan.steps + padding][2];
      var random = new CounterRandom(plan.seed);
      var expected = gradients(run, workspace, tokens(run.arena, plan.steps, random, padded), 0);
      for (int other = 0; other < 3; other++) {
        var inputs = tokens(run.arena, plan.steps + padding, new CounterRandom(other), null);
        for (int t = 0; t < plan.steps; t++) {
          inputs.set(t, 0, padded[t][0]);
          inputs.set(t, 1, padded[t][1]);
        }
        assertEquals(expected, gradients(run, workspace, inputs, padding));
      }
    }
  }

  private static Tokens tokens(Arena arena, int steps, CounterRandom random, int[][] copy) {
    var tokens = Tokens.allocate(arena, steps, 2);
    for (int t = 0; t < steps; t++) {
      for (int b = 0; b < 2; b++) {
        tokens.set(t, b, random.nextInt(VOCABULARY));
        if (copy != null) {
          copy[t][b] = tokens.get(t, b);
        }
      }
    }
    return tokens;
  }

  /// Loss and all gradients by name; the last `ignored` steps have no targets.
  private static Map<String, Object> gradients(
      Run run, Workspace workspace, Tokens inputs, int ignored) {
    var result = new LinkedHashMap<String, Object>();
    var parameters = run.model.parameters();
    parameters.clearGradients();
    var targets = Tokens.allocate(run.arena, inputs.steps(), 2);
    for (int t = 0; t < inputs.steps(); t++) {
      boolean counts = t < inputs.steps() - ignored;
      targets.set(t, 0, counts ? t % VOCABULARY : Tokens.IGNORED);
      targets.set(t, 1, counts ? (t + 3) % VOCABULARY : Tokens.IGNORED);
    }
    try (var tape = Tape.record(run.backend, workspace, new CounterRandom(5))) {
      var state = run.model.newState(2, run.arena);
      var logits = run.model.forward(tape, inputs, state).logits();
      var loss = CrossEntropy.mean(tape, logits, targets);
      tape.backward(loss);
      result.put("loss", loss.value().scalar());
    }
    for (var parameter : parameters.all()) {
      result.put(parameter.name(), Bits.of(parameter.name(), parameter.gradient()));
    }
    return result;
  }
}
