package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.data.TokenBatches;
import dev.rondo.data.WholeSequences;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.train.EarlyStopping;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;

/// The training runs that laws are tried on.
abstract class Trainings {
  static final int VOCABULARY = 7;

  enum Kind {
    ADAM,
    MOMENTUM
  }

  enum Data {
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

  static Arbitrary<Plan> plans(Arbitrary<Integer> hiddenSizes, Arbitrary<Integer> batchSizes) {
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
  static final class Run implements AutoCloseable {
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

  static void assertSame(Run expected, Run actual) {
    assertEquals(expected.losses, actual.losses);
    LayerRun.assertSame(expected.bits(), actual.bits());
  }
}
