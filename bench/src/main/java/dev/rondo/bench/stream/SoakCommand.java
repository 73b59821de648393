package dev.rondo.bench.stream;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo bench soak`: measures whether memory grows while many streams are stepped.
@Command(
    name = "soak",
    description = {
      "Step many streams of an LSTM for a long time, and look whether memory grows.",
      "",
      "The used heap after a full collection and the resident size are compared after a minute (or"
          + " half of the time, if that is shorter; later while kernels are still being compiled)"
          + " and at the end. If one has grown, if a thread"
          + " has allocated anything in between, or if a stream does not give the bits of the same"
          + " stream stepped alone, the exit code is 1.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footer = {"", "Example:", "  rondo bench soak --streams 100000 --hidden 64 --minutes 10"})
public final class SoakCommand implements Callable<Integer> {
  private static final double MEGABYTE = 1e6;
  private static final double NANOS_PER_MINUTE = 60e9;

  /// The latest minute of the first measurement, even if something is still allocated.
  private static final double LATEST_MINUTE = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--streams",
      paramLabel = "COUNT",
      description = "Streams of all threads together (default: ${DEFAULT-VALUE}).")
  private int streams = 100_000;

  @Option(
      names = "--hidden",
      paramLabel = "SIZE",
      description = "Units, and features of the input (default: ${DEFAULT-VALUE}).")
  private int hiddenSize = 64;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      description = "Threads, each with its own streams (default: ${DEFAULT-VALUE}).")
  private int threads = 2;

  @Option(
      names = "--minutes",
      paramLabel = "TIME",
      description = "How long (default: ${DEFAULT-VALUE}).")
  private double minutes = 10;

  @Option(
      names = "--growth",
      paramLabel = "MB",
      description = "What heap and process may grow by (default: ${DEFAULT-VALUE}).")
  private double growth = 1;

  /// Made by picocli.
  public SoakCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    requirePositive("--streams", streams);
    requirePositive("--hidden", hiddenSize);
    requirePositive("--threads", threads);
    requirePositive("--minutes", minutes);
    requirePositive("--growth", growth);
    var out = spec.commandLine().getOut();
    try (var soak = new Soak(streams, hiddenSize, threads)) {
      out.printf(
          Locale.ROOT,
          "%d streams of an LSTM with %d units, %d bytes each; %d threads, %s minutes%n",
          streams,
          hiddenSize,
          soak.bytesPerStream(),
          threads,
          minutes);
      out.flush();
      long begun = System.nanoTime();
      soak.start();
      sleepUntil(begun + (long) (Math.min(1, minutes / 2) * NANOS_PER_MINUTE));
      soak.awaitCompiled(begun + (long) (LATEST_MINUTE * NANOS_PER_MINUTE));
      var first = soak.mark();
      double settled = (first.nanos() - begun) / NANOS_PER_MINUTE;
      sleepUntil(
          Math.max(begun, first.nanos() - (long) (minutes / 2 * NANOS_PER_MINUTE))
              + (long) (minutes * NANOS_PER_MINUTE));
      var last = soak.mark();
      soak.stop();
      report(out, settled, first, last);
      var complaints = Soak.complaints(first, last, (long) (growth * MEGABYTE));
      complaints.forEach(out::println);
      boolean alone = soak.sampledStreamsAreAsAlone();
      out.println(
          alone
              ? "sampled streams have the bits of the same streams stepped alone"
              : "A SAMPLED STREAM HAS OTHER BITS THAN THE SAME STREAM STEPPED ALONE");
      out.flush();
      return alone && complaints.isEmpty() ? 0 : 1;
    }
  }

  private void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw new ParameterException(
          spec.commandLine(), "%s must be positive, was %s".formatted(option, value));
    }
  }

  private static void sleepUntil(long nanoTime) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(nanoTime - System.nanoTime());
  }

  private void report(
      PrintWriter out, double settled, Soak.Observation first, Soak.Observation last) {
    double seconds = 1e-9 * (last.nanos() - first.nanos());
    long steps = last.steps() - first.steps();
    out.printf(
        Locale.ROOT, "%-34s %12.2f %12.2f%n", "after minutes", settled, settled + seconds / 60);
    row(out, "used heap after a collection, MB", first.heapBytes(), last.heapBytes());
    row(out, "resident, MB", first.residentBytes(), last.residentBytes());
    out.printf(Locale.ROOT, "%-34s %25.0f%n", "steps a second", steps / seconds);
    out.printf(
        Locale.ROOT,
        "%-34s %25.0f%n",
        "ns a step and thread",
        1e9 * seconds * threads / Math.max(1, steps));
    for (int i = 0; i < threads; i++) {
      long bytes = last.allocatedBytes().get(i) - first.allocatedBytes().get(i);
      out.printf(
          Locale.ROOT,
          "%-34s %25.6f%n",
          "bytes allocated a step, thread " + i,
          (double) bytes * threads / Math.max(1, steps));
    }
  }

  private static void row(PrintWriter out, String name, long first, long last) {
    out.printf(Locale.ROOT, "%-34s %12.3f %12.3f%n", name, first / MEGABYTE, last / MEGABYTE);
  }
}
