package dev.rondo.bench.peers.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.rondo.bench.peers.Contender;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.Worker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;

/// ONNX Runtime's CPU provider, with input and output in memory that is given once: nothing is
/// copied in or out.
public final class OnnxRuntimeContender implements Contender {
  private final OrtSession session;
  private final Map<String, OnnxTensor> input;
  private final Map<String, OnnxTensor> output;
  private final FloatBuffer outputValues;

  private OnnxRuntimeContender(Work work, Numbers operands) throws IOException {
    try {
      var environment = OrtEnvironment.getEnvironment();
      var options = new SessionOptions();
      options.setIntraOpNumThreads(work.threads());
      options.setInterOpNumThreads(1);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(OnnxModel.of(work, operands), options);
      var values = operands.read("input");
      var x = buffer(values.length).put(values).flip();
      outputValues = buffer(values.length);
      long steps = work.steps();
      long batch = work.batchSize();
      long hidden = work.hiddenSize();
      input =
          Map.of("X", OnnxTensor.createTensor(environment, x, new long[] {steps, batch, hidden}));
      output =
          Map.of(
              "Y",
              OnnxTensor.createTensor(
                  environment, outputValues, new long[] {steps, 1, batch, hidden}));
    } catch (OrtException e) {
      throw new IOException(e);
    }
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    Worker.serve(arguments, OnnxRuntimeContender::new);
  }

  private static FloatBuffer buffer(int size) {
    return ByteBuffer.allocateDirect(size * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public void check(Numbers results) throws IOException {
    iterate();
    var values = new float[outputValues.capacity()];
    outputValues.get(0, values);
    results.write("output", values);
  }

  @Override
  public void iterate() {
    try (var _ = session.run(input, output)) {
      // the output is in the given memory
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
