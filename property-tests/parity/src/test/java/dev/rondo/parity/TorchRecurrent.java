package dev.rondo.parity;

import org.bytedeco.pytorch.GRUImpl;
import org.bytedeco.pytorch.GRUOptions;
import org.bytedeco.pytorch.LSTMImpl;
import org.bytedeco.pytorch.LSTMOptions;
import org.bytedeco.pytorch.LongOptional;
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
  private final TorchRun run;

  private TorchRecurrent(RecurrentCase shape, TorchRun run) {
    this.shape = shape;
    this.run = run;
  }

  static void record(RecurrentCase shape, TorchRun run) {
    new TorchRecurrent(shape, run).record();
  }

  private void record() {
    switch (shape.cell()) {
      case RNN_TANH, RNN_RELU -> rnn();
      case GRU -> gru();
      case LSTM, LSTM_PROJECTED -> lstm();
    }
  }

  private void rnn() {
    var options = new RNNOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    if (shape.cell() == RecurrentCase.Cell.RNN_RELU) {
      options.nonlinearity().put(new kReLU());
    }
    var module = new RNNImpl(options);
    run.load(module);
    if (shape.lengths().isEmpty()) {
      var result = module.forward(run.input("x"), state("h"));
      run.result("output", result.get0());
      last("h", result.get1());
    } else {
      var result = module.forward_with_packed_input(packed(), state("h"));
      run.result("output", padded(result.get0()));
      last("h", result.get1());
    }
  }

  private void gru() {
    var options = new GRUOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    var module = new GRUImpl(options);
    run.load(module);
    if (shape.lengths().isEmpty()) {
      var result = module.forward(run.input("x"), state("h"));
      run.result("output", result.get0());
      last("h", result.get1());
    } else {
      var result = module.forward_with_packed_input(packed(), state("h"));
      run.result("output", padded(result.get0()));
      last("h", result.get1());
    }
  }

  private void lstm() {
    var options = new LSTMOptions(shape.inputSize(), shape.hiddenSize());
    options.num_layers().put(shape.layers());
    options.bidirectional().put(shape.bidirectional());
    if (shape.cell() == RecurrentCase.Cell.LSTM_PROJECTED) {
      options.proj_size().put(shape.stateSize());
    }
    var module = new LSTMImpl(options);
    run.load(module);
    var initial = new T_TensorTensor_T(state("h"), state("c"));
    if (shape.lengths().isEmpty()) {
      var result = module.forward(run.input("x"), initial);
      run.result("output", result.get0());
      last("h", result.get1().get0());
      last("c", result.get1().get1());
    } else {
      var result = module.forward_with_packed_input(packed(), initial);
      run.result("output", padded(result.get0()));
      last("h", result.get1().get0());
      last("c", result.get1().get1());
    }
  }

  /// The states of all layers and directions, `[states, batchSize, columns]`.
  private Tensor state(String name) {
    var states = new TensorVector();
    for (int i = 0; i < shape.states(); i++) {
      states.push_back(run.input(name + i));
    }
    return torch.stack(states, 0);
  }

  private void last(String name, Tensor states) {
    for (int i = 0; i < shape.states(); i++) {
      run.result("last " + name + i, states.select(0, i));
    }
  }

  private PackedSequence packed() {
    var lengths = torch.zeros(new long[] {shape.batchSize()}, new TensorOptions(ScalarType.Long));
    for (int b = 0; b < shape.batchSize(); b++) {
      lengths.data_ptr_long().put(b, shape.lengths().get(b));
    }
    return torch.pack_padded_sequence(run.input("x"), lengths, false, false);
  }

  private Tensor padded(PackedSequence packed) {
    return torch.pad_packed_sequence(packed, false, 0.0, new LongOptional(shape.steps())).get0();
  }
}
