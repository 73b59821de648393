package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Difference;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.WorkerProcess;
import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo bench stream`: for each case every contender computes the same steps, which are compared.
/// Then each contender is timed in a process of its own, which ends before the next one starts: one
/// contender after the other, and all of them again for every further process. A figure is the
/// median over the processes of a contender.
@Command(
    name = "stream",
    description = {
      "Time single steps of one stream: Rondo, the machine's limit, ONNX Runtime, PyTorch.",
      "",
      "One thread. Before anything is timed all contenders have to give the same outputs. Steps are"
          + " timed back to back, the end of one being the beginning of the next, so that no pause"
          + " is left out. The contender limit reads a step's weights once and computes nothing.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  rondo bench stream --contenders rondo,limit",
      "  rondo bench stream --cell lstm --hidden 128 --weights int8 --stacks none",
      "  rondo bench stream --cell lstm --arrivals 10000 --json stream.jsonl",
    })
public final class StreamBenchCommand implements Callable<Integer> {
  private static final String NONE = "none";

  /// The largest change of an output by weights in fewer bits.
  private static final double LARGEST_OF_FORMAT = 0.05;

  @Spec private CommandSpec spec;

  @Option(
      names = "--cell",
      split = ",",
      paramLabel = "CELL",
      description = "lstm, gru, rnn (default: all).")
  private List<String> cells = List.of("lstm", "gru", "rnn");

  @Option(
      names = "--hidden",
      split = ",",
      paramLabel = "SIZE",
      description = "Units of one layer, and features of its input, or none (default: 16 to 1024).")
  private List<String> hiddenSizes = List.of("16", "32", "64", "128", "256", "512", "1024");

  @Option(
      names = "--stacks",
      split = ",",
      paramLabel = "LxH",
      description =
          "Layers of the first of the cells with 32 dense outputs on them, or none"
              + " (default: 2x128,3x256,3x480,6x320).")
  private List<String> stacks = List.of("2x128", "3x256", "3x480", "6x320");

  @Option(
      names = "--weights",
      split = ",",
      paramLabel = "FORMAT",
      description = "float32, bfloat16, int8 (default: all; the latter two for Rondo alone).")
  private List<String> weights = List.of("float32", "bfloat16", "int8");

  @Option(
      names = "--contenders",
      split = ",",
      paramLabel = "NAME",
      converter = StreamEngine.Converter.class,
      description =
          "rondo, which is always there, limit, onnxruntime, pytorch (default: all; the latter two"
              + " are downloaded).")
  private List<StreamEngine> contenders = List.of(StreamEngine.values());

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      description = "Steps that a process times (default: ${DEFAULT-VALUE}).")
  private int steps = 200_000;

  @Option(
      names = "--longest",
      paramLabel = "SECONDS",
      description =
          "Fewer steps where they would take longer than this (default: ${DEFAULT-VALUE}).")
  private double longest = 20;

  @Option(
      names = "--processes",
      paramLabel = "COUNT",
      description = "Processes of each contender (default: ${DEFAULT-VALUE}).")
  private int processes = 5;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description =
          "How long a process steps before that at least; it goes on while it becomes faster"
              + " (default: ${DEFAULT-VALUE}).")
  private double warmUp = 3;

  @Option(
      names = "--arrivals",
      paramLabel = "RATE",
      description =
          "Then time as many steps that are due at so many a second, each from when it was due.")
  private double arrivals;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON object a line for each case and contender.")
  private Path json;

  @Option(names = "--list", description = "Name the cases, and do nothing.")
  private boolean list;

  /// Made by picocli.
  public StreamBenchCommand() {}

  /// The measurements of one process.
  ///
  /// @param open null unless requested
  record ProcessResult(Latencies closed, Latencies open, Surroundings surroundings) {}

  @Override
  public Integer call() throws IOException {
    requirePositive("--steps", steps);
    requirePositive("--longest", longest);
    requirePositive("--processes", processes);
    requirePositive("--warm-up", warmUp);
    if (arrivals < 0) {
      requirePositive("--arrivals", arrivals);
    }
    var cases = cases();
    var out = spec.commandLine().getOut();
    if (list) {
      cases.forEach(stream -> out.println(stream.line()));
      return 0;
    }
    var chosen = EnumSet.copyOf(contenders);
    chosen.add(StreamEngine.RONDO);
    try (var report = new StreamReport(out, arrivals, json)) {
      for (var stream : cases) {
        run(stream, chosen, report);
      }
      return report.allEqual() ? 0 : 1;
    }
  }

  private void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw new ParameterException(
          spec.commandLine(), "%s must be positive, was %s".formatted(option, value));
    }
  }

  private List<StreamCase> cases() {
    try {
      var formats = new ArrayList<WeightFormat>();
      weights.forEach(label -> formats.add(constant(WeightFormat.class, "--weights", label)));
      var kinds = new ArrayList<Work.Cell>();
      cells.forEach(label -> kinds.add(constant(Work.Cell.class, "--cell", label)));
      var sizes = new ArrayList<Integer>();
      for (var size : hiddenSizes) {
        if (!size.equals(NONE)) {
          sizes.add(Integer.valueOf(size));
        }
      }
      return StreamCase.all(
          kinds, sizes, stacks.equals(List.of(NONE)) ? List.of() : stacks, formats);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String option, String label) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equalsIgnoreCase(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("%s has no %s".formatted(option, label)));
  }

  private void run(StreamCase stream, Set<StreamEngine> chosen, StreamReport report)
      throws IOException {
    try (var folder = new TemporaryFolder("rondo-stream")) {
      stream.writeOperands(new Numbers(folder.path()));
      var engines = new ArrayList<>(chosen);
      engines.removeIf(engine -> !engine.does(stream));
      var differences = check(stream, engines, folder.path(), report);
      var measured = new EnumMap<StreamEngine, List<ProcessResult>>(StreamEngine.class);
      for (int process = 1; process <= processes; process++) {
        for (var engine : engines) {
          say("%s %s: timing %s, process %d", stream, engine, process);
          measured
              .computeIfAbsent(engine, _ -> new ArrayList<>())
              .add(measure(stream, engine, folder.path()));
        }
      }
      say("", null, null, 0);
      for (var engine : engines) {
        report.add(
            stream, engine, measured.get(engine), differences.getOrDefault(engine, Double.NaN));
      }
      report.end();
    }
  }

  /// Compares the outputs of all contenders with Rondo's: those of its own scalar kernels bit for
  /// bit, those of others up to the effect of another order of sums.
  private EnumMap<StreamEngine, Double> check(
      StreamCase stream, List<StreamEngine> engines, Path folder, StreamReport report)
      throws IOException {
    var differences = new EnumMap<StreamEngine, Double>(StreamEngine.class);
    var ours = outputs(stream, StreamEngine.RONDO, folder);
    var scalar = outputs(stream, StreamEngine.RONDO, folder, "-Ddev.rondo.kernels=scalar");
    if (!Arrays.equals(ours, scalar)) {
      report.fail("rondo: scalar and vector kernels give other bits");
    }
    if (stream.weights() != WeightFormat.FLOAT32) {
      var exact = outputs(stream.weights(WeightFormat.FLOAT32), StreamEngine.RONDO, folder);
      compare(StreamEngine.RONDO, exact, ours, LARGEST_OF_FORMAT, differences, report);
    }
    for (var engine : engines) {
      if (engine.hasOutput() && engine != StreamEngine.RONDO) {
        compare(
            engine, ours, outputs(stream, engine, folder), Difference.LARGEST, differences, report);
      }
    }
    return differences;
  }

  private static void compare(
      StreamEngine engine,
      float[] expected,
      float[] outputs,
      double largest,
      EnumMap<StreamEngine, Double> differences,
      StreamReport report) {
    double difference = Difference.relative(expected, outputs, null);
    differences.put(engine, difference);
    if (!(difference <= largest)) {
      report.fail("%s GIVES OTHER NUMBERS: %.1e".formatted(engine.label(), difference));
    }
  }

  private float[] outputs(StreamCase stream, StreamEngine engine, Path folder, String... options)
      throws IOException {
    say("%s %s: checking %s", stream, engine, 0);
    var results = Files.createTempDirectory(folder, engine.label());
    try (var worker = engine.start(stream, folder, options)) {
      worker.ask("check " + results);
    }
    return new Numbers(results).read("output");
  }

  private ProcessResult measure(StreamCase stream, StreamEngine engine, Path folder)
      throws IOException {
    try (var worker = engine.start(stream, folder)) {
      double nanos = Double.parseDouble(worker.ask("warm " + warmUp));
      var before = Surroundings.Moment.now(worker.cpuSeconds());
      var closed = ask(worker, "closed %d", nanos);
      var surroundings = before.until(Surroundings.Moment.now(worker.cpuSeconds()));
      return new ProcessResult(closed, arrivals > 0 ? openLoop(worker, nanos) : null, surroundings);
    }
  }

  private Latencies openLoop(WorkerProcess worker, double nanos) throws IOException {
    return ask(worker, "open %d " + arrivals, Math.max(nanos, 1e9 / arrivals));
  }

  /// @param nanos the approximate time of a step
  private Latencies ask(WorkerProcess worker, String command, double nanos) throws IOException {
    int count = Math.clamp((long) (1e9 * longest / nanos), 1, steps);
    return Latencies.parse(worker.ask(command.formatted(count)));
  }

  /// Replaces the last line of progress, on a terminal.
  @SuppressWarnings("SystemConsoleNull") // null without a terminal, with java.base's own console
  private void say(String format, StreamCase stream, StreamEngine engine, int process) {
    var console = System.console();
    if (console == null || !console.isTerminal()) {
      return;
    }
    var err = spec.commandLine().getErr();
    err.print("\r\033[K");
    if (stream != null) {
      err.print(format.formatted(stream.name(), stream.weightsLabel(), engine.label(), process));
    }
    err.flush();
  }
}
