package dev.rondo.parity;

import static dev.rondo.parity.ScheduleCase.END_DIVISOR;
import static dev.rondo.parity.ScheduleCase.FLOOR;
import static dev.rondo.parity.ScheduleCase.POWER;
import static dev.rondo.parity.ScheduleCase.RATE;
import static dev.rondo.parity.ScheduleCase.RISE;
import static dev.rondo.parity.ScheduleCase.START_DIVISOR;
import static dev.rondo.parity.ScheduleCase.TOTAL;
import static dev.rondo.parity.ScheduleCase.WARM_UP;

/// A schedule that PyTorch has in Python only: the formula of its documentation, where there is one
/// from step to step that one, so that it is not the engine's.
@FunctionalInterface
interface DocumentedSchedule {
  /// The rate of a step; asked for 0, 1, 2 and so on.
  double rate(int step);

  static DocumentedSchedule of(ScheduleCase shape) {
    return switch (shape.kind()) {
      case CONSTANT -> _ -> RATE;
      case POLYNOMIAL -> polynomial();
      // a LambdaLR with the formula of "Attention is all you need", 1/√size being RATE·√WARM_UP
      case INVERSE_SQUARE_ROOT ->
          step ->
              RATE
                  * Math.sqrt(WARM_UP)
                  * Math.min(1 / Math.sqrt(step + 1.0), (step + 1) * Math.pow(WARM_UP, -1.5));
      case ONE_CYCLE -> oneCycle(shape.steps(), 0.3, 25, 1e4);
      case ONE_CYCLE_CHOSEN -> oneCycle(shape.steps(), RISE, START_DIVISOR, END_DIVISOR);
      case COSINE -> cosine();
      case COSINE_WITH_RESTARTS -> restarts(1);
      case COSINE_WITH_GROWING_RESTARTS -> restarts(2);
      // SequentialLR of a LinearLR from 1/(WARM_UP + 1) and a CosineAnnealingLR
      case COSINE_AFTER_WARM_UP -> {
        var after = cosine();
        yield step ->
            step < WARM_UP
                ? RATE * (1.0 / (WARM_UP + 1) + step * (1 - 1.0 / (WARM_UP + 1)) / WARM_UP)
                : after.rate(step - WARM_UP);
      }
      default -> throw new IllegalArgumentException("PyTorch has its own " + shape.kind());
    };
  }

  /// `PolynomialLR`, which goes from step to step and stays at the end.
  private static DocumentedSchedule polynomial() {
    var rate = new double[] {RATE};
    return step -> {
      if (step > 0 && step <= TOTAL) {
        double left = (1.0 - (double) step / TOTAL) / (1.0 - (step - 1.0) / TOTAL);
        rate[0] *= Math.pow(left, POWER);
      }
      return rate[0];
    };
  }

  /// `CosineAnnealingLR` from step to step; at its end, where PyTorch's would rise again, it is not
  /// stepped any more.
  private static DocumentedSchedule cosine() {
    var rate = new double[] {RATE};
    return step -> {
      if (step > 0 && step <= TOTAL) {
        double now = 1 + Math.cos(Math.PI * step / TOTAL);
        double before = 1 + Math.cos(Math.PI * (step - 1) / TOTAL);
        rate[0] = now / before * (rate[0] - FLOOR) + FLOOR;
      }
      return rate[0];
    };
  }

  /// `CosineAnnealingWarmRestarts`.
  private static DocumentedSchedule restarts(int growth) {
    var wave = new int[] {0, WARM_UP};
    return step -> {
      if (step > 0) {
        wave[0]++;
        if (wave[0] >= wave[1]) {
          wave[0] -= wave[1];
          wave[1] *= growth;
        }
      }
      return FLOOR + (RATE - FLOOR) * (1 + Math.cos(Math.PI * wave[0] / wave[1])) / 2;
    };
  }

  /// `OneCycleLR` in two phases, without the momentum that it cycles too.
  private static DocumentedSchedule oneCycle(
      int total, double rise, double startDivisor, double endDivisor) {
    double first = RATE / startDivisor;
    double last = first / endDivisor;
    double top = rise * total - 1;
    double end = total - 1.0;
    return step -> {
      double part = step <= top ? step / top : (step - top) / (end - top);
      double from = step <= top ? first : RATE;
      double to = step <= top ? RATE : last;
      return to + (from - to) / 2.0 * (1 + Math.cos(Math.PI * part));
    };
  }
}
