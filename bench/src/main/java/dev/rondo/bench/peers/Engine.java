package dev.rondo.bench.peers;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The engines that are compared.
enum Engine {
  /// This one: what the others are compared with.
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

  /// The class that [Worker] is started with.
  String mainClass() {
    return mainClass;
  }

  /// Whether the engine has what the work needs. DL4J clips each layer apart from the others, so
  /// that of several layers it would do another work.
  boolean does(Work work) {
    return switch (this) {
      case RONDO, PYTORCH -> true;
      case ONNXRUNTIME -> work.kind() == Work.Kind.FORWARD;
      case DL4J -> work.kind() == Work.Kind.TRAIN && work.cell() != Work.Cell.GRU;
    };
  }

  /// Options of the engine's JVM, beside those that all have.
  List<String> javaOptions(boolean vectorsOf512Bits) {
    return switch (this) {
      case RONDO -> List.of("--add-modules=jdk.incubator.vector");
      case PYTORCH, ONNXRUNTIME -> List.of();
      // Its native library comes in several builds, and it would take the widest.
      case DL4J -> {
        var build = vectorsOf512Bits ? "-avx512" : "-avx2";
        yield List.of(
            "-Dorg.bytedeco.javacpp.platform.extension=" + build,
            "--sun-misc-unsafe-memory-access=allow");
      }
    };
  }

  /// Environment variables that make the engine use the work's threads and this processor well.
  ///
  /// OpenBLAS takes some processors with 512-bit vectors for older ones without. Beside PyTorch's
  /// own threads those of OpenBLAS get into the way; DL4J has no others.
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
