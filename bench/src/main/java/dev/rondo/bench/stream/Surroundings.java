package dev.rondo.bench.stream;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// The other load of the machine while a process was timed. The load average of the last minute
/// includes that process; the processor time of others counts for the timed interval alone.
///
/// @param load the average number of runnable processes over the last minute, when timing began;
///   negative if the system does not tell
/// @param others the number of cores kept busy by other processes; NaN if unknown
/// @param stolen the number of cores that the host gave to other machines; NaN if unknown
record Surroundings(double load, double others, double stolen) {
  /// The file in which Linux counts the ticks of all cores.
  private static final Path STATISTICS = Path.of("/proc/stat");

  /// Seconds of a tick, on every Linux of today.
  private static final double TICK = 0.01;

  /// The columns of busy time: user, nice, system, irq, softirq; and the column of stolen time.
  private static final int[] BUSY = {1, 2, 3, 6, 7};

  private static final int STOLEN = 8;

  /// A moment.
  ///
  /// @param own processor time of the timed process in seconds
  record Moment(long nanoTime, double busy, double stolen, double own, double load) {
    static Moment now(double own) {
      double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      try (var lines = Files.lines(STATISTICS)) {
        var columns = lines.findFirst().orElse("").split(" +", -1);
        double busy = 0;
        for (int column : BUSY) {
          busy += TICK * Long.parseLong(columns[column]);
        }
        double stolen = TICK * Long.parseLong(columns[STOLEN]);
        return new Moment(System.nanoTime(), busy, stolen, own, load);
      } catch (IOException | RuntimeException _) {
        // another system
        return new Moment(System.nanoTime(), Double.NaN, Double.NaN, own, load);
      }
    }

    /// The load between this moment and a later one.
    Surroundings until(Moment later) {
      double seconds = 1e-9 * (later.nanoTime - nanoTime);
      double others = (later.busy - busy - (later.own - own)) / seconds;
      return new Surroundings(load, Math.max(0, others), (later.stolen - stolen) / seconds);
    }
  }
}
