package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertPaddingIsZero;
import static dev.rondo.optim.OptimFixtures.assertSameBits;
import static dev.rondo.optim.OptimFixtures.randomize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.optim.OptimFixtures.Contender;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every optimizer.
class OptimizerTest {
  /// Shapes around the padding.
  private static final int[][] SHAPES = {
    {1, 1}, {3, 5}, {7, 15}, {2, 16}, {5, 17}, {1, 37}, {13}, {2, 3, 9}
  };

  /// Large enough to be split over threads.
  private static final int[][] LARGE = {{301, 131}};

  static Stream<Contender> contenders() {
    return OptimFixtures.contenders();
  }

  private static Parameters store(Backend backend, Arena memory) {
    return store(backend, memory, SHAPES);
  }

  private static Parameters store(Backend backend, Arena memory, int[][] shapes) {
    var parameters = new Parameters(backend, memory);
    var random = new CounterRandom(1);
    for (int i = 0; i < shapes.length; i++) {
      randomize(parameters.create("p" + i, shapes[i]).value(), random);
    }
    return parameters;
  }

  private static void train(Parameters parameters, Optimizer optimizer, int from, int to) {
    for (int step = from; step < to; step++) {
      var random = new CounterRandom(100 + step);
      for (var parameter : parameters.all()) {
        randomize(parameter.gradient(), random);
      }
      optimizer.step();
    }
  }

  private static void assertSameValues(Parameters expected, Parameters actual, String message) {
    for (var parameter : expected.all()) {
      assertSameBits(
          parameter.value(),
          actual.get(parameter.name()).value(),
          message + ", " + parameter.name());
    }
  }

  @Tag("kernel")
  @ParameterizedTest
  @MethodSource("contenders")
  void allBackendsGiveTheSameBits(Contender contender) {
    assertSameBitsOnAllBackends(contender, SHAPES, 10);
  }

  /// Few steps: before the compiler has seen a vector kernel, it takes a second for a large tensor.
  @Tag("kernel")
  @ParameterizedTest
  @MethodSource("contenders")
  void allThreadsGiveTheSameBits(Contender contender) {
    assertSameBitsOnAllBackends(contender, LARGE, 2);
  }

  private static void assertSameBitsOnAllBackends(Contender contender, int[][] shapes, int steps) {
    try (var memory = Arena.ofShared()) {
      Parameters expected = null;
      for (var backend : OptimFixtures.floatBackends()) {
        try (backend) {
          var parameters = store(backend, memory, shapes);
          var optimizer = contender.make().apply(parameters);
          train(parameters, optimizer, 0, steps);
          if (expected == null) {
            expected = parameters;
          }
          assertSameValues(expected, parameters, backend.name());
          for (var parameter : parameters.all()) {
            assertPaddingIsZero(parameter.value(), parameter.name());
          }
          optimizer.state().forEach((name, tensor) -> assertPaddingIsZero(tensor, name));
        }
      }
    }
  }

  static Stream<Contender> withoutEpsilon() {
    var rmsProp = RmsProp.of(0.1).epsilon(0);
    return Stream.of(
        new Contender("adam", false, p -> Optimizer.of(p, Adam.of(0.1).epsilon(0))),
        new Contender(
            "amsgrad", false, p -> Optimizer.of(p, Adam.of(0.1).epsilon(0).amsgrad(true))),
        new Contender("nadam", false, p -> Optimizer.of(p, NAdam.of(0.1).epsilon(0))),
        new Contender("radam", false, p -> Optimizer.of(p, RAdam.of(0.1).epsilon(0).beta2(0.9))),
        new Contender("adagrad", false, p -> Optimizer.of(p, Adagrad.of(0.1).epsilon(0))),
        new Contender("adadelta", false, p -> Optimizer.of(p, Adadelta.of(0.1).epsilon(0))),
        new Contender("rmsprop", false, p -> Optimizer.of(p, rmsProp)),
        new Contender("rmsprop, momentum", false, p -> Optimizer.of(p, rmsProp.momentum(0.9))),
        new Contender("rmsprop, centred", false, p -> Optimizer.of(p, rmsProp.centred(true))));
  }

  /// With epsilon 0 the step is 0/0 in the padding, which never has a gradient.
  @Tag("kernel")
  @ParameterizedTest
  @MethodSource("withoutEpsilon")
  void paddingStaysZeroWithoutEpsilon(Contender contender) {
    try (var memory = Arena.ofShared()) {
      for (var backend : OptimFixtures.floatBackends()) {
        try (backend) {
          var parameters = store(backend, memory);
          var optimizer = contender.make().apply(parameters);
          train(parameters, optimizer, 0, 8);
          for (var parameter : parameters.all()) {
            assertPaddingIsZero(parameter.value(), backend.name() + ", " + parameter);
          }
          optimizer.state().forEach((name, tensor) -> assertPaddingIsZero(tensor, name));
        }
      }
    }
  }

  /// Σ a·(x - target)²/2 with a from 0.5 to 2, whose gradient is a·(x - target).
  @ParameterizedTest
  @MethodSource("contenders")
  void everyOptimizerFindsTheBottomOfABowl(Contender contender) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var x = parameters.create("x", 2, 3);
      var optimizer = contender.make().apply(parameters);
      var schedule = LearningRateSchedule.cosine(optimizer.learningRate(), 2000, 0);
      for (int step = 0; step < 2000; step++) {
        for (int r = 0; r < 2; r++) {
          for (int c = 0; c < 3; c++) {
            double a = 0.5 + 0.3 * (3 * r + c);
            x.gradient().set(r, c, a * (x.value().get(r, c) - target(r, c)));
          }
        }
        optimizer.setLearningRate(schedule.rate(optimizer.stepCount()));
        optimizer.step();
      }
      // weight decay of 0.01 moves the bottom by up to 0.01/(0.01 + 0.5) of the target
      double tolerance = contender.decays() ? 0.05 : 1e-6;
      for (int r = 0; r < 2; r++) {
        for (int c = 0; c < 3; c++) {
          assertEquals(target(r, c), x.value().get(r, c), tolerance);
        }
      }
    }
  }

  private static double target(int r, int c) {
    return 1.5 - r + 0.25 * c;
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void restoredStateContinuesToTheBit(Contender contender) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var straight = store(backend, memory);
      train(straight, contender.make().apply(straight), 0, 7);

      var before = store(backend, memory);
      var saved = contender.make().apply(before);
      train(before, saved, 0, 4);

      var after = store(backend, memory);
      for (var parameter : after.all()) {
        parameter.value().copyFrom(before.get(parameter.name()).value());
      }
      var restored = contender.make().apply(after);
      restored.state().forEach((name, tensor) -> tensor.copyFrom(saved.state().get(name)));
      restored.setStepCount(saved.stepCount());
      train(after, restored, 4, 7);

      assertSameValues(straight, after, contender.name());
      assertEquals(7, restored.stepCount());
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void frozenParametersAreUntouched(Contender contender) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = store(backend, memory);
      var initial = store(backend, memory);
      var frozen = parameters.get("p4");
      frozen.setTrainable(false);
      var optimizer = contender.make().apply(parameters);
      train(parameters, optimizer, 0, 3);
      assertSameBits(initial.get("p4").value(), frozen.value(), "frozen");
      contender
          .make()
          .apply(initial)
          .state()
          .forEach((name, tensor) -> {
            if (name.startsWith("p4.")) {
              assertSameBits(tensor, optimizer.state().get(name), name);
            }
          });
      assertNotEquals(initial.get("p5").value().get(0, 0), parameters.get("p5").value().get(0, 0));
    }
  }

  /// Its bias corrections and first velocity are those of a first step.
  @ParameterizedTest
  @MethodSource("contenders")
  void aThawedParameterBeginsAsANewOneWould(Contender contender) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var thawed = store(backend, memory);
      var optimizer = contender.make().apply(thawed);
      thawed.get("p4").setTrainable(false);
      train(thawed, optimizer, 0, 5);
      thawed.get("p4").setTrainable(true);
      train(thawed, optimizer, 5, 8);

      var fresh = store(backend, memory);
      train(fresh, contender.make().apply(fresh), 5, 8);
      assertSameBits(fresh.get("p4").value(), thawed.get("p4").value(), contender.name());
    }
  }

  @Test
  void partsOfAModelMayHaveOptimizersOfTheirOwn() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var weight = parameters.at("head").create("weight", 1);
      var bias = parameters.at("head").create("bias", 1);
      weight.gradient().fill(1);
      bias.gradient().fill(1);
      var optimizers =
          List.<Optimizer>of(
              Optimizer.of(parameters, List.of(weight), Sgd.of(0.5)),
              Optimizer.of(parameters, List.of(bias), Sgd.of(0.25)));
      optimizers.forEach(Optimizer::step);
      assertEquals(-0.5, weight.value().scalar());
      assertEquals(-0.25, bias.value().scalar());
      var view = Optimizer.of(parameters.at("head"), Sgd.of(0.5));
      view.step();
      assertEquals(-1, weight.value().scalar());
      assertEquals(-0.75, bias.value().scalar());
    }
  }

  /// Memory is taken when the optimizer is made, and never again.
  @ParameterizedTest
  @MethodSource("contenders")
  void stepsTakeNoNativeMemory(Contender contender) {
    try (var memory = new CountingArena();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = store(backend, memory);
      var optimizer = contender.make().apply(parameters);
      int allocations = memory.allocations;
      train(parameters, optimizer, 0, 5);
      assertEquals(allocations, memory.allocations);
    }
  }

  private static final class CountingArena implements Arena {
    private final Arena arena = Arena.ofConfined();
    private int allocations;

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      allocations++;
      return arena.allocate(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment.Scope scope() {
      return arena.scope();
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  @Test
  void aParameterIsNotTakenTwice() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      var twice = new ArrayList<Parameter>(List.of(w, w));
      assertEquals(
          "parameters must differ, w is there twice",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Optimizer.of(parameters, twice, Adam.of(0.1)))
              .getMessage());
    }
  }

  @Test
  void aParameterOfAnotherTypeIsRefused() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one());
        var other = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = new Parameters(other, memory).create("w", 2);
      assertEquals(
          "parameter w [2] FLOAT64, expected FLOAT32",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Optimizer.of(parameters, List.of(w), Adam.of(0.1)))
              .getMessage());
    }
  }

  @Test
  void rateAndCountAreChecked() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var sgd = Optimizer.of(new Parameters(backend, memory), Sgd.of(0.1));
      assertEquals(0.1, sgd.learningRate());
      assertThrows(IllegalArgumentException.class, () -> sgd.setLearningRate(-1));
      assertThrows(IllegalArgumentException.class, () -> sgd.setLearningRate(Double.NaN));
      assertThrows(IllegalArgumentException.class, () -> sgd.setStepCount(-1));
      sgd.setStepCount(0);
      assertEquals(0, sgd.stepCount());
      sgd.step();
      assertEquals(1, sgd.stepCount());
      assertThrows(UnsupportedOperationException.class, () -> sgd.state().clear());
    }
  }
}
