package dev.rondo.bench.peers.pytorch;

import dev.rondo.bench.peers.Contender;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.Worker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// LibTorch's own modules through its Java bindings, as a Python program would call them. Its LSTM
/// runs on oneDNN.
public final class PyTorchContender implements Contender {
  private final Work work;
  private final TensorVector parameters = new TensorVector();
  private final List<String> names;
  private final UnaryOperator<Tensor> layer;
  private final Adam adam;
  private final Tensor input;

  /// Null unless the work is a character model, like the other parts of it.
  private EmbeddingImpl embedding;

  private LinearImpl head;
  private Tensor targets;

  /// Null unless one layer is trained.
  private Tensor upstream;

  /// Modules, kept reachable.
  private final List<Module> modules = new ArrayList<>();

  private PyTorchContender(Work work, Numbers operands) throws IOException {
    this.work = work;
    torch.set_num_threads(work.threads());
    torch.set_num_interop_threads(1);
    long steps = work.steps();
    long batch = work.batchSize();
    long size = work.hiddenSize();
    if (work.kind() == Work.Kind.CHARLM) {
      embedding = own(new EmbeddingImpl(Work.SYMBOLS, size));
      layer = layer();
      head = own(new LinearImpl(size, Work.SYMBOLS));
      input = tokens(operands.readTokens("input"), steps, batch);
      targets = tokens(operands.readTokens("targets"), steps * batch);
    } else {
      layer = layer();
      input = tensor(operands.read("input"), steps, batch, size);
    }
    if (work.kind() == Work.Kind.TRAIN) {
      upstream = tensor(operands.read("upstream"), steps, batch, size);
    }
    names = List.copyOf(work.parameters().keySet());
    if (names.size() != parameters.size()) {
      throw new IllegalStateException(
          "there are %d parameters, expected %s".formatted(parameters.size(), names));
    }
    for (int i = 0; i < names.size(); i++) {
      var values = operands.read(names.get(i));
      parameters.get(i).data_ptr_float().put(values, 0, values.length);
    }
    adam = new Adam(parameters, new AdamOptions(Work.LEARNING_RATE));
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    Worker.serve(arguments, PyTorchContender::new);
  }

  private <M extends Module> M own(M module) {
    modules.add(module);
    var its = module.parameters();
    for (long i = 0; i < its.size(); i++) {
      parameters.push_back(its.get(i));
    }
    return module;
  }

  private UnaryOperator<Tensor> layer() {
    long size = work.hiddenSize();
    return switch (work.cell()) {
      case LSTM -> {
        var options = new LSTMOptions(size, size);
        options.num_layers().put(work.layers());
        var lstm = own(new LSTMImpl(options));
        yield x -> lstm.forward(x).get0();
      }
      case GRU -> {
        var options = new GRUOptions(size, size);
        options.num_layers().put(work.layers());
        var gru = own(new GRUImpl(options));
        yield x -> gru.forward(x).get0();
      }
      case RNN -> {
        var options = new RNNOptions(size, size);
        options.num_layers().put(work.layers());
        var rnn = own(new RNNImpl(options));
        yield x -> rnn.forward(x).get0();
      }
    };
  }

  private static Tensor tensor(float[] values, long... shape) {
    var result = torch.zeros(shape);
    result.data_ptr_float().put(values, 0, values.length);
    return result;
  }

  private static Tensor tokens(int[] values, long... shape) {
    var result = torch.zeros(shape, new TensorOptions(ScalarType.Long));
    var data = result.data_ptr_long();
    for (int i = 0; i < values.length; i++) {
      data.put(i, values[i]);
    }
    return result;
  }

  private static float[] values(Tensor source) {
    var contiguous = source.contiguous();
    var values = new float[Math.toIntExact(contiguous.numel())];
    contiguous.data_ptr_float().get(values, 0, values.length);
    return values;
  }

  @Override
  public void check(Numbers results) throws IOException {
    try (var _ = new PointerScope();
        var _ = new NoGradGuard()) {
      results.write("output", values(forward()));
    }
    if (!work.trains()) {
      return;
    }
    for (int step = 0; step < Work.CHECKED_STEPS; step++) {
      try (var _ = new PointerScope()) {
        differentiate();
        if (step == 0) {
          for (int i = 0; i < names.size(); i++) {
            results.write("gradient." + names.get(i), values(parameters.get(i).grad()));
          }
        }
        update();
      }
    }
    for (int i = 0; i < names.size(); i++) {
      results.write("after." + names.get(i), values(parameters.get(i)));
    }
  }

  @Override
  public void iterate() {
    if (work.trains()) {
      try (var _ = new PointerScope()) {
        differentiate();
        update();
      }
    } else {
      try (var _ = new PointerScope();
          var _ = new NoGradGuard()) {
        forward();
      }
    }
  }

  private Tensor forward() {
    if (work.kind() != Work.Kind.CHARLM) {
      return layer.apply(input);
    }
    var output = layer.apply(embedding.forward(input));
    var logits = head.forward(output).view((long) work.steps() * work.batchSize(), Work.SYMBOLS);
    return torch.cross_entropy_loss(logits, targets);
  }

  private void differentiate() {
    adam.zero_grad();
    var result = forward();
    if (upstream == null) {
      result.backward();
    } else {
      result.backward(upstream, new BoolOptional(), false, new TensorArrayRefOptional());
    }
  }

  private void update() {
    torch.clip_grad_norm_(parameters, work.largestNorm());
    adam.step();
  }
}
