package dev.rondo.bench.roofline;

import static java.util.Locale.ROOT;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo bench roofline`: measures the limits of the machine, and the share of them that each
/// kernel reaches.
@Command(
    name = "roofline",
    description = {
      "Measure this machine's limits on one core and each kernel's share of them.",
      "The limit of a kernel is the peak of fused multiply-adds, or what it computes with each byte"
          + " times the bandwidth of the level of memory that holds its operands.",
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
public final class RooflineCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where roofline.png and roofline.svg go (default: no picture).")
  private Path out;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one object a line: the machine, then each kernel.")
  private Path json;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "0.5",
      description =
          "For each measurement of a kernel or roof; about five times as long in all"
              + " (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--kernels",
      paramLabel = "REGEX",
      defaultValue = "",
      description = "Only kernels in whose name this is found, such as ^lstm (default: all).")
  private Pattern chosen;

  @Option(names = "--l1", paramLabel = "SIZE", description = "First-level cache, such as 48K.")
  private String l1;

  @Option(names = "--l2", paramLabel = "SIZE", description = "Second-level cache.")
  private String l2;

  @Option(
      names = "--l3",
      paramLabel = "SIZE",
      description = "Third-level cache (default for all: what the system says).")
  private String l3;

  /// A command with default options.
  public RooflineCommand() {}

  /// Measures, prints the table, and writes the requested files.
  @Override
  public Integer call() throws IOException {
    if (!(seconds > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds must be positive, was " + seconds);
    }
    var writer = spec.commandLine().getOut();
    var stopwatch = new Stopwatch(seconds);
    var caches = caches();
    var machine = Machine.measure(caches, stopwatch);
    print(writer, machine, caches);
    var points = new ArrayList<Point>();
    try (var arena = Arena.ofShared();
        var backend = Backend.vector(Threads.one())) {
      writer.printf(ROOT, "%n%s kernels, one thread%n%s%n", backend.name(), HEADER);
      writer.flush();
      var kernels = new ArrayList<>(Kernels.of(backend, arena));
      kernels.removeIf(kernel -> !chosen.matcher(kernel.name()).find());
      // all before the first is timed: profiles of one kernel change the compiled code of another
      kernels.forEach(kernel -> stopwatch.warmUp(kernel.work()));
      for (var kernel : kernels) {
        var point = Point.measure(kernel, machine, stopwatch);
        points.add(point);
        print(writer, points.size(), point);
      }
    }
    save(machine, points);
    return 0;
  }

  private Caches caches() {
    try {
      var found = Caches.detect(Caches.LINUX);
      return new Caches(
          l1 == null ? found.l1() : Caches.bytes(l1),
          l2 == null ? found.l2() : Caches.bytes(l2),
          l3 == null ? found.l3() : Caches.bytes(l3));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static void print(PrintWriter writer, Machine machine, Caches caches) {
    writer.printf(ROOT, "peak    %8.1f GFLOP/s%n", machine.gflops());
    long[] sizes = {caches.l1(), caches.l2(), caches.l3()};
    for (int i = 0; i < machine.levels().size(); i++) {
      var level = machine.levels().get(i);
      var size = i < sizes.length ? "  (%d KiB)".formatted(sizes[i] >> 10) : "";
      writer.printf(ROOT, "%-7s %8.1f GB/s read%s%n", level.name(), level.gigabytes(), size);
    }
    writer.flush();
  }

  private static final String HEADER =
      "%3s %-36s %9s %8s %8s %8s %8s  %-6s %8s %6s"
          .formatted(
              "", "kernel", "us", "ns/elem", "GFLOP/s", "GB/s", "flop/B", "level", "limit",
              "share");

  private static void print(PrintWriter writer, int number, Point point) {
    var kernel = point.kernel();
    writer.printf(
        ROOT,
        "%3d %-36s %9.2f %8.3f %8.1f %8.1f %8.2f  %-6s %8.1f %4.0f %%%n",
        number,
        kernel.name(),
        1e6 * point.seconds(),
        1e9 * point.seconds() / kernel.elements(),
        point.gflops(),
        point.gigabytes(),
        kernel.intensity(),
        point.level().name(),
        point.limit(),
        100 * point.share());
    writer.flush();
  }

  private void save(Machine machine, List<Point> points) throws IOException {
    if (json != null) {
      var lines = new ArrayList<String>();
      lines.add(machine.json());
      points.forEach(point -> lines.add(point.json()));
      Files.write(json, lines);
    }
    if (out != null) {
      Files.createDirectories(out);
      System.setProperty("java.awt.headless", "true");
      new RooflineChart(machine, points).save(out);
    }
  }
}
