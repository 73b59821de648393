package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.optim.Adam;
import dev.rondo.optim.AdamW;
import dev.rondo.optim.Algorithm;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.ParameterGroup;
import dev.rondo.optim.ParameterSlot;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.train.Evaluation;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Optimizers as a user writes them, from outside the package: one in plain loops, one of kernels.
class OwnAlgorithmTest {
  private static final int VOCABULARY = 5;

  /// Steps along the sign of an average gradient, the longer the fewer steps there have been:
  ///
  ///     momentum = beta·momentum + (1 - beta)·gradient
  ///     value -= learningRate·(1 + 1/t)·sign(momentum)
  record SignMomentum(double learningRate, double beta) implements Algorithm {
    @Override
    public String name() {
      return "sign-momentum";
    }

    @Override
    public Update update(ParameterSlot slot) {
      var momentum = slot.state("momentum");
      var count = slot.count();
      return new Update() {
        private double size;

        @Override
        public void prepare(double learningRate) {
          size = learningRate * (1 + 1.0 / count.next());
        }

        @Override
        public void run(int from, int size) {
          for (int r = from; r < from + size; r++) {
            for (int c = 0; c < slot.value().columns(); c++) {
              step(r, c);
            }
          }
        }

        private void step(int r, int c) {
          double mean = beta * momentum.get(r, c) + (1 - beta) * slot.gradient().get(r, c);
          momentum.set(r, c, mean);
          slot.value().set(r, c, slot.value().get(r, c) - size * Math.signum(mean));
        }
      };
    }
  }

  /// Heavy ball (Polyak, 1964), of kernels.
  record HeavyBall(double learningRate, double momentum) implements Algorithm {
    @Override
    public String name() {
      return "heavy-ball";
    }

    @Override
    public Update update(ParameterSlot slot) {
      var velocity = slot.state("velocity");
      return new Update() {
        private double rate;

        @Override
        public void prepare(double learningRate) {
          rate = learningRate;
        }

        @Override
        public void run(int from, int size) {
          var arithmetic = slot.backend().arithmetic();
          var v = ParameterSlot.rows(velocity, from, size);
          arithmetic.scale(momentum, v, v);
          arithmetic.accumulateScaled(-rate, rows(slot.gradient(), from, size), v);
          arithmetic.accumulate(v, rows(slot.value(), from, size));
        }

        private Tensor rows(Tensor whole, int from, int size) {
          return ParameterSlot.rows(whole, from, size);
        }
      };
    }
  }

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  private final class Run implements AutoCloseable {
    final SequenceModel model;
    final Optimizer optimizer;
    final Trainer trainer;
    final Backend backend;

    Run(Backend backend, Algorithm algorithm, long seed) {
      this.backend = backend;
      var architecture = Architecture.languageModel(VOCABULARY, 4, Lstm.cell(), 8, 1);
      model = SequenceModel.create(architecture, backend, arena, new CounterRandom(seed));
      optimizer = Optimizer.of(model.parameters(), algorithm);
      int[] text = new int[200];
      Arrays.setAll(text, i -> i % VOCABULARY);
      var options =
          TrainerOptions.of(LearningRateSchedule.cosine(algorithm.learningRate(), 400, 0))
              .clipNorm(1);
      trainer = new Trainer(model, optimizer, ContiguousWindows.of(text, 2, 10), options);
    }

    Run steps(int count) {
      for (int i = 0; i < count; i++) {
        trainer.step();
      }
      return this;
    }

    Map<String, Bits> bits() {
      var bits = new LinkedHashMap<String, Bits>();
      model.parameters().values().forEach((name, value) -> bits.put(name, Bits.of(name, value)));
      optimizer.state().forEach((name, value) -> bits.put(name, Bits.of(name, value)));
      return bits;
    }

    @Override
    public void close() {
      trainer.close();
      backend.close();
    }
  }

  private static final List<Algorithm> OWN =
      List.of(new SignMomentum(0.01, 0.9), new HeavyBall(0.5, 0.9));

  @Test
  void modelsLearnWithThem() {
    for (var algorithm : OWN) {
      try (var run = new Run(Backend.best(), algorithm, 1)) {
        run.steps(400);
        int[] text = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1};
        double nats = Evaluation.of(run.model, text).nats();
        assertTrue(nats < 0.2, algorithm + ": " + nats);
      }
    }
  }

  @Test
  void aResumedRunHasTheBitsOfOneThatNeverStopped() throws IOException {
    for (var algorithm : OWN) {
      var file = folder.resolve(algorithm.name());
      try (var whole = new Run(Backend.best(), algorithm, 1);
          var interrupted = new Run(Backend.best(), algorithm, 1);
          var continued = new Run(Backend.best(), algorithm, 2)) {
        whole.steps(23);
        interrupted.steps(13).trainer.saveCheckpoint(file, null, Map.of());
        continued.steps(3);
        try (var tensors = SafeTensors.open(file)) {
          continued.trainer.restore(tensors, null);
        }
        LayerRun.assertSame(whole.bits(), continued.steps(10).bits());
      }
    }
  }

  @Test
  void kernelsAndThreadsChangeNoBit() {
    for (var algorithm : OWN) {
      try (var scalar = new Run(Backend.scalar(Threads.one()), algorithm, 1);
          var vector = new Run(Backend.best(Threads.of(3)), algorithm, 1)) {
        LayerRun.assertSame(scalar.steps(5).bits(), vector.steps(5).bits());
      }
    }
  }

  /// Both have the same names of state: that of the optimizer decides.
  @Test
  void aCheckpointOfAnotherOptimizerIsRefusedBeforeAnythingHasChanged() throws IOException {
    assertRefused(new SignMomentum(0.01, 0.9), new HeavyBall(0.5, 0.9), "sign-momentum");
    assertRefused(Adam.of(0.01), new HeavyBall(0.5, 0.9), "adam");
    assertRefused(new HeavyBall(0.5, 0.9), Adam.of(0.01), "heavy-ball");
    assertRefused(Adam.of(0.01), AdamW.of(0.01), "adam");
  }

  private void assertRefused(Algorithm saved, Algorithm other, String name) throws IOException {
    var file = folder.resolve("refused-" + saved.name() + "-" + other.name());
    try (var run = new Run(Backend.best(), saved, 1);
        var stranger = new Run(Backend.best(), other, 2)) {
      run.steps(3).trainer.saveCheckpoint(file, null, Map.of());
      stranger.steps(2);
      var before = stranger.bits();
      try (var tensors = SafeTensors.open(file)) {
        var failure =
            assertThrows(ModelFormatException.class, () -> stranger.trainer.restore(tensors, null));
        assertTrue(
            failure
                .getMessage()
                .contains(
                    "the checkpoint is of the optimizer %s, expected %s"
                        .formatted(name, other.name())),
            failure.getMessage());
      }
      LayerRun.assertSame(before, stranger.bits());
      assertEquals(2, stranger.trainer.steps());
    }
  }

  /// One of ours for the rest.
  @Test
  void aGroupMayHaveAnAlgorithmOfItsOwn() {
    try (var backend = Backend.best()) {
      var parameters = new Parameters(backend, arena);
      var matrix = parameters.create("matrix", 2, 3);
      var bias = parameters.create("bias", 3);
      var group = new ParameterGroup(List.of(matrix), new SignMomentum(0.1, 0.9));
      var optimizer = Optimizer.of(parameters, Adam.of(0.2), List.of(group));
      assertEquals("adam+sign-momentum", optimizer.name());
      assertEquals(
          List.of("matrix.momentum", "matrix.step", "bias.exp_avg", "bias.exp_avg_sq", "bias.step"),
          List.copyOf(optimizer.state().keySet()));
      parameters.all().forEach(parameter -> parameter.gradient().fill(0.5));
      optimizer.step();
      assertEquals((float) -0.2, matrix.value().get(1, 2));
      assertEquals(-0.2, bias.value().get(0, 0), 1e-6);
    }
  }

  @Test
  void mistakesAreRefused() {
    try (var backend = Backend.best()) {
      var parameters = new Parameters(backend, arena);
      parameters.create("w", 2);
      assertMessage(
          "state must have different names, w.step is there twice",
          () ->
              Optimizer.of(
                  parameters,
                  own(
                      "twice",
                      1,
                      slot -> {
                        slot.count();
                        slot.number("step", 1);
                      })));
      assertMessage(
          "an algorithm must have a name, was  ",
          () -> Optimizer.of(parameters, own(" ", 1, _ -> {})));
      assertMessage(
          "learningRate must be finite and not negative, was NaN",
          () -> Optimizer.of(parameters, own("nan", Double.NaN, _ -> {})));
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  private static Algorithm own(String name, double rate, Consumer<ParameterSlot> state) {
    return new Algorithm() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public double learningRate() {
        return rate;
      }

      @Override
      public Update update(ParameterSlot slot) {
        state.accept(slot);
        throw new AssertionError("refused before");
      }
    };
  }
}
