package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import java.util.List;
import java.util.Objects;

/// Parameters of a model that need other hyperparameters than the rest; PyTorch's `param_groups`.
///
///     var biases = parameters.all().stream().filter(p -> p.value().rank() == 1).toList();
///     var options = AdamW.options(2e-3);
///     var adam =
///         AdamW.of(parameters, options, List.of(new ParameterGroup<>(biases, options.weightDecay(0))));
///
/// A group's learning rate keeps its proportion to the optimizer's: when a schedule halves the one,
/// the other is halved too.
///
/// @param parameters its members
/// @param options all that holds for them, the learning rate too
/// @param <O> the optimizer's kind of options
public record ParameterGroup<O extends OptimizerOptions>(List<Parameter> parameters, O options) {
  /// Copies the list.
  public ParameterGroup {
    parameters = List.copyOf(parameters);
    Objects.requireNonNull(options, "options");
  }
}
