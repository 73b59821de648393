package dev.rondo.bench.stream;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What else the machine was doing while a process was timed. The load average of the last minute
/// counts that process too; what others took is counted for the timed stretch alone.
///
/// @param load processes that wanted to run, averaged over the last minute, when timing began;
///   negative if the system does not tell
/// @param others cores that other processes kept busy; NaN if the system does not tell
/// @param stolen cores that the host gave to other machines; NaN likewise
record Surroundings(double load, double others, double stolen) {
  /// Where Linux counts the ticks of all cores.
  private static final Path STATISTICS = Path.of("/proc/stat");

  /// Seconds of a tick, on every Linux of today.
  private static final double TICK = 0.01;

  /// Columns that are busy time: user, nice, system, irq, softirq; and that of stolen time.
  private static final int[] BUSY = {1, 2, 3, 6, 7};

  private static final int STOLEN = 8;

  /// A moment.
  ///
  /// @param own seconds of processor time of the process that is timed
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

    /// What was between this moment and a later one.
    Surroundings until(Moment later) {
      double seconds = 1e-9 * (later.nanoTime - nanoTime);
      double others = (later.busy - busy - (later.own - own)) / seconds;
      return new Surroundings(load, Math.max(0, others), (later.stolen - stolen) / seconds);
    }
  }
}
