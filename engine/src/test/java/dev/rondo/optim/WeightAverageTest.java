package dev.rondo.optim;

import static dev.rondo.optim.OptimFixtures.assertPaddingIsZero;
import static dev.rondo.optim.OptimFixtures.assertSameBits;
import static dev.rondo.optim.OptimFixtures.randomize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightAverageTest {
  private static final double ROUNDING = 1e-15;

  private static WeightAverage average(boolean exponential, Parameters parameters) {
    return exponential
        ? WeightAverage.exponential(parameters, 0.9)
        : WeightAverage.equal(parameters);
  }

  /// The average of one weight that is 1, 2, 6 and 3 in turn, after each.
  private static void assertAverages(Function<Parameters, WeightAverage> make, double... expected) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      var average = make.apply(parameters);
      double[] values = {1, 2, 6, 3};
      for (int i = 0; i < values.length; i++) {
        w.value().fill(values[i]);
        average.update();
        assertEquals(expected[i], average.state().get("w.average").scalar(), ROUNDING);
        assertEquals(i + 1, average.count());
        assertEquals(values[i], w.value().scalar());
      }
    }
  }

  /// The first whole, then 0.75·average + 0.25·value: 0.75 + 0.5 = 1.25, 0.9375 + 1.5 = 2.4375,
  /// 1.828125 + 0.75 = 2.578125.
  @Test
  void exponentialAveragesForget() {
    assertAverages(p -> WeightAverage.exponential(p, 0.75), 1, 1.25, 2.4375, 2.578125);
  }

  /// 1, (1 + 2)/2, (1 + 2 + 6)/3, (1 + 2 + 6 + 3)/4.
  @Test
  void equalAveragesAreMeans() {
    assertAverages(WeightAverage::equal, 1, 1.5, 3, 3);
  }

  /// One shape around the padding, one that is split over threads, one that is frozen.
  private static Parameters store(Backend backend, Arena memory) {
    var parameters = new Parameters(backend, memory);
    parameters.create("small", 3, 17);
    parameters.create("large", 301, 131);
    parameters.create("frozen", 5).setTrainable(false);
    parameters.get("frozen").value().fill(0.7);
    return parameters;
  }

  private static void update(Parameters parameters, WeightAverage average, int from, int to) {
    for (int i = from; i < to; i++) {
      var random = new CounterRandom(i);
      randomize(parameters.get("small").value(), random);
      randomize(parameters.get("large").value(), random);
      average.update();
    }
  }

  @Tag("kernel")
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void allBackendsAndThreadsGiveTheSameBits(boolean exponential) {
    try (var memory = Arena.ofShared()) {
      WeightAverage expected = null;
      for (var backend : OptimFixtures.floatBackends()) {
        try (backend) {
          var parameters = store(backend, memory);
          var average = average(exponential, parameters);
          update(parameters, average, 0, 5);
          if (expected == null) {
            expected = average;
          }
          for (var entry : expected.state().entrySet()) {
            var actual = average.state().get(entry.getKey());
            assertSameBits(entry.getValue(), actual, backend.name() + ", " + entry.getKey());
            assertPaddingIsZero(actual, entry.getKey());
          }
          assertSameBits(
              parameters.get("frozen").value(), average.state().get("frozen.average"), "frozen");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void restoredStateContinuesToTheBit(boolean exponential) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = store(backend, memory);
      var straight = average(exponential, parameters);
      update(parameters, straight, 0, 5);

      var saved = average(exponential, parameters);
      update(parameters, saved, 0, 3);
      var restored = average(exponential, parameters);
      restored.state().forEach((name, tensor) -> tensor.copyFrom(saved.state().get(name)));
      update(parameters, restored, 3, 5);
      straight
          .state()
          .forEach((name, tensor) -> assertSameBits(tensor, restored.state().get(name), name));
    }
  }

  @Test
  void averagesAreSwappedInAndOut() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var parameters = store(backend, memory);
      var average = WeightAverage.equal(parameters);
      update(parameters, average, 0, 2);
      var twin = store(backend, memory);
      update(twin, WeightAverage.equal(twin), 0, 2);
      var expected = WeightAverage.equal(twin);
      update(twin, expected, 0, 2);
      try (var _ = average.swapIn()) {
        for (var parameter : parameters.all()) {
          assertSameBits(
              expected.state().get(parameter.name() + ".average"), parameter.value(), "in");
          assertPaddingIsZero(parameter.value(), "in");
        }
      }
      for (var parameter : parameters.all()) {
        assertSameBits(twin.get(parameter.name()).value(), parameter.value(), "out");
        var name = parameter.name() + ".average";
        assertSameBits(expected.state().get(name), average.state().get(name), "kept");
      }
    }
  }

  @Test
  void aSwapIsClosedOnce() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      var average = WeightAverage.equal(parameters);
      w.value().fill(1);
      average.update();
      w.value().fill(3);
      var swap = average.swapIn();
      assertEquals(1, w.value().scalar());
      swap.close();
      swap.close();
      assertEquals(3, w.value().scalar());
    }
  }

  @Test
  void beforeTheFirstUpdateASwapChangesNothing() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().fill(3);
      var average = WeightAverage.equal(parameters);
      try (var _ = average.swapIn()) {
        assertEquals(3, w.value().scalar());
      }
      assertEquals(3, w.value().scalar());
    }
  }

  @Test
  void nothingElseIsDoneWhileSwappedIn() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      parameters.create("w", 1);
      var average = WeightAverage.equal(parameters);
      average.update();
      try (var _ = average.swapIn()) {
        assertEquals(
            "the averages are swapped in: close the swap first",
            assertThrows(IllegalStateException.class, average::update).getMessage());
        assertThrows(IllegalStateException.class, average::swapIn);
        assertThrows(IllegalStateException.class, average::state);
      }
      average.update();
      assertEquals(2, average.count());
      assertThrows(UnsupportedOperationException.class, () -> average.state().clear());
      assertEquals(List.of("w.average", "n_averaged"), List.copyOf(average.state().keySet()));
    }
  }

  @Test
  void theDecayIsChecked() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      assertEquals(
          "decay must be in [0, 1), was 1.0",
          assertThrows(
                  IllegalArgumentException.class, () -> WeightAverage.exponential(parameters, 1))
              .getMessage());
    }
  }

  /// Along a gradient of ±1, the sign of x, a constant rate of 0.8 goes from 4.4 to 0.4 in five
  /// steps and then to and fro between ±0.4. The metric x² is worse at check 7 than at check 4, by
  /// what is added to it; averaging begins, and the average comes to lie at the bottom.
  @Test
  void averagingBeginsWhenTheMetricStalls() {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var x = parameters.create("x", 1);
      x.value().fill(4.4);
      var sgd = Optimizer.of(parameters, Sgd.of(0.8));
      var average = WeightAverage.equal(parameters);
      var trigger = new NonMonotonicTrigger(2);
      for (int step = 0; step < 30; step++) {
        x.gradient().fill(Math.signum(x.value().scalar()));
        sgd.step();
        if (trigger.triggered()) {
          average.update();
        }
        try (var _ = average.swapIn()) {
          double metric = x.value().scalar() * x.value().scalar();
          trigger.observe(metric + 1e-9 * step);
        }
        assertEquals(step >= 7, trigger.triggered(), "step " + step);
      }
      assertEquals(0.4, Math.abs(x.value().scalar()), 1e-9);
      try (var _ = average.swapIn()) {
        assertTrue(Math.abs(x.value().scalar()) < 0.05, "average " + x.value().scalar());
      }
    }
  }
}
