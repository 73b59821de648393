package dev.rondo.bench.stream;

import dev.rondo.autograd.Parameters;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingStack;
import dev.rondo.stream.StreamingState;
import dev.rondo.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rondo, written as its users write it. Everything lives until the process ends.
public final class RondoStream implements StreamContender {
  private final StreamingModel model;
  private final StreamingState state;
  private final MemorySegment input;
  private final MemorySegment output;

  private RondoStream(StreamCase stream, Numbers operands) throws IOException {
    this(stack(stream, operands), StreamingOptions.standard().weights(stream.weights()));
  }

  private RondoStream(StreamingStack stack, StreamingOptions options) {
    this(StreamingModel.compile(stack, options, Arena.global()));
  }

  /// A stream of this model.
  RondoStream(StreamingModel model) {
    this.model = model;
    var memory = Arena.global();
    state = model.newState(memory);
    input = memory.allocate((long) model.inputSize() * Float.BYTES, Tensor.BYTE_ALIGNMENT);
    output = memory.allocate((long) model.outputSize() * Float.BYTES, Tensor.BYTE_ALIGNMENT);
  }

  /// Started by [StreamBenchCommand].
  public static void main(String[] arguments) {
    StreamWorker.serve(arguments, RondoStream::new);
  }

  private static StreamingStack stack(StreamCase stream, Numbers operands) throws IOException {
    var parameters = new Parameters(Backend.best(), Arena.global());
    var random = new CounterRandom(1);
    int size = stream.hiddenSize();
    var cell = Cells.standard().parse(stream.cell().label());
    var options = RecurrentOptions.of(cell, size, size).layers(stream.layers());
    var layers = options.create(parameters.at("layer"), random);
    var stack = StreamingStack.ofDense(size).recurrent(layers);
    if (stream.outputSize() > 0) {
      stack =
          stack.linear(Linear.of(size, stream.outputSize()).create(parameters.at("head"), random));
    }
    for (var parameter : parameters.all()) {
      set(parameter.value(), operands.read(parameter.name()));
    }
    return stack;
  }

  static void set(Tensor target, float[] values) {
    for (int r = 0; r < target.rows(); r++) {
      MemorySegment.copy(
          values,
          r * target.columns(),
          target.segment(),
          ValueLayout.JAVA_FLOAT,
          target.byteOffset(r, 0),
          target.columns());
    }
  }

  @Override
  public void input(float[] values) {
    MemorySegment.copy(values, 0, input, ValueLayout.JAVA_FLOAT, 0, values.length);
  }

  @Override
  public void step() {
    model.step(input, state, output);
  }

  @Override
  public float[] output() {
    return output.toArray(ValueLayout.JAVA_FLOAT);
  }
}
