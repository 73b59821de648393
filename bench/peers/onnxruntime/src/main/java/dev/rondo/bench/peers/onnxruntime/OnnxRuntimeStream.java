package dev.rondo.bench.peers.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.stream.StreamCase;
import dev.rondo.bench.stream.StreamContender;
import dev.rondo.bench.stream.StreamWorker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/// A stream in ONNX Runtime: a graph of one step. All tensors lie in memory that is given once. A
/// state has two buffers; a step reads one and writes the other, so that nothing is copied.
public final class OnnxRuntimeStream implements StreamContender {
  private final StreamCase stream;
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final FloatBuffer x;
  private final FloatBuffer[] y = new FloatBuffer[2];

  /// Inputs and outputs of even steps, and of odd ones.
  private final Map<String, OnnxTensor> evenInputs = new HashMap<>();

  private final Map<String, OnnxTensor> evenOutputs = new HashMap<>();
  private final Map<String, OnnxTensor> oddInputs = new HashMap<>();
  private final Map<String, OnnxTensor> oddOutputs = new HashMap<>();
  private boolean odd;

  private OnnxRuntimeStream(StreamCase stream, Numbers operands) throws IOException {
    this(stream, OnnxModel.step(stream, operands));
  }

  /// A stream of the model of [OnnxModel#step].
  OnnxRuntimeStream(StreamCase stream, byte[] model) throws IOException {
    this.stream = stream;
    try {
      session = environment.createSession(model, options());
      x = buffer(stream.hiddenSize());
      var input = tensor(x);
      evenInputs.put("X", input);
      oddInputs.put("X", input);
      for (int layer = 0; layer < stream.layers(); layer++) {
        state("h" + layer, "nextH" + layer);
        if (stream.cell() == Work.Cell.LSTM) {
          state("c" + layer, "nextC" + layer);
        }
      }
      if (stream.outputSize() > 0) {
        y[0] = buffer(stream.outputSize());
        y[1] = y[0];
        var output = tensor(y[0]);
        evenOutputs.put("Y", output);
        oddOutputs.put("Y", output);
      }
    } catch (OrtException e) {
      throw new IOException(e);
    }
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    StreamWorker.serve(arguments, OnnxRuntimeStream::new);
  }

  private static SessionOptions options() throws OrtException {
    var options = new SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
    options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
    return options;
  }

  /// Allocates two buffers of a state. The second buffer of the last state is the output of even
  /// steps, unless there is a dense layer.
  private void state(String before, String after) throws OrtException {
    var firstValues = buffer(stream.hiddenSize());
    var secondValues = buffer(stream.hiddenSize());
    var first = tensor(firstValues);
    var second = tensor(secondValues);
    evenInputs.put(before, first);
    evenOutputs.put(after, second);
    oddInputs.put(before, second);
    oddOutputs.put(after, first);
    if (before.startsWith("h")) {
      y[0] = secondValues;
      y[1] = firstValues;
    }
  }

  private static FloatBuffer buffer(int size) {
    return ByteBuffer.allocateDirect(size * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private OnnxTensor tensor(FloatBuffer values) throws OrtException {
    return OnnxTensor.createTensor(environment, values, new long[] {1, 1, values.capacity()});
  }

  @Override
  public void input(float[] values) {
    x.put(0, values);
  }

  @Override
  public void step() {
    try (var _ = session.run(odd ? oddInputs : evenInputs, odd ? oddOutputs : evenOutputs)) {
      odd = !odd;
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public float[] output() {
    var values = new float[stream.stepOutputs()];
    y[odd ? 0 : 1].get(0, values);
    return values;
  }
}
