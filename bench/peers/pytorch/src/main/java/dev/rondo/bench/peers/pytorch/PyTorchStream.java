package dev.rondo.bench.peers.pytorch;

import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.stream.StreamCase;
import dev.rondo.bench.stream.StreamContender;
import dev.rondo.bench.stream.StreamWorker;
import java.io.IOException;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A stream in LibTorch's own cells, through its Java bindings. A sequence of one step through its
/// layers takes several times as long. There are no gradients and one thread.
public final class PyTorchStream implements StreamContender {
  /// Parameters of one layer.
  private record Layer(
      Tensor weightIh, Tensor weightHh, TensorOptional biasIh, TensorOptional biasHh) {}

  private final StreamCase stream;

  /// Kept, because its destructor would enable gradients again.
  @SuppressWarnings("UnusedVariable")
  private final NoGradGuard noGradients = new NoGradGuard();

  private final Layer[] layers;

  /// Null if the output is h.
  private final Tensor headWeight;

  private final TensorOptional headBias;
  private final Tensor x;
  private final Tensor[] h;

  /// Zeros unless the cell is an LSTM.
  private final Tensor[] c;

  private Tensor output = torch.zeros(1);

  private PyTorchStream(StreamCase stream, Numbers operands) throws IOException {
    this.stream = stream;
    torch.set_num_threads(1);
    torch.set_num_interop_threads(1);
    int size = stream.hiddenSize();
    int rows = stream.cell().gates() * size;
    layers = new Layer[stream.layers()];
    h = new Tensor[layers.length];
    c = new Tensor[layers.length];
    for (int i = 0; i < layers.length; i++) {
      layers[i] =
          new Layer(
              tensor(operands.read("layer.weight_ih_l" + i), rows, size),
              tensor(operands.read("layer.weight_hh_l" + i), rows, size),
              new TensorOptional(tensor(operands.read("layer.bias_ih_l" + i), rows)),
              new TensorOptional(tensor(operands.read("layer.bias_hh_l" + i), rows)));
      h[i] = torch.zeros(1, size);
      c[i] = torch.zeros(1, size);
    }
    boolean dense = stream.outputSize() > 0;
    headWeight = dense ? tensor(operands.read("head.weight"), stream.outputSize(), size) : null;
    headBias =
        dense ? new TensorOptional(tensor(operands.read("head.bias"), stream.outputSize())) : null;
    x = torch.zeros(1, size);
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    StreamWorker.serve(arguments, PyTorchStream::new);
  }

  private static Tensor tensor(float[] values, long... shape) {
    var result = torch.zeros(shape);
    result.data_ptr_float().put(values, 0, values.length);
    return result;
  }

  /// Frees the old value and keeps the new one, which may be part of a tuple, beyond the scope in
  /// which it was made.
  private static Tensor replace(Tensor old, Tensor next) {
    old.releaseReference();
    var own = new Tensor(next);
    own.retainReference();
    return own;
  }

  @Override
  public void input(float[] values) {
    x.data_ptr_float().put(values, 0, values.length);
  }

  @Override
  public void step() {
    try (var _ = new PointerScope()) {
      Tensor input = x;
      for (int i = 0; i < layers.length; i++) {
        step(i, input);
        input = h[i];
      }
      output =
          replace(output, headWeight == null ? input : torch.linear(input, headWeight, headBias));
    }
  }

  private void step(int i, Tensor input) {
    var p = layers[i];
    switch (stream.cell()) {
      case LSTM -> {
        var state = new TensorVector(h[i], c[i]);
        var next = torch.lstm_cell(input, state, p.weightIh, p.weightHh, p.biasIh, p.biasHh);
        h[i] = replace(h[i], next.get0());
        c[i] = replace(c[i], next.get1());
      }
      case GRU ->
          h[i] =
              replace(
                  h[i], torch.gru_cell(input, h[i], p.weightIh, p.weightHh, p.biasIh, p.biasHh));
      case RNN ->
          h[i] =
              replace(
                  h[i],
                  torch.rnn_tanh_cell(input, h[i], p.weightIh, p.weightHh, p.biasIh, p.biasHh));
    }
  }

  @Override
  public float[] output() {
    var values = new float[stream.stepOutputs()];
    output.contiguous().data_ptr_float().get(values, 0, values.length);
    return values;
  }
}
