package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import java.util.List;
import java.util.Objects;

/// Parameters of a model that need other hyperparameters than the rest, or another algorithm;
/// PyTorch's `param_groups`.
///
///     var biases = parameters.all().stream().filter(p -> p.value().rank() == 1).toList();
///     var adam = AdamW.of(2e-3);
///     var optimizer =
///         Optimizer.of(parameters, adam, List.of(new ParameterGroup(biases, adam.weightDecay(0))));
///
/// A group's learning rate keeps its ratio to the optimizer's: if a schedule halves one, the other
/// is halved too.
///
/// @param parameters parameters of the group
/// @param algorithm algorithm for these parameters, including the learning rate
public record ParameterGroup(List<Parameter> parameters, Algorithm algorithm) {
  /// Copies the list.
  public ParameterGroup {
    parameters = List.copyOf(parameters);
    Objects.requireNonNull(algorithm, "algorithm");
  }
}
