package dev.rondo.bench.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// The process of a contender, a [CommandLoop].
///
/// | command | does | answers |
/// |---|---|---|
/// | `check FOLDER` | [Contender#check] | |
/// | `warm SECONDS` | iterates that long at least, until a second brings no gain | milliseconds |
/// | `run SECONDS` | once unmeasured, then measures for that long | median milliseconds |
public final class Worker {
  /// The smallest number of iterations of a median, even if they take longer than requested.
  private static final int FEWEST = 3;

  /// The number of seconds after which a median takes fewer.
  private static final double PATIENCE = 2;

  /// Warm-up ends after a second that is not faster by this factor.
  private static final double GAIN = 0.98;

  /// The number of seconds after which warm-up ends in any case.
  private static final double LONGEST = 15;

  /// Makes a contender for a work with its operands.
  public interface ContenderFactory {
    /// The contender, ready to be checked.
    Contender create(Work work, Numbers operands) throws IOException;
  }

  private final Contender contender;

  private Worker(Contender contender) {
    this.contender = contender;
  }

  /// The whole `main` of a contender.
  ///
  /// @param arguments the [line][Work#line()] of the work, and the folder of its operands
  public static void serve(String[] arguments, ContenderFactory factory) {
    CommandLoop.serve(() -> {
      var operands = new Numbers(Path.of(arguments[1]));
      return new Worker(factory.create(Work.parse(arguments[0]), operands))::run;
    });
  }

  private String run(String name, String argument) throws IOException {
    return switch (name) {
      case "check" -> {
        contender.check(new Numbers(Path.of(argument)));
        yield "";
      }
      case "warm" -> Double.toString(warm(Double.parseDouble(argument)));
      case "run" -> {
        contender.iterate();
        yield Double.toString(median(Double.parseDouble(argument)));
      }
      default -> throw new IllegalArgumentException("unknown command " + name);
    };
  }

  private double warm(double seconds) {
    long begun = System.nanoTime();
    double last = median(1);
    while (since(begun) < LONGEST) {
      double next = median(1);
      if (since(begun) >= seconds && next > GAIN * last) {
        return next;
      }
      last = next;
    }
    return last;
  }

  /// The median time of the iterations of some seconds, in milliseconds.
  private double median(double seconds) {
    long begun = System.nanoTime();
    var times = new double[64];
    int count = 0;
    while (count == 0 || since(begun) < seconds || (count < FEWEST && since(begun) < PATIENCE)) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      long start = System.nanoTime();
      contender.iterate();
      times[count++] = 1e3 * since(start);
    }
    return median(Arrays.copyOf(times, count));
  }

  private static double since(long nanoTime) {
    return 1e-9 * (System.nanoTime() - nanoTime);
  }

  /// The middle value, or the mean of the two in the middle.
  public static double median(double[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
