package dev.rondo.bench.stream;

import dev.rondo.bench.peers.PeerClassPath;
import dev.rondo.bench.peers.WorkerProcess;
import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;

/// The timed engines.
enum StreamEngine {
  /// This engine; the others are compared with it.
  RONDO("dev.rondo.bench.stream.RondoStream"),
  /// Only the reading of the weights.
  LIMIT("dev.rondo.bench.stream.WeightReading"),
  /// ONNX Runtime.
  ONNXRUNTIME("dev.rondo.bench.peers.onnxruntime.OnnxRuntimeStream"),
  /// LibTorch by its Java bindings.
  PYTORCH("dev.rondo.bench.peers.pytorch.PyTorchStream");

  private static final List<String> OPTIONS =
      List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");

  private final String mainClass;

  StreamEngine(String mainClass) {
    this.mainClass = mainClass;
  }

  /// An engine by its label.
  static final class Converter implements ITypeConverter<StreamEngine> {
    @Override
    public StreamEngine convert(String label) {
      return Arrays.stream(values())
          .filter(engine -> engine.label().equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no contender " + label));
    }
  }

  /// The word in options, tables and files.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether it supports the case.
  boolean does(StreamCase stream) {
    return isOurs() || stream.weights() == WeightFormat.FLOAT32;
  }

  /// Whether it computes an output.
  boolean hasOutput() {
    return this != LIMIT;
  }

  private boolean isOurs() {
    return this == RONDO || this == LIMIT;
  }

  /// Starts its process.
  ///
  /// @param operands the folder of [StreamCase#writeOperands]
  /// @param options options of the JVM, besides the usual ones
  /// @throws IOException if it was not built or fails
  WorkerProcess start(StreamCase stream, Path operands, String... options) throws IOException {
    var arguments = new ArrayList<>(OPTIONS);
    if (isOurs()) {
      arguments.add("--add-modules=jdk.incubator.vector");
    }
    arguments.addAll(List.of(options));
    arguments.addAll(
        List.of("-cp", isOurs() ? PeerClassPath.ours() : PeerClassPath.of(label()), mainClass));
    arguments.addAll(List.of(stream.line(), operands.toString()));
    return WorkerProcess.start(
        label() + " at " + stream.line(),
        arguments,
        environment(),
        operands.resolve(label() + ".log"));
  }

  /// One thread, in every library.
  private static Map<String, String> environment() {
    return Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1", "MKL_NUM_THREADS", "1");
  }
}
