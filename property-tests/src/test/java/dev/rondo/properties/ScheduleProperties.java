package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.NonMonotonicTrigger;
import dev.rondo.optim.ReduceOnPlateau;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/// Properties of every learning rate schedule, and of the classes that observe a metric.
@Label("Law 9.3: a schedule is a function of the step")
class ScheduleProperties {
  private enum Kind {
    CONSTANT,
    STEP,
    EXPONENTIAL,
    POLYNOMIAL,
    COSINE,
    RESTARTS,
    INVERSE_ROOT,
    ONE_CYCLE
  }

  /// A schedule whose highest rate is `rate` and whose lowest is `floor`.
  record Plan(Kind kind, double rate, double floor, long length, int growth, long warmUp) {
    LearningRateSchedule schedule() {
      var schedule =
          switch (kind) {
            case CONSTANT -> LearningRateSchedule.constant(rate);
            case STEP -> LearningRateSchedule.step(rate, length, 0.5);
            case EXPONENTIAL -> LearningRateSchedule.exponential(rate, 0.99);
            case POLYNOMIAL -> LearningRateSchedule.polynomial(rate, length, growth, floor);
            case COSINE -> LearningRateSchedule.cosine(rate, length, floor);
            case RESTARTS -> LearningRateSchedule.cosineWithRestarts(rate, length, growth, floor);
            case INVERSE_ROOT -> LearningRateSchedule.inverseSquareRoot(rate, length);
            case ONE_CYCLE -> LearningRateSchedule.oneCycle(rate, length);
          };
      return schedule.withWarmUp(warmUp);
    }
  }

  @Provide
  Arbitrary<Plan> plans() {
    return Combinators.combine(
            Arbitraries.of(Kind.class),
            Arbitraries.doubles().between(1e-6, 10).ofScale(6),
            Arbitraries.doubles().between(0, 1),
            Arbitraries.longs().between(1, 1_000_000),
            Arbitraries.integers().between(1, 5),
            Arbitraries.longs().between(0, 1000))
        .as((kind, rate, part, length, growth, warmUp) ->
            new Plan(kind, rate, part * rate, length, growth, warmUp));
  }

  @Property
  void ratesStayBetweenNothingAndTheHighest(
      @ForAll("plans") Plan plan, @ForAll @LongRange(max = Long.MAX_VALUE / 2) long step) {
    var schedule = plan.schedule();
    for (long at : new long[] {step, step % (3 * plan.length + plan.warmUp)}) {
      double rate = schedule.rate(at);
      assertTrue(rate >= 0 && rate <= plan.rate * (1 + 1e-15), "rate %s at %d".formatted(rate, at));
    }
  }

  /// Nothing is remembered: asked out of order, or of another instance, it says the same.
  @Property
  void aScheduleIsAFunctionOfTheStep(
      @ForAll("plans") Plan plan, @ForAll @LongRange(max = 2_000_000) long step) {
    var schedule = plan.schedule();
    double first = schedule.rate(step);
    var _ = schedule.rate(step + 12_345);
    assertEquals(first, schedule.rate(step));
    assertEquals(first, plan.schedule().rate(step));
  }

  @Property
  void aPlateauNeverRaisesTheRate(
      @ForAll @Size(max = 60) List<@DoubleRange(min = -10, max = 10) Double> metrics,
      @ForAll @IntRange(max = 5) int patience,
      @ForAll @IntRange(max = 3) int cooldown,
      @ForAll @DoubleRange(max = 0.99) double factor) {
    var options =
        ReduceOnPlateau.options(1).patience(patience).cooldown(cooldown).factor(factor).floor(0.1);
    var plateau = new ReduceOnPlateau(options);
    double before = 1;
    int sinceLowered = patience;
    for (double metric : metrics) {
      boolean lowered = plateau.observe(metric);
      double rate = plateau.learningRate();
      assertTrue(lowered ? rate < before : rate == before, "from %s to %s".formatted(before, rate));
      assertTrue(rate >= 0.1);
      assertTrue(!lowered || sinceLowered >= patience, "too soon");
      sinceLowered = lowered ? 0 : sinceLowered + 1;
      before = rate;
    }
  }

  /// As the definition says it, without keeping a running best.
  @Property
  void theTriggerIsItsDefinition(
      @ForAll @Size(max = 40) List<@IntRange(max = 9) Integer> metrics,
      @ForAll @IntRange(min = 1, max = 6) int window) {
    var trigger = new NonMonotonicTrigger(window);
    boolean expected = false;
    for (int k = 0; k < metrics.size(); k++) {
      if (k > window) {
        int best = metrics.subList(0, k - window).stream().min(Integer::compare).orElseThrow();
        expected |= metrics.get(k) > best;
      }
      assertEquals(expected, trigger.observe(metrics.get(k)), "check " + k);
    }
  }
}
