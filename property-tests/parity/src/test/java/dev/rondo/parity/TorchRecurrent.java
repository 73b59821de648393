package dev.rondo.parity;

import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.PackedSequence;
import org.bytedeco.pytorch.RNNImpl;
import org.bytedeco.pytorch.RNNOptions;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kReLU;

/// Recurrent stacks by PyTorch's own modules; where sequences have lengths, by way of
/// `pack_padded_sequence` with `enforce_sorted=False`.
final class TorchRecurrent {
  private final RecurrentCase shape;

  /// Null unless it is the kind of the case, as are the next two.
  private RNNImpl rnn;

  private GRUImpl gru;
  private LSTMImpl lstm;

  TorchRecurrent(RecurrentCase shape) {
    this.shape = shape;
    switch (shape.cell()) {
      case RNN_TANH, RNN_RELU -> rnn = rnn();
      case GRU -> gru = gru();
      case LSTM, LSTM_PROJECTED -> lstm = lstm();
    }
  }

  private RNNImpl rnn() {
    var options = new RNNOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    if (shape.cell() == RecurrentCase.Cell.RNN_RELU) {
      options.nonlinearity().put(new kReLU());
    }
    return new RNNImpl(options);
  }

  private GRUImpl gru() {
    var options = new GRUOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    return new GRUImpl(options);
  }

  private LSTMImpl lstm() {
    var options = new LSTMOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    if (shape.cell() == RecurrentCase.Cell.LSTM_PROJECTED) {
      options.proj_size().put(shape.stateSize());
    }
    return new LSTMImpl(options);
  }

  Module module() {
    if (rnn != null) {
      return rnn;
    }
    return gru != null ? gru : lstm;
  }

  /// What a stack gives.
  ///
  /// @param h the last ones, `[states, batchSize, stateSize]`
  /// @param c as h; null where there are none
  private record Result(Tensor output, Tensor h, Tensor c) {}

  static void record(RecurrentCase shape, TorchRun run) {
    var stack = new TorchRecurrent(shape);
    run.load("", stack.module());
    boolean cells = shape.cell().hasCellState();
    var result =
        stack.forward(run.input("x"), stack.state(run, "h"), cells ? stack.state(run, "c") : null);
    run.result("output", result.output);
    for (int i = 0; i < shape.states(); i++) {
      run.result("last h" + i, result.h.select(0, i));
      if (cells) {
        run.result("last c" + i, result.c.select(0, i));
      }
    }
  }

  private Tensor state(TorchRun run, String name) {
    var states = new TensorVector();
    for (int i = 0; i < shape.states(); i++) {
      states.push_back(run.input(name + i));
    }
    return torch.stack(states, 0);
  }

  /// The output from the state that PyTorch begins with where none is given.
  Tensor output(Tensor x) {
    if (shape.lengths().isEmpty()) {
      if (lstm != null) {
        return lstm.forward(x).get0();
      }
      return rnn != null ? rnn.forward(x).get0() : gru.forward(x).get0();
    }
    if (lstm != null) {
      return padded(lstm.forward_with_packed_input(packed(x)).get0());
    }
    return padded(
        rnn != null
            ? rnn.forward_with_packed_input(packed(x)).get0()
            : gru.forward_with_packed_input(packed(x)).get0());
  }

  private Result forward(Tensor x, Tensor h, Tensor c) {
    return shape.lengths().isEmpty() ? forwardWhole(x, h, c) : forwardPacked(packed(x), h, c);
  }

  private Result forwardWhole(Tensor x, Tensor h, Tensor c) {
    if (lstm != null) {
      var result = lstm.forward(x, new T_TensorTensor_T(h, c));
      return new Result(result.get0(), result.get1().get0(), result.get1().get1());
    }
    var result = rnn != null ? rnn.forward(x, h) : gru.forward(x, h);
    return new Result(result.get0(), result.get1(), null);
  }

  private Result forwardPacked(PackedSequence x, Tensor h, Tensor c) {
    if (lstm != null) {
      var result = lstm.forward_with_packed_input(x, new T_TensorTensor_T(h, c));
      return new Result(padded(result.get0()), result.get1().get0(), result.get1().get1());
    }
    var result =
        rnn != null ? rnn.forward_with_packed_input(x, h) : gru.forward_with_packed_input(x, h);
    return new Result(padded(result.get0()), result.get1(), null);
  }

  private PackedSequence packed(Tensor x) {
    var lengths = torch.zeros(new long[] {shape.batchSize()}, new TensorOptions(ScalarType.Long));
    for (int b = 0; b < shape.batchSize(); b++) {
      lengths.data_ptr_long().put(b, shape.lengths().get(b));
    }
    return torch.pack_padded_sequence(x, lengths, false, false);
  }

  private Tensor padded(PackedSequence packed) {
    return torch.pad_packed_sequence(packed, false, 0.0, new LongOptional(shape.steps())).get0();
  }
}
