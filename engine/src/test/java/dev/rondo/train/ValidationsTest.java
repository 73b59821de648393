package dev.rondo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.data.ContiguousWindows;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.ReduceOnPlateau;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a trainer does with what validations say.
class ValidationsTest {
  private static final int VOCABULARY = 5;

  @TempDir Path folder;
  private final Backend backend = Backend.best();
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private static int[] text(int length) {
    int[] text = new int[length];
    Arrays.setAll(text, i -> i * i % VOCABULARY);
    return text;
  }

  private static ContiguousWindows validation() {
    int[] text = new int[40];
    Arrays.setAll(text, i -> 3 * i % VOCABULARY);
    return ContiguousWindows.of(text, 1, 10);
  }

  private static TrainerOptions plain() {
    return TrainerOptions.of(LearningRateSchedule.constant(0.05));
  }

  private static TrainerOptions both() {
    return plain()
        .plateau(ReduceOnPlateau.options(0.05).patience(1).factor(0.5).cooldown(1))
        .averaging(Averaging.exponential(0.8).from(3));
  }

  private final class Run implements AutoCloseable {
    final SequenceModel model;
    final Optimizer optimizer;
    final Trainer trainer;
    final EarlyStopping stopping;
    final List<Double> rates = new ArrayList<>();
    final List<Double> losses = new ArrayList<>();

    Run(TrainerOptions options, long seed) {
      var architecture = Architecture.languageModel(VOCABULARY, 4, Gru.cell(), 8, 1);
      model = SequenceModel.create(architecture, backend, arena, new CounterRandom(seed));
      optimizer = Optimizer.of(model.parameters(), Adam.of(0.05));
      trainer = new Trainer(model, optimizer, ContiguousWindows.of(text(100), 2, 10), options);
      stopping = new EarlyStopping(model.parameters(), 100, arena);
    }

    /// Steps, with a validation after every second one: on another text, of which what is learned
    /// is soon the opposite.
    Run steps(int count) {
      for (int i = 0; i < count; i++) {
        rates.add(trainer.step().learningRate());
        if (trainer.steps() % 2 == 0) {
          losses.add(trainer.validate(validation(), stopping));
        }
      }
      return this;
    }

    double[] values() {
      return model.parameters().all().stream()
          .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toArray()))
          .toArray();
    }

    double[] averages() {
      try (var _ = trainer.averagedWeights()) {
        return values();
      }
    }

    @Override
    public void close() {
      trainer.close();
    }
  }

  @Test
  void aResumedRunHasTheBitsOfOneThatNeverStopped() throws IOException {
    for (int before : new int[] {0, 2, 5, 12}) {
      var file = folder.resolve(before + ".safetensors");
      try (var whole = new Run(both(), 1);
          var interrupted = new Run(both(), 1);
          var continued = new Run(both(), 2)) {
        whole.steps(before).steps(20);
        interrupted.steps(before);
        interrupted.trainer.saveCheckpoint(file, interrupted.stopping, Map.of());
        continued.steps(3);
        continued.rates.clear();
        continued.losses.clear();
        try (var tensors = SafeTensors.open(file)) {
          continued.trainer.restore(tensors, continued.stopping);
        }
        continued.rates.addAll(interrupted.rates);
        continued.losses.addAll(interrupted.losses);
        continued.steps(20);
        assertEquals(whole.rates, continued.rates);
        assertEquals(whole.losses, continued.losses);
        assertArrayEquals(whole.values(), continued.values());
        assertArrayEquals(whole.averages(), continued.averages());
        assertEquals(whole.stopping.bestLoss(), continued.stopping.bestLoss());
        whole.stopping.restoreBest();
        continued.stopping.restoreBest();
        assertArrayEquals(whole.values(), continued.values());
        assertTrue(whole.rates.getLast() < 0.05, "the rate was never lowered");
      }
    }
  }

  /// Two bad checks in a row are one too many; the schedule is multiplied by what is left.
  @Test
  void aPlateauLowersTheRatesOfTheSchedule() {
    var schedule = LearningRateSchedule.step(0.08, 4, 0.5);
    var options =
        TrainerOptions.of(schedule).plateau(ReduceOnPlateau.options(2).patience(1).factor(0.25));
    try (var run = new Run(options, 1)) {
      double[] checks = {3, 2, 2, 2, 1};
      double[] rates = {0.08, 0.08, 0.08, 0.08, 0.01, 0.01};
      for (int i = 0; i < checks.length; i++) {
        assertEquals(rates[i], run.trainer.step().learningRate());
        double check = checks[i];
        assertEquals(check, run.trainer.validate(() -> check, null));
      }
      assertEquals(rates[5], run.trainer.step().learningRate());
    }
  }

  /// After steps 3, 5 and 7: their mean.
  @Test
  void equalSharesAreTheMeanOfTheWeightsThatWereTaken() {
    var options = plain().averaging(Averaging.equal().from(1).every(2));
    try (var run = new Run(options, 1)) {
      double[] sum = new double[run.values().length];
      for (int step = 1; step <= 8; step++) {
        run.trainer.step();
        if (step == 3 || step == 5 || step == 7) {
          double[] values = run.values();
          Arrays.setAll(sum, i -> sum[i] + values[i] / 3);
        }
      }
      assertArrayEquals(sum, run.averages(), 1e-6);
    }
  }

  @Test
  void averagesAreMeasuredKeptAndSavedButNotTrained() throws IOException {
    var file = folder.resolve("model.safetensors");
    try (var plain = new Run(plain(), 1);
        var averaging = new Run(plain().averaging(Averaging.exponential(0.9)), 1)) {
      for (int i = 0; i < 10; i++) {
        plain.trainer.step();
        averaging.trainer.step();
      }
      assertArrayEquals(plain.values(), averaging.values());
      double[] averages = averaging.averages();
      assertFalse(Arrays.equals(averages, averaging.values()));
      averaging.trainer.validate(
          () -> {
            assertArrayEquals(averages, averaging.values());
            return 1;
          },
          averaging.stopping);
      try (var _ = averaging.trainer.averagedWeights()) {
        averaging.model.save(file);
        assertMessage(
            "the model has its averaged weights: close them first", () -> averaging.trainer.step());
        assertMessage(
            "the model has its averaged weights: close them first",
            () -> averaging.trainer.averagedWeights());
      }
      assertArrayEquals(plain.values(), averaging.values());
      averaging.stopping.restoreBest();
      assertArrayEquals(averages, averaging.values());
      var saved = SequenceModel.load(file, backend, arena);
      assertArrayEquals(
          averages,
          saved.parameters().all().stream()
              .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toArray()))
              .toArray());
    }
  }

  private static void assertMessage(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalStateException.class, work::run).getMessage());
  }

  /// Nothing of a run is dropped without a word, and nothing is made up.
  @Test
  void aCheckpointOfOtherOptionsIsRefusedBeforeAnythingHasChanged() throws IOException {
    var full = folder.resolve("full.safetensors");
    var bare = folder.resolve("bare.safetensors");
    try (var run = new Run(both(), 1);
        var other = new Run(plain(), 1)) {
      run.steps(6).trainer.saveCheckpoint(full, run.stopping, Map.of());
      other.steps(6).trainer.saveCheckpoint(bare, null, Map.of());
    }
    assertRefused(full, plain(), true, "average.");
    assertRefused(full, plain().averaging(both().averaging()), true, "has a plateau");
    assertRefused(full, both(), false, "best.");
    assertRefused(bare, both(), false, "average.");
    assertRefused(bare, plain().plateau(both().plateau()), false, "plateau.rate is missing");
    assertRefused(bare, plain(), true, "best.");
  }

  private void assertRefused(Path file, TrainerOptions options, boolean stopping, String said)
      throws IOException {
    try (var run = new Run(options, 2);
        var tensors = SafeTensors.open(file)) {
      run.steps(2);
      double[] before = run.values();
      var failure =
          assertThrows(
              ModelFormatException.class,
              () -> run.trainer.restore(tensors, stopping ? run.stopping : null));
      assertTrue(failure.getMessage().contains(said), failure.getMessage());
      assertArrayEquals(before, run.values());
      assertEquals(2, run.trainer.steps());
      assertEquals(2, run.optimizer.stepCount());
    }
  }

  /// A file from before checkpoints said which optimizer they are of.
  @Test
  void theStateOfAnotherOptimizerIsRefusedByItsNames() throws IOException {
    var file = folder.resolve("old.safetensors");
    var old = folder.resolve("without.safetensors");
    try (var run = new Run(plain(), 1)) {
      run.steps(4).trainer.saveCheckpoint(file, null, Map.of());
      try (var tensors = SafeTensors.open(file)) {
        var writer = new SafeTensorsWriter();
        tensors
            .metadata()
            .forEach((key, value) -> {
              if (!key.equals("rondo.train.optimizer")) {
                writer.metadata(key, value);
              }
            });
        for (var name : tensors.names()) {
          writer.add(name, tensors.read(name, arena));
        }
        writer.write(old);
      }
      assertTrue(Files.size(old) < Files.size(file));
    }
    try (var run = new Run(plain(), 2);
        var tensors = SafeTensors.open(old)) {
      run.trainer.restore(tensors, null);
      assertEquals(4, run.trainer.steps());
    }
    var stranger = new Run(plain(), 2);
    var batches = ContiguousWindows.of(text(100), 2, 10);
    for (var sgd : List.of(Sgd.of(0.1), Sgd.of(0.1).momentum(0.9))) {
      var optimizer = Optimizer.of(stranger.model.parameters(), sgd);
      try (var trainer = new Trainer(stranger.model, optimizer, batches, plain());
          var tensors = SafeTensors.open(old)) {
        double[] before = stranger.values();
        assertThrows(ModelFormatException.class, () -> trainer.restore(tensors, null));
        assertArrayEquals(before, stranger.values());
      }
    }
    stranger.close();
  }

  @Test
  void optionsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> Averaging.exponential(1));
    assertThrows(IllegalArgumentException.class, () -> Averaging.exponential(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Averaging.equal().every(0));
    assertThrows(IllegalArgumentException.class, () -> Averaging.equal().from(-1));
    assertThrows(IllegalArgumentException.class, () -> plain().plateau(ReduceOnPlateau.options(0)));
  }
}
