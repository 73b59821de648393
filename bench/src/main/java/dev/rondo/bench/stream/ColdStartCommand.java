package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.PeerClassPath;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.Worker;
import dev.rondo.bench.stream.ColdStartProcess.StartKind;
import dev.rondo.bench.stream.ColdStartProcess.StartTimes;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo bench coldstart`: measures how soon a process answers, and how soon it is steady.
@Command(
    name = "coldstart",
    description = {
      "Time from a process's start to its first answer, and to steady latency.",
      "",
      "An LSTM and a dense layer with 32 outputs, loaded from a file. Steady is the end of the first"
          + " 200 consecutive steps whose median is within 1.5 of that of the last steps. Rondo as"
          + " it is; warmed up before its first answer; and both with a cache of the JVM's (JDK 25,"
          + " -XX:AOTCache) that an earlier run has left. ONNX Runtime as it is, and with its"
          + " library taken out of the jar before. All start in turn; figures are medians.",
      ""
    },
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  rondo bench coldstart",
      "  rondo bench coldstart --contenders rondo --processes 11",
    })
public final class ColdStartCommand implements Callable<Integer> {
  private static final int OUTPUTS = 32;
  private static final double MEGABYTE = 1e6;

  @Spec private CommandSpec spec;

  @Option(
      names = "--hidden",
      paramLabel = "SIZE",
      description = "Units, and features of the input (default: ${DEFAULT-VALUE}).")
  private int hiddenSize = 128;

  @Option(
      names = "--contenders",
      split = ",",
      paramLabel = "NAME",
      converter = StreamEngine.Converter.class,
      description =
          "rondo, which is always there, onnxruntime (default: both; the latter is downloaded).")
  private List<StreamEngine> contenders = List.of(StreamEngine.RONDO, StreamEngine.ONNXRUNTIME);

  @Option(
      names = "--processes",
      paramLabel = "COUNT",
      description = "Processes of each (default: ${DEFAULT-VALUE}).")
  private int processes = 7;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      description =
          "Steps after which a process is as fast as it gets (default: ${DEFAULT-VALUE}, or six"
              + " seconds).")
  private int steps = 200_000;

  /// Made by picocli.
  public ColdStartCommand() {}

  @Override
  public Integer call() throws IOException {
    if (hiddenSize <= 0 || processes <= 0 || steps <= 0) {
      throw new ParameterException(
          spec.commandLine(), "--hidden, --processes and --steps must be positive");
    }
    var stream = new StreamCase(Work.Cell.LSTM, hiddenSize, 1, OUTPUTS, WeightFormat.FLOAT32);
    var out = spec.commandLine().getOut();
    try (var temporary = new TemporaryFolder("rondo-coldstart")) {
      stream.writeOperands(new Numbers(temporary.path()));
      var process = new ColdStartProcess(temporary.path(), hiddenSize, steps);
      var expected = saveModel(process);
      var starts = new ArrayList<>(List.of(StartKind.RONDO, StartKind.RONDO_WARM_UP));
      if (ColdStartProcess.canCache()) {
        process.train();
        starts.addAll(List.of(StartKind.RONDO_CACHE, StartKind.RONDO_CACHE_WARM_UP));
      } else {
        out.println("no AOT cache: the class path is not made of jars");
      }
      if (contenders.contains(StreamEngine.ONNXRUNTIME)) {
        process.prepareOnnxRuntime(stream);
        starts.addAll(List.of(StartKind.ONNXRUNTIME, StartKind.ONNXRUNTIME_UNPACKED));
      }
      double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      var measured = new EnumMap<StartKind, List<StartTimes>>(StartKind.class);
      for (int i = 0; i < processes; i++) {
        for (var start : starts) {
          measured
              .computeIfAbsent(start, _ -> new ArrayList<>())
              .add(process.measure(start, expected));
        }
      }
      report(out, process, measured, load);
    }
    return 0;
  }

  /// Writes the model file, and computes the expected answers of all contenders.
  private float[][] saveModel(ColdStartProcess process) throws IOException {
    var operands = new Numbers(process.folder());
    var architecture =
        new Architecture(
            new Architecture.DenseInput(hiddenSize), Lstm.cell(), hiddenSize, 1, 0, OUTPUTS);
    try (var arena = Arena.ofConfined();
        var backend = Backend.scalar(Threads.one())) {
      var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
      for (var parameter : model.parameters().all()) {
        var name = parameter.name().replace("recurrent.", "layer.").replace("output.", "head.");
        RondoStream.set(parameter.value(), operands.read(name));
      }
      model.save(process.rondoModel());
      var options = StreamingOptions.standard().backend(backend);
      var contender = new RondoStream(StreamingModel.compile(model, options, arena));
      contender.input(ColdStart.input(hiddenSize));
      var answers = new float[ColdStart.ANSWERS][];
      for (int i = 0; i < answers.length; i++) {
        contender.step();
        answers[i] = contender.output();
      }
      return answers;
    }
  }

  private void report(
      PrintWriter out,
      ColdStartProcess process,
      EnumMap<StartKind, List<StartTimes>> measured,
      double load)
      throws IOException {
    out.printf(
        Locale.ROOT,
        "LSTM with %d units; medians of %d processes; load average before %.2f%n",
        hiddenSize,
        processes,
        load);
    out.printf(
        "%-30s %12s %12s %10s %12s %10s%n",
        "", "first, ms", "steady, ms", "step, us", "resident, MB", "disk, MB");
    for (var entry : measured.entrySet()) {
      var all = entry.getValue();
      out.printf(
          Locale.ROOT,
          "%-30s %12.0f %12.0f %10.2f %12.0f %10.2f%n",
          entry.getKey().label,
          median(all, StartTimes::first),
          median(all, StartTimes::steady),
          1e-3 * median(all, StartTimes::step),
          median(all, StartTimes::resident),
          bytesOnDisk(entry.getKey(), process) / MEGABYTE);
    }
    out.flush();
  }

  private static double median(List<StartTimes> all, ToDoubleFunction<StartTimes> figure) {
    return Worker.median(all.stream().mapToDouble(figure).toArray());
  }

  /// The number of bytes of the engine's jars, of the model and of the cache.
  private static long bytesOnDisk(StartKind start, ColdStartProcess process) throws IOException {
    if (!start.isRondo()) {
      long bytes = Files.size(process.onnxModel());
      for (var jar :
          PeerClassPath.of(StreamEngine.ONNXRUNTIME.label()).split(File.pathSeparator, -1)) {
        var name = Path.of(jar).getFileName().toString();
        bytes += name.startsWith("onnxruntime-") ? Files.size(Path.of(jar)) : 0;
      }
      return bytes;
    }
    long bytes = Files.size(process.rondoModel());
    var engine = PeerClassPath.built("rondo-engine.jar");
    bytes += engine == null || !Files.exists(engine) ? 0 : Files.size(engine);
    return bytes + (start.hasCache() ? Files.size(process.cache()) : 0);
  }
}
