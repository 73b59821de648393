package dev.rondo.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo bench peers`: for each work all engines are started, checked against Rondo's numbers,
/// warmed up, and timed in turn, one round after the other, so that disturbances of the machine
/// affect all of them. An engine's time is the median of the medians of its rounds.
@Command(
    name = "peers",
    description = {
      "Time the same work in Rondo, PyTorch, ONNX Runtime and DL4J.",
      "",
      "Each engine runs in a process of its own, idle while another one is timed. Before that all"
          + " have to give the same numbers. A ratio is their time divided by Rondo's."
    },
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  rondo bench peers --work train/lstm --threads 1",
      "  rondo bench peers --work forward/gru,charlm --json peers.json",
    })
public final class PeersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--work",
      split = ",",
      paramLabel = "FILTER",
      description = "Only works of whose name (see --list) this is a part, such as lstm/512.")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--engine",
      split = ",",
      paramLabel = "NAME",
      converter = EngineConverter.class,
      description = "Only these beside rondo: pytorch, onnxruntime, dl4j.")
  private List<Engine> engines = List.of(Engine.values());

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "COUNT",
      description = "Threads that every engine may use (default: 1,2).")
  private List<Integer> threads = List.of(1, 2);

  @Option(
      names = "--rounds",
      paramLabel = "COUNT",
      description = "Rounds of every engine (default: ${DEFAULT-VALUE}).")
  private int rounds = 5;

  @Option(
      names = "--turn",
      paramLabel = "SECONDS",
      description = "How long an engine is timed in a round (default: ${DEFAULT-VALUE}).")
  private double turn = 0.5;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description =
          "How long an engine runs before that at least; it goes on while it becomes faster"
              + " (default: ${DEFAULT-VALUE}).")
  private double warmUp = 3;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write one JSON object a line for each work and engine.")
  private Path json;

  @Option(names = "--list", description = "Name the works, and do nothing.")
  private boolean list;

  /// Made by picocli.
  public PeersCommand() {}

  /// An engine by its label.
  static final class EngineConverter implements ITypeConverter<Engine> {
    @Override
    public Engine convert(String label) {
      return Arrays.stream(Engine.values())
          .filter(engine -> engine.label().equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no engine " + label));
    }
  }

  @Override
  public Integer call() throws IOException {
    requirePositive("--rounds", rounds);
    requirePositive("--turn", turn);
    requirePositive("--warm-up", warmUp);
    threads.forEach(count -> requirePositive("--threads", count));
    var works = works();
    var out = spec.commandLine().getOut();
    if (list) {
      works.stream().map(Work::name).distinct().forEach(out::println);
      return 0;
    }
    var chosen = EnumSet.copyOf(engines);
    chosen.add(Engine.RONDO);
    var classPaths = classPaths(chosen);
    try (var report = new Report(out, chosen, json)) {
      for (var work : works) {
        run(work, classPaths, report);
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

  private List<Work> works() {
    var works = new ArrayList<Work>();
    for (int count : threads) {
      for (var work : Work.all(count)) {
        if (filters.isEmpty() || filters.stream().anyMatch(work::matches)) {
          works.add(work);
        }
      }
    }
    if (works.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no work is named so: %s (see --list)".formatted(filters));
    }
    return works;
  }

  private static Map<Engine, String> classPaths(Set<Engine> chosen) throws IOException {
    var result = new EnumMap<Engine, String>(Engine.class);
    for (var engine : chosen) {
      result.put(
          engine, engine == Engine.RONDO ? PeerClassPath.ours() : PeerClassPath.of(engine.label()));
    }
    return result;
  }

  private void run(Work work, Map<Engine, String> classPaths, Report report) throws IOException {
    var folder = Files.createTempDirectory("rondo-peers");
    var workers = new EnumMap<Engine, WorkerProcess>(Engine.class);
    try {
      var operands = new Numbers(folder);
      operands.writeOperands(work);
      boolean wide = Processor.hasVectorsOf512Bits();
      var differences = new EnumMap<Engine, Difference>(Engine.class);
      for (var engine : classPaths.keySet()) {
        if (!engine.does(work)) {
          continue;
        }
        say("%s, %d threads: checking %s", work, engine);
        workers.put(
            engine, WorkerProcess.start(engine, work, classPaths.get(engine), folder, wide));
        var results = Files.createDirectory(folder.resolve(engine.label()));
        workers.get(engine).ask("check " + results);
        if (engine != Engine.RONDO) {
          var ours = new Numbers(folder.resolve(Engine.RONDO.label()));
          differences.put(engine, Difference.between(work, operands, ours, new Numbers(results)));
        }
      }
      for (var worker : workers.entrySet()) {
        say("%s, %d threads: warming up %s", work, worker.getKey());
        worker.getValue().ask("warm " + warmUp);
      }
      var times = new EnumMap<Engine, double[]>(Engine.class);
      workers.keySet().forEach(engine -> times.put(engine, new double[rounds]));
      for (int round = 0; round < rounds; round++) {
        for (var worker : workers.entrySet()) {
          say("%s, %d threads: timing %s, round " + (round + 1), work, worker.getKey());
          times.get(worker.getKey())[round] =
              Double.parseDouble(worker.getValue().ask("run " + turn));
        }
      }
      say("", null, null);
      report.add(work, times, differences);
    } finally {
      workers.values().forEach(WorkerProcess::close);
      delete(folder);
    }
  }

  /// Replaces the last line of progress, on a terminal.
  @SuppressWarnings("SystemConsoleNull") // null without a terminal, with java.base's own console
  private void say(String format, Work work, Engine engine) {
    var console = System.console();
    if (console == null || !console.isTerminal()) {
      return;
    }
    var err = spec.commandLine().getErr();
    err.print("\r\033[K");
    if (work != null) {
      err.print(format.formatted(work.name(), work.threads(), engine.label()));
    }
    err.flush();
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
