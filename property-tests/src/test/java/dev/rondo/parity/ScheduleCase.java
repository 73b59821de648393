package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.ReduceOnPlateau;
import dev.rondo.optim.Sgd;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongToDoubleFunction;

/// Gradient descent on a schedule: the rates of all steps, and the parameters after each.
record ScheduleCase(Schedule kind, int rows, int columns, int steps, long seed)
    implements ParityCase {
  /// A schedule with its numbers, the same on both sides.
  enum Schedule {
    CONSTANT,
    STEP,
    EXPONENTIAL,
    POLYNOMIAL,
    INVERSE_SQUARE_ROOT,
    ONE_CYCLE,
    ONE_CYCLE_CHOSEN,
    COSINE,
    COSINE_WITH_RESTARTS,
    COSINE_WITH_GROWING_RESTARTS,
    COSINE_AFTER_WARM_UP,
    PLATEAU,
    PLATEAU_BY_AMOUNT,
    PLATEAU_OF_HIGHER,
    PLATEAU_OF_HIGHER_BY_AMOUNT;

    boolean isPlateau() {
      return switch (this) {
        case PLATEAU, PLATEAU_BY_AMOUNT, PLATEAU_OF_HIGHER, PLATEAU_OF_HIGHER_BY_AMOUNT -> true;
        default -> false;
      };
    }
  }

  static final double RATE = 0.1;
  static final double FLOOR = 0.01;
  static final int EVERY = 4;

  /// A float, as is what PyTorch's C++ frontend takes for a plateau.
  static final double FACTOR = 0.5;

  static final double POWER = 2.5;

  /// Of those that end before the run does.
  static final int TOTAL = 30;

  static final int WARM_UP = 7;
  static final double RISE = 0.4;
  static final double START_DIVISOR = 10;
  static final double END_DIVISOR = 100;
  static final int PATIENCE = 2;
  static final int COOLDOWN = 3;
  static final double THRESHOLD = 0.01;
  static final double PLATEAU_FLOOR = 0.015625;

  @Override
  public String operation() {
    return "schedule, " + kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Override
  public Operands operands() {
    var operands = Training.operands(seed, rows, columns, steps);
    return operands.uniform("metrics", 0.5, 1.5, steps);
  }

  @Override
  public Map<String, Numbers> onEngine(Backend backend, Operands operands) {
    try (var training = new Training(backend, operands)) {
      var sgd = Optimizer.of(training.parameters(), Sgd.of(RATE));
      var rates = new double[steps];
      var rate = rate(operands.get("metrics").elements());
      var results =
          training.run(
              steps,
              step -> {
                sgd.setLearningRate(rate.applyAsDouble(sgd.stepCount()));
                rates[step] = sgd.learningRate();
                sgd.step();
              });
      results.put("rates", Numbers.of(rates));
      return results;
    }
  }

  private LongToDoubleFunction rate(double[] metrics) {
    if (!kind.isPlateau()) {
      return schedule()::rate;
    }
    var plateau = plateau();
    return step -> {
      if (step > 0) {
        plateau.observe(metrics[(int) step - 1]);
      }
      return plateau.learningRate();
    };
  }

  private ReduceOnPlateau plateau() {
    var options =
        ReduceOnPlateau.options(RATE)
            .factor(FACTOR)
            .patience(PATIENCE)
            .cooldown(COOLDOWN)
            .floor(PLATEAU_FLOOR);
    var higher = options.goal(ReduceOnPlateau.Goal.HIGHER);
    return new ReduceOnPlateau(
        switch (kind) {
          case PLATEAU -> options.relativeThreshold(THRESHOLD);
          case PLATEAU_BY_AMOUNT -> options.absoluteThreshold(THRESHOLD);
          case PLATEAU_OF_HIGHER -> higher.relativeThreshold(THRESHOLD);
          case PLATEAU_OF_HIGHER_BY_AMOUNT -> higher.absoluteThreshold(THRESHOLD);
          default -> throw new IllegalArgumentException("kind was " + kind);
        });
  }

  private LearningRateSchedule schedule() {
    return switch (kind) {
      case CONSTANT -> LearningRateSchedule.constant(RATE);
      case STEP -> LearningRateSchedule.step(RATE, EVERY, FACTOR);
      case EXPONENTIAL -> LearningRateSchedule.exponential(RATE, FACTOR);
      case POLYNOMIAL -> LearningRateSchedule.polynomial(RATE, TOTAL, POWER, 0);
      case INVERSE_SQUARE_ROOT -> LearningRateSchedule.inverseSquareRoot(RATE, WARM_UP);
      case ONE_CYCLE -> LearningRateSchedule.oneCycle(RATE, steps);
      case ONE_CYCLE_CHOSEN ->
          LearningRateSchedule.oneCycle(RATE, steps, RISE, START_DIVISOR, END_DIVISOR);
      case COSINE -> LearningRateSchedule.cosine(RATE, TOTAL, FLOOR);
      case COSINE_WITH_RESTARTS -> LearningRateSchedule.cosineWithRestarts(RATE, WARM_UP, 1, FLOOR);
      case COSINE_WITH_GROWING_RESTARTS ->
          LearningRateSchedule.cosineWithRestarts(RATE, WARM_UP, 2, FLOOR);
      case COSINE_AFTER_WARM_UP ->
          LearningRateSchedule.cosine(RATE, TOTAL, FLOOR).withWarmUp(WARM_UP);
      default -> throw new IllegalArgumentException("kind was " + kind);
    };
  }
}
