package dev.rondo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Gradients that go as far back as they should, and are right as far as they go.
class SequenceTrainerTest {
  private static final int STEPS = 9;
  private static final int BATCH = 2;
  private static final int INPUT = 2;
  private static final int HIDDEN = 3;

  /// Extrapolated differences in float64 reach 1e-10; a gradient that is wrong misses by 1e-3.
  private static final double TOLERANCE = 1e-6;

  private final Arena arena = Arena.ofShared();
  private final CounterRandom random = new CounterRandom(3);

  @AfterEach
  void close() {
    arena.close();
  }

  /// A model whose loss is Σ weights∘output, with all that it needs.
  private final class Setting implements AutoCloseable {
    final Backend backend;
    final Parameters parameters;
    final Recurrent model;
    final Tensor x;
    final Tensor weights;
    final RecurrentState state;
    final Workspace workspace = new Workspace();

    Setting(Backend backend, boolean lstm) {
      this.backend = backend;
      parameters = new Parameters(backend, arena);
      var options = lstm ? Lstm.of(INPUT, HIDDEN).layers(2) : Gru.of(INPUT, HIDDEN);
      model = options.create(parameters, random);
      x = gaussian(STEPS, BATCH, INPUT);
      weights = gaussian(STEPS, BATCH, HIDDEN);
      state = model.newState(BATCH, arena);
      state.tensors().values().forEach(SequenceTrainerTest.this::fill);
    }

    Tensor gaussian(int... shape) {
      var tensor = Tensor.allocate(arena, backend.type(), shape);
      fill(tensor);
      return tensor;
    }

    /// Trains with a rate that moves nothing, unless it is asked to.
    SequenceTrainer trainer(double rate) {
      var options = TrainerOptions.of(LearningRateSchedule.constant(rate));
      return new SequenceTrainer(parameters, Optimizer.of(parameters, Sgd.of(rate)), options);
    }

    Variable steps(Tape tape, Tensor tensor, int from, int to) {
      var rows = tensor.rows(from * BATCH, (to - from) * BATCH);
      return tape.constant(rows.reshape(to - from, BATCH, tensor.columns()));
    }

    SequenceTrainer.WindowLoss run(Tape tape, TruncatedBptt.Window part, StackState from) {
      return run(tape, part, steps(tape, x, part.from(), part.to()), from);
    }

    SequenceTrainer.WindowLoss run(
        Tape tape, TruncatedBptt.Window part, Variable input, StackState from) {
      var run = model.forward(tape, input, from);
      Variable loss = null;
      if (part.counted()) {
        var upstream = steps(tape, weights, part.from(), part.to());
        loss = tape.sum(tape.multiply(run.output(), upstream));
      }
      return new SequenceTrainer.WindowLoss(loss, run.lastState());
    }

    RecurrentState copy(StackState source) {
      var result = model.newState(BATCH, arena);
      source.copyTo(result);
      return result;
    }

    /// The state before step `step`, by one run from the first.
    double[] stateBefore(int step, RecurrentState initial) {
      if (step == 0) {
        return elements(initial);
      }
      try (var tape = Tape.evaluate(backend, workspace)) {
        var run = model.forward(tape, steps(tape, x, 0, step), initial);
        return elements(copy(run.lastState()));
      }
    }

    double[] gradients() {
      return parameters.all().stream()
          .flatMapToDouble(parameter -> Arrays.stream(parameter.gradient().toArray()))
          .toArray();
    }

    double[] values() {
      return parameters.all().stream()
          .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toArray()))
          .toArray();
    }

    @Override
    public void close() {
      workspace.close();
      backend.close();
    }
  }

  private void fill(Tensor tensor) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextGaussian());
      }
    }
  }

  private static double[] elements(RecurrentState state) {
    return state.tensors().values().stream()
        .flatMapToDouble(tensor -> Arrays.stream(tensor.toArray()))
        .toArray();
  }

  private Setting float64(boolean lstm) {
    return new Setting(Backend.float64(Threads.one()), lstm);
  }

  /// The first step that the gradient of target t's loss reaches, by the documented rule.
  private static int reach(int t, int k1, int k2) {
    int window = t / k1 * k1;
    int end = Math.min(window + k1, STEPS);
    return k2 > k1 ? Math.max(0, end - k2) : window + (t - window) / k2 * k2;
  }

  /// Of one target's loss at a time, the derivative with respect to every step of the input.
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3", "2, 5", "1, 4", "4, 5", "5, 2", "4, 1", "9, 9", "2, 20", "20, 4"})
  void theGradientOfATargetReachesAsFarAsItShould(int k1, int k2) {
    try (var setting = float64(true);
        var trainer = setting.trainer(0)) {
      for (int t = 0; t < STEPS; t++) {
        setting.weights.clear();
        setting.weights.rows(t * BATCH, BATCH).fill(1);
        double[] derivative = derivatives(setting, trainer, new TruncatedBptt(k1, k2));
        for (int s = 0; s < STEPS; s++) {
          boolean within = reach(t, k1, k2) <= s && s <= t;
          assertEquals(within, derivative[s] > 0, "target %d, step %d".formatted(t, s));
          assertTrue(!within || t - s < k2);
        }
      }
    }
  }

  /// Σ |dL/dx| of every step, over all runs of it.
  private static double[] derivatives(
      Setting setting, SequenceTrainer trainer, TruncatedBptt bptt) {
    double[] derivative = new double[STEPS];
    trainer.train(
        bptt,
        STEPS,
        setting.state,
        (tape, part, _, state) -> {
          var x = tape.input(setting.steps(tape, setting.x, part.from(), part.to()).value());
          tape.afterBackward(() -> {
            for (int r = 0; r < part.steps() * BATCH; r++) {
              for (int c = 0; c < INPUT; c++) {
                derivative[part.from() + r / BATCH] += Math.abs(x.gradient().get(r, c));
              }
            }
          });
          return setting.run(tape, part, x, state);
        });
    return derivative;
  }

  /// A segment as it was run.
  private record Seen(TruncatedBptt.Update update, int from, RecurrentState start) {}

  /// Everything that is run, with the gradients that there are after each update.
  private static List<Seen> record(Setting setting, TruncatedBptt bptt, List<double[]> gradients) {
    var seen = new ArrayList<Seen>();
    try (var trainer = setting.trainer(0)) {
      trainer.train(
          bptt,
          STEPS,
          setting.state,
          (tape, part, update, state) -> {
            boolean starts =
                update.segments().stream().anyMatch(segment -> segment.from() == part.from());
            if (starts) {
              seen.add(new Seen(update, part.from(), setting.copy(state)));
            }
            if (part.to() == update.to()) {
              tape.afterBackward(() -> gradients.add(setting.gradients()));
            }
            return setting.run(tape, part, state);
          });
    }
    return seen;
  }

  /// With parameters that do not move, every run starts from the state that the whole sequence has
  /// there, bit for bit; so does what follows.
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 3", "2, 5", "1, 4", "4, 5", "5, 2", "9, 9", "2, 20"})
  void everyRunStartsFromTheStateOfTheWholeSequence(int k1, int k2) {
    try (var setting = float64(true);
        var tape = Tape.evaluate(setting.backend, setting.workspace)) {
      var initial = setting.copy(setting.state.on(tape));
      var bptt = new TruncatedBptt(k1, k2);
      var seen = record(setting, bptt, new ArrayList<>());
      var segments = bptt.plan(STEPS).stream().flatMap(u -> u.segments().stream()).toList();
      assertEquals(segments.size(), seen.size());
      for (int i = 0; i < seen.size(); i++) {
        assertEquals(segments.get(i).from(), seen.get(i).from);
        assertArrayEquals(
            setting.stateBefore(seen.get(i).from, initial), elements(seen.get(i).start));
      }
      assertArrayEquals(setting.stateBefore(STEPS, initial), elements(setting.state));
    }
  }

  /// The gradient of an update is that of its window's loss, the states it starts from held
  /// constant.
  @ParameterizedTest
  @CsvSource({
    "3, 3, true",
    "2, 5, true",
    "5, 2, true",
    "2, 5, false",
    "4, 3, false",
    "1, 3, false"
  })
  void gradientsAreThoseOfTheWindowsLoss(int k1, int k2, boolean lstm) {
    try (var setting = float64(lstm)) {
      var bptt = new TruncatedBptt(k1, k2);
      var gradients = new ArrayList<double[]>();
      var seen = record(setting, bptt, gradients);
      var plan = bptt.plan(STEPS);
      assertEquals(plan.size(), gradients.size());
      for (int u = 0; u < plan.size(); u++) {
        var update = plan.get(u);
        var starts = seen.stream().filter(s -> s.update.equals(update)).toList();
        double scale = Arrays.stream(gradients.get(u)).map(Math::abs).max().orElseThrow();
        assertTrue(scale > 1e-3);
        int i = 0;
        for (var parameter : setting.parameters.all()) {
          var value = parameter.value();
          for (int e = 0; e < value.size(); e++, i++) {
            double measured = difference(setting, value, e, update, starts);
            assertEquals(measured, gradients.get(u)[i], TOLERANCE * scale, parameter.name());
          }
        }
      }
    }
  }

  private static double difference(
      Setting setting, Tensor value, int e, TruncatedBptt.Update update, List<Seen> starts) {
    int r = e / value.columns();
    int c = e % value.columns();
    double at = value.get(r, c);
    double[] slopes = new double[2];
    for (int half = 0; half < 2; half++) {
      double step = 1e-3 / (1 + half);
      value.set(r, c, at + step);
      double above = loss(setting, update, starts);
      value.set(r, c, at - step);
      double below = loss(setting, update, starts);
      slopes[half] = (above - below) / (2 * step);
    }
    value.set(r, c, at);
    return (4 * slopes[1] - slopes[0]) / 3;
  }

  private static double loss(Setting setting, TruncatedBptt.Update update, List<Seen> starts) {
    double sum = 0;
    for (int i = 0; i < starts.size(); i++) {
      try (var tape = Tape.evaluate(setting.backend, setting.workspace)) {
        var at = starts.get(i).start.on(tape);
        for (var part : update.segments().get(i).parts()) {
          var run = setting.run(tape, part, at);
          sum += run.loss() == null ? 0 : run.loss().value().scalar();
          at = run.lastState();
        }
      }
    }
    return sum;
  }

  /// One window is backpropagation through all of time: bit for bit what a tape does with the whole
  /// sequence. Also where k2 is larger than the sequence.
  @ParameterizedTest
  @CsvSource({"9, 9, true", "9, 30, true", "30, 30, true", "9, 9, false"})
  void oneWindowIsFullBptt(int k1, int k2, boolean lstm) {
    try (var setting = new Setting(Backend.best(), lstm);
        var trainer = setting.trainer(0)) {
      double expectedLoss;
      double[] expected;
      double[] last;
      try (var tape = Tape.record(setting.backend, setting.workspace, new CounterRandom(1))) {
        var whole = new TruncatedBptt.Window(0, STEPS, true);
        var run = setting.run(tape, whole, setting.state.on(tape));
        tape.backward(run.loss());
        expectedLoss = run.loss().value().scalar();
        expected = setting.gradients();
        last = elements(setting.copy(run.lastState()));
      }
      var done =
          trainer.train(
              new TruncatedBptt(k1, k2),
              STEPS,
              setting.state,
              (tape, part, _, state) -> setting.run(tape, part, state));
      assertEquals(1, done.size());
      assertEquals(expectedLoss, done.getFirst().loss());
      assertArrayEquals(expected, setting.gradients());
      assertArrayEquals(last, elements(setting.state));
    }
  }

  /// Two sequences of nine steps, an update every four: three each, the last of one step.
  @Test
  void everyUpdateSaysWhatItDid() {
    try (var setting = float64(false);
        var trainer = setting.trainer(0.01)) {
      double[] before = setting.values();
      var bptt = new TruncatedBptt(4, 6);
      SequenceTrainer.Program program = (tape, part, _, state) -> setting.run(tape, part, state);
      trainer.train(bptt, STEPS, setting.state, program);
      long bytes = trainer.workspaceBytes();
      var second = trainer.train(bptt, STEPS, setting.state, program);
      assertEquals(bytes, trainer.workspaceBytes());
      assertFalse(Arrays.equals(before, setting.values()));
      assertEquals(6, trainer.steps());
      assertEquals(2, trainer.sequences());
      assertEquals(List.of(3L, 4L, 5L), second.stream().map(TrainingStep::step).toList());
      assertEquals(List.of(8, 8, 2), second.stream().map(TrainingStep::tokens).toList());
      assertEquals(
          List.of(false, false, true), second.stream().map(TrainingStep::epochEnded).toList());
      for (var step : second) {
        assertEquals(1, step.epoch());
        assertEquals(0.01, step.learningRate());
        assertTrue(step.gradientNorm() > 0);
        assertFalse(step.skipped());
      }
    }
  }

  /// The third window's loss is NaN: the parameters stay for that update, and the state is zero.
  @Test
  void whatIsNotFiniteIsSkippedOrStops() {
    try (var setting = float64(true)) {
      setting.weights.set(5 * BATCH, 0, Double.NaN);
      var schedule = LearningRateSchedule.constant(0.1);
      var bptt = new TruncatedBptt(2, 2);
      SequenceTrainer.Program program = (tape, part, _, state) -> setting.run(tape, part, state);
      var skipping = TrainerOptions.of(schedule).nonFinite(NonFinitePolicy.SKIP);
      var sgd = Optimizer.of(setting.parameters, Sgd.of(0.1));
      try (var trainer = new SequenceTrainer(setting.parameters, sgd, skipping)) {
        var done = trainer.train(bptt, 6, setting.state, program);
        assertEquals(
            List.of(false, false, true), done.stream().map(TrainingStep::skipped).toList());
        assertTrue(Arrays.stream(setting.values()).allMatch(Double::isFinite));
        assertArrayEquals(new double[elements(setting.state).length], elements(setting.state));
      }
      var stopping = TrainerOptions.of(schedule);
      try (var trainer = new SequenceTrainer(setting.parameters, sgd, stopping)) {
        var thrown =
            assertThrows(
                TrainingDivergedException.class,
                () -> trainer.train(bptt, 6, setting.state, program));
        assertEquals(2, thrown.step());
        assertEquals("loss", thrown.where());
      }
    }
  }

  /// 99 targets in windows of ten: the same losses, the same parameters, bit for bit, as [Trainer]
  /// over the same text.
  @Test
  void windowsOfOneLengthAreWhatATrainerDoes() {
    int[] text = new int[200];
    Arrays.setAll(text, i -> i * i % 5);
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.02)).clipNorm(0.5);
    var windows = ContiguousWindows.of(text, BATCH, 10);
    try (var backend = Backend.best()) {
      var expected = languageModel(backend);
      var losses = new ArrayList<Double>();
      var adam = Optimizer.of(expected.parameters(), Adam.of(0.02));
      try (var trainer = new Trainer(expected, adam, windows, options)) {
        for (int i = 0; i < windows.batchesPerEpoch(); i++) {
          losses.add(trainer.step().loss());
        }
      }
      var model = languageModel(backend);
      var other = Optimizer.of(model.parameters(), Adam.of(0.02));
      try (var trainer = new SequenceTrainer(model.parameters(), other, options)) {
        var done =
            trainer.train(
                new TruncatedBptt(10, 10),
                99,
                model.newState(BATCH, arena),
                (tape, part, _, state) -> {
                  var batch = windows.batch(0, part.from() / 10, tape.workspace());
                  var run = model.forward(tape, batch.tokens(), state);
                  var loss = CrossEntropy.mean(tape, run.logits(), batch.targets());
                  return new SequenceTrainer.WindowLoss(loss, run.lastState());
                });
        assertEquals(losses, done.stream().map(TrainingStep::loss).toList());
      }
      for (var parameter : expected.parameters().all()) {
        var same = model.parameters().get(parameter.name());
        assertArrayEquals(parameter.value().toArray(), same.value().toArray());
      }
    }
  }

  private SequenceModel languageModel(Backend backend) {
    var architecture = Architecture.languageModel(5, 4, Lstm.cell(), 8, 2).dropout(0.2);
    return SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
  }

  @Test
  void aLossOfStepsThatDoNotCountIsRefused() {
    try (var setting = float64(true);
        var trainer = setting.trainer(0)) {
      var bptt = new TruncatedBptt(2, 4);
      SequenceTrainer.Program program =
          (tape, part, _, state) -> {
            var counted = new TruncatedBptt.Window(part.from(), part.to(), true);
            return setting.run(tape, counted, state);
          };
      assertEquals(
          "steps 0 to 2 do not count, expected no loss of them",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> trainer.train(bptt, STEPS, setting.state, program))
              .getMessage());
    }
  }
}
