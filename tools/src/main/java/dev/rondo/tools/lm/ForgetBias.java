package dev.rondo.tools.lm;

import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.LstmGate;

/// Opens the forget gates of a new LSTM, so that it has a memory from the start.
///
/// Source: R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent network
/// architectures", 2015.
final class ForgetBias {
  private ForgetBias() {}

  /// Sets `bias_ih` of the forget gates to `value` and `bias_hh` to 0, in every layer.
  static void set(SequenceModel model, double value) {
    int hiddenSize = model.architecture().hiddenSize();
    int from = LstmGate.FORGET.firstRow(hiddenSize);
    for (int layer = 0; layer < model.architecture().layers(); layer++) {
      var input = model.parameters().get("recurrent.bias_ih_l" + layer).value();
      var hidden = model.parameters().get("recurrent.bias_hh_l" + layer).value();
      for (int unit = 0; unit < hiddenSize; unit++) {
        input.set(0, from + unit, value);
        hidden.set(0, from + unit, 0);
      }
    }
  }
}
