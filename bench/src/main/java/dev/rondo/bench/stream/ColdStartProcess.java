package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Difference;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.PeerClassPath;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts the processes of [ColdStart].
///
/// @param folder the folder of models, cache and answers
/// @param inputSize the input size of the models
/// @param steps the number of steps of a process
record ColdStartProcess(Path folder, int inputSize, int steps) {
  private static final List<String> OPTIONS =
      List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");

  private static final String ONNX_RUNTIME_MAIN =
      "dev.rondo.bench.peers.onnxruntime.OnnxRuntimeColdStart";

  /// A way to start.
  enum StartKind {
    RONDO("rondo"),
    RONDO_WARM_UP("rondo, warmUp()"),
    RONDO_CACHE("rondo, AOT cache"),
    RONDO_CACHE_WARM_UP("rondo, AOT cache, warmUp()"),
    ONNXRUNTIME("onnxruntime"),
    ONNXRUNTIME_UNPACKED("onnxruntime, unpacked before");

    final String label;

    StartKind(String label) {
      this.label = label;
    }

    boolean isRondo() {
      return this != ONNXRUNTIME && this != ONNXRUNTIME_UNPACKED;
    }

    boolean hasCache() {
      return this == RONDO_CACHE || this == RONDO_CACHE_WARM_UP;
    }

    boolean warmsUp() {
      return this == RONDO_WARM_UP || this == RONDO_CACHE_WARM_UP;
    }
  }

  /// The measurements of one process.
  ///
  /// @param first milliseconds from its start to the first answer
  /// @param steady milliseconds from its start to steady latency
  /// @param step the median time of a step then, in nanoseconds
  /// @param resident megabytes of memory at the end
  record StartTimes(double first, double steady, double step, double resident) {}

  Path rondoModel() {
    return folder.resolve("model.safetensors");
  }

  Path onnxModel() {
    return folder.resolve("model.onnx");
  }

  /// The JVM's cache of classes and profiles.
  Path cache() {
    return folder.resolve("rondo.aot");
  }

  private Path library() {
    return folder.resolve("onnxruntime");
  }

  /// The class path of Rondo's process: the engine's own jar if the launcher has built one.
  static String rondoClassPath() {
    var engine = PeerClassPath.built("rondo-engine.jar");
    return engine == null || !Files.exists(engine)
        ? PeerClassPath.ours()
        : engine + File.pathSeparator + PeerClassPath.ours();
  }

  /// Whether a cache is possible: it needs a class path of jars only.
  static boolean canCache() {
    for (var part : rondoClassPath().split(File.pathSeparator, -1)) {
      if (!Files.isRegularFile(Path.of(part))) {
        return false;
      }
    }
    return true;
  }

  /// Runs a process that writes the cache: its classes and profiles.
  void train() throws IOException {
    run(command(StartKind.RONDO_WARM_UP, "-XX:AOTCacheOutput=" + cache()));
    if (!Files.exists(cache())) {
      throw new IOException("the JVM has written no " + cache());
    }
  }

  /// Writes ONNX Runtime's model, and unpacks its library from the jar.
  void prepareOnnxRuntime(StreamCase stream) throws IOException {
    Files.createDirectory(library());
    run(
        List.of(
            "-cp",
            PeerClassPath.of(StreamEngine.ONNXRUNTIME.label()),
            ONNX_RUNTIME_MAIN,
            "prepare",
            stream.line(),
            folder.toString(),
            onnxModel().toString(),
            library().toString()));
  }

  /// Starts one process, and waits for its end.
  ///
  /// @param expected the expected answers
  /// @throws IOException if it fails or gives another answer
  StartTimes measure(StartKind start, float[][] expected) throws IOException {
    var command =
        switch (start) {
          case RONDO, RONDO_WARM_UP -> command(start);
          case RONDO_CACHE, RONDO_CACHE_WARM_UP -> command(start, "-XX:AOTCache=" + cache());
          case ONNXRUNTIME -> command(start);
          case ONNXRUNTIME_UNPACKED -> command(start, "-Donnxruntime.native.path=" + library());
        };
    var output = run(command);
    int begin = output.indexOf(ColdStart.ANSWER);
    if (begin < 0) {
      throw new IOException(start.label + " has ended without an answer: " + output);
    }
    var words = output.substring(begin + ColdStart.ANSWER.length()).strip().split(" ", -1);
    var answers = new Numbers(folder);
    for (int i = 0; i < expected.length; i++) {
      var answer = answers.read("output" + i);
      double difference = Difference.relative(expected[i], answer, null);
      if (!(difference <= Difference.LARGEST)) {
        throw new IOException("%s gives other numbers: %.1e".formatted(start.label, difference));
      }
      Files.delete(folder.resolve("output" + i + ".f32"));
    }
    return new StartTimes(
        1e-6 * Long.parseLong(words[0]),
        1e-6 * Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        1e-6 * Long.parseLong(words[3]));
  }

  /// Options, main class and arguments of a process that starts now.
  private List<String> command(StartKind start, String... options) throws IOException {
    var command = new ArrayList<>(List.of(options));
    if (start.isRondo()) {
      command.add("--add-modules=jdk.incubator.vector");
      if (start.warmsUp()) {
        command.add("-D%s=true".formatted(RondoColdStart.WARM_UP_PROPERTY));
      }
      command.addAll(List.of("-cp", rondoClassPath(), RondoColdStart.class.getName()));
    } else {
      command.addAll(
          List.of(
              "-cp", PeerClassPath.of(StreamEngine.ONNXRUNTIME.label()), ONNX_RUNTIME_MAIN, "run"));
    }
    var model = start.isRondo() ? rondoModel() : onnxModel();
    command.addAll(List.of(Integer.toString(inputSize), model.toString(), folder.toString()));
    command.add(Integer.toString(steps));
    return command;
  }

  /// Runs `java`; the last argument is the time.
  ///
  /// @return its output
  private String run(List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(arguments);
    var log = folder.resolve("process.log");
    command.add(Long.toString(System.nanoTime()));
    var process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(output + Files.readString(log, StandardCharsets.ISO_8859_1));
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }
}
