package dev.rondo.bench.peers.pytorch;

import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.stream.StreamCase;
import dev.rondo.bench.stream.StreamContender;
import dev.rondo.bench.stream.StreamWorker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A stream in LibTorch's own modules, through its Java bindings: a sequence of one step from the
/// state of the one before. Gradients are off, there is one thread.
public final class PyTorchStream implements StreamContender {
  /// One step of the layers.
  private interface Layers {
    /// Reads and replaces the states; the result is h of the top layer.
    Tensor step(Tensor x);
  }

  private final StreamCase stream;
  private final TensorVector parameters = new TensorVector();

  /// Modules, which are to stay reachable.
  private final List<Module> modules = new ArrayList<>();

  /// Kept, as its destructor would turn gradients on again.
  @SuppressWarnings("UnusedVariable")
  private final NoGradGuard noGradients = new NoGradGuard();

  private final Layers layers;

  /// Null if the output is h.
  private final LinearImpl head;

  private final Tensor x;
  private Tensor h;

  /// Null unless the cell is an LSTM's.
  private Tensor c;

  private Tensor output;

  private PyTorchStream(StreamCase stream, Numbers operands) throws IOException {
    this.stream = stream;
    torch.set_num_threads(1);
    torch.set_num_interop_threads(1);
    long size = stream.hiddenSize();
    layers = layers();
    head = stream.outputSize() > 0 ? own(new LinearImpl(size, stream.outputSize())) : null;
    x = torch.zeros(1, 1, size);
    h = torch.zeros(stream.layers(), 1, size);
    c = torch.zeros(stream.layers(), 1, size);
    output = torch.zeros(1);
    var names = List.copyOf(stream.parameters().keySet());
    if (names.size() != parameters.size()) {
      throw new IllegalStateException(
          "there are %d parameters, expected %s".formatted(parameters.size(), names));
    }
    for (int i = 0; i < names.size(); i++) {
      var values = operands.read(names.get(i));
      parameters.get(i).data_ptr_float().put(values, 0, values.length);
    }
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    StreamWorker.serve(arguments, PyTorchStream::new);
  }

  private <M extends Module> M own(M module) {
    modules.add(module);
    var its = module.parameters();
    for (long i = 0; i < its.size(); i++) {
      parameters.push_back(its.get(i));
    }
    return module;
  }

  private Layers layers() {
    long size = stream.hiddenSize();
    return switch (stream.cell()) {
      case LSTM -> {
        var options = new LSTMOptions(size, size);
        options.num_layers().put(stream.layers());
        var lstm = own(new LSTMImpl(options));
        yield input -> {
          var run = lstm.forward(input, new T_TensorTensor_T(h, c));
          var state = run.get1();
          h = replace(h, state.get0());
          c = replace(c, state.get1());
          return run.get0();
        };
      }
      case GRU -> {
        var options = new GRUOptions(size, size);
        options.num_layers().put(stream.layers());
        var gru = own(new GRUImpl(options));
        yield input -> {
          var run = gru.forward(input, h);
          h = replace(h, run.get1());
          return run.get0();
        };
      }
      case RNN -> {
        var options = new RNNOptions(size, size);
        options.num_layers().put(stream.layers());
        var rnn = own(new RNNImpl(options));
        yield input -> {
          var run = rnn.forward(input, h);
          h = replace(h, run.get1());
          return run.get0();
        };
      }
    };
  }

  /// Frees the old value, and keeps the new one, which may be a part of a tuple, beyond the scope
  /// that it was made in.
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
      var top = layers.step(x);
      output = replace(output, head == null ? top : head.forward(top));
    }
  }

  @Override
  public float[] output() {
    var values = new float[stream.stepOutputs()];
    output.contiguous().data_ptr_float().get(values, 0, values.length);
    return values;
  }
}
