package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates.AdamStep;
import dev.rondo.tensor.Tensor;
import java.util.Map;

/// One parameter with the moments that [Adam], [AdamW] and [RAdam] keep for it.
final class AdamUpdate extends ParameterUpdate {
  private final AdamFormula formula;
  private final Tensor mean;
  private final Tensor variance;
  private final Tensor largest;
  private final Tensor count;
  private AdamStep step;

  AdamUpdate(Parameter parameter, Parameters store, AdamFormula formula, boolean amsgrad) {
    super(parameter, store);
    this.formula = formula;
    this.mean = newState();
    this.variance = newState();
    this.largest = amsgrad ? newState() : null;
    this.count = newNumber();
  }

  @Override
  void prepare(double learningRate) {
    step = formula.at(advance(count), learningRate);
  }

  @Override
  public void run(int from, int size) {
    var w = slice(value, from, size);
    var g = slice(gradient, from, size);
    var m = slice(mean, from, size);
    var v = slice(variance, from, size);
    if (largest == null) {
      kernels.adam(w, g, m, v, step);
    } else {
      kernels.amsgrad(w, g, m, v, slice(largest, from, size), step);
    }
  }

  @Override
  void addState(String name, Map<String, Tensor> state) {
    state.put(name + ".exp_avg", mean);
    state.put(name + ".exp_avg_sq", variance);
    if (largest != null) {
      state.put(name + ".max_exp_avg_sq", largest);
    }
    state.put(name + ".step", count);
  }
}
