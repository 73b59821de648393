package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Updates;
import dev.rondo.kernel.Updates.AdamStep;
import dev.rondo.tensor.Tensor;
import java.util.Map;

/// One parameter with the moments that [Adam] and [AdamW] keep for it.
final class AdamUpdate extends ParameterUpdate {
  private final Updates kernels;
  private final AdamFormula formula;
  private final Tensor mean;
  private final Tensor variance;
  private final Tensor steps;
  private AdamStep step;

  AdamUpdate(Parameter parameter, Parameters store, AdamFormula formula) {
    super(parameter);
    this.kernels = store.backend().updates();
    this.formula = formula;
    this.mean = Tensor.allocate(store.arena(), value.type(), value.shape());
    this.variance = Tensor.allocate(store.arena(), value.type(), value.shape());
    this.steps = newCount(store.arena());
  }

  @Override
  void prepare(double learningRate) {
    step = formula.at(advance(steps), learningRate);
  }

  @Override
  public void run(int from, int size) {
    kernels.adam(
        slice(value, from, size),
        slice(gradient, from, size),
        slice(mean, from, size),
        slice(variance, from, size),
        step);
  }

  @Override
  void addState(String name, Map<String, Tensor> state) {
    state.put(name + ".mean", mean);
    state.put(name + ".variance", variance);
    state.put(name + ".steps", steps);
  }
}
