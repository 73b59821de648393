package dev.rondo.bench.peers.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.stream.ColdStart;
import dev.rondo.bench.stream.StreamCase;
import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// ONNX Runtime's process of [ColdStart].
public final class OnnxRuntimeColdStart {
  /// The place of the libraries in the jar.
  private static final String LIBRARIES = "/ai/onnxruntime/native/linux-x64/";

  private static final int OUTPUTS = 32;

  private OnnxRuntimeColdStart() {}

  /// Started by the harness.
  ///
  /// @param arguments `run` and those of [ColdStart]; or `prepare`, a case, the folder of its
  ///   operands, the model file to write, and the folder for libraries
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("prepare")) {
      var model =
          OnnxModel.step(StreamCase.parse(arguments[1]), new Numbers(Path.of(arguments[2])));
      Files.write(Path.of(arguments[3]), model);
      unpack(Path.of(arguments[4]), "libonnxruntime.so", "libonnxruntime4j_jni.so");
      return;
    }
    int hiddenSize = Integer.parseInt(arguments[1]);
    var stream = new StreamCase(Work.Cell.LSTM, hiddenSize, 1, OUTPUTS, WeightFormat.FLOAT32);
    ColdStart.run(
        Arrays.copyOfRange(arguments, 1, arguments.length),
        file -> new OnnxRuntimeStream(stream, Files.readAllBytes(file)));
  }

  private static void unpack(Path folder, String... names) throws IOException {
    for (var name : names) {
      try (var library = OrtEnvironment.class.getResourceAsStream(LIBRARIES + name)) {
        Files.copy(library, folder.resolve(name));
      }
    }
  }
}
