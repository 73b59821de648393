package dev.rondo.bench.peers;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The compared engines.
enum Engine {
  /// This engine; the others are compared with it.
  RONDO("dev.rondo.bench.peers.RondoContender"),
  /// LibTorch by its Java bindings.
  PYTORCH("dev.rondo.bench.peers.pytorch.PyTorchContender"),
  /// ONNX Runtime, which does not train here.
  ONNXRUNTIME("dev.rondo.bench.peers.onnxruntime.OnnxRuntimeContender"),
  /// Deeplearning4j, which has no GRU.
  DL4J("dev.rondo.bench.peers.dl4j.Dl4jContender");

  private final String mainClass;

  Engine(String mainClass) {
    this.mainClass = mainClass;
  }

  /// The word in options, tables and files.
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The main class of the process.
  String mainClass() {
    return mainClass;
  }

  /// Whether the engine supports the work. DL4J clips each layer separately, so with several layers
  /// it would do different work.
  boolean does(Work work) {
    return switch (this) {
      case RONDO, PYTORCH -> true;
      case ONNXRUNTIME -> work.kind() == Work.Kind.FORWARD;
      case DL4J -> work.kind() == Work.Kind.TRAIN && work.cell() != Work.Cell.GRU;
    };
  }

  /// Options of the engine's JVM, besides the common ones.
  List<String> javaOptions(boolean vectorsOf512Bits) {
    return switch (this) {
      case RONDO -> List.of("--add-modules=jdk.incubator.vector");
      case PYTORCH, ONNXRUNTIME -> List.of();
      // its native library comes in several builds, and it would take the widest
      case DL4J -> {
        var build = vectorsOf512Bits ? "-avx512" : "-avx2";
        yield List.of(
            "-Dorg.bytedeco.javacpp.platform.extension=" + build,
            "--sun-misc-unsafe-memory-access=allow");
      }
    };
  }

  /// Environment variables for the threads of the work and for this processor.
  ///
  /// OpenBLAS takes some processors with 512-bit vectors for older ones without. The threads of
  /// OpenBLAS conflict with PyTorch's own; DL4J has no others.
  Map<String, String> environment(Work work, boolean vectorsOf512Bits) {
    var threads = Integer.toString(work.threads());
    var result = new TreeMap<String, String>();
    if (vectorsOf512Bits) {
      result.put("OPENBLAS_CORETYPE", "SkylakeX");
    }
    result.put("OMP_NUM_THREADS", threads);
    result.put("OPENBLAS_NUM_THREADS", this == DL4J ? threads : "1");
    return result;
  }
}
