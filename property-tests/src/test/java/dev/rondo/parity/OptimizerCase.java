package dev.rondo.parity;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.optim.Adadelta;
import dev.rondo.optim.Adagrad;
import dev.rondo.optim.Adam;
import dev.rondo.optim.AdamW;
import dev.rondo.optim.NAdam;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.ParameterGroup;
import dev.rondo.optim.RAdam;
import dev.rondo.optim.RmsProp;
import dev.rondo.optim.Sgd;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Ten steps of an optimizer with given gradients: the parameters after each.
record OptimizerCase(Rule rule, int rows, int columns, long seed) implements ParityCase {
  static final int STEPS = 10;

  /// An optimizer with its hyperparameters, the same numbers on both sides: every rule with
  /// PyTorch's defaults, and each option at least once.
  enum Rule {
    SGD,
    SGD_WEIGHT_DECAY,
    SGD_MOMENTUM,
    SGD_DAMPENED,
    SGD_NESTEROV,
    ADAM,
    ADAM_WEIGHT_DECAY,
    ADAM_AMSGRAD,
    ADAMW,
    ADAMW_AMSGRAD,
    ADAMW_GROUPS,
    ADAGRAD,
    ADAGRAD_DECAYING,
    RMSPROP,
    RMSPROP_MOMENTUM,
    RMSPROP_CENTRED,
    NADAM,
    NADAM_WEIGHT_DECAY,
    NADAM_DECOUPLED,
    RADAM,
    RADAM_WEIGHT_DECAY,
    RADAM_DECOUPLED,
    ADADELTA,
    ADADELTA_WEIGHT_DECAY
  }

  /// Large steps, so that what is wrong with them is seen in the values.
  static final double RATE = 0.05;

  /// That of a second group.
  static final double OTHER_RATE = 0.02;

  static final double WEIGHT_DECAY = 0.1;
  static final double MOMENTUM = 0.8;
  static final double DAMPENING = 0.3;
  static final double BETA1 = 0.8;
  static final double BETA2 = 0.95;
  static final double EPSILON = 1e-3;
  static final double ALPHA = 0.9;
  static final double RATE_DECAY = 0.1;
  static final double ACCUMULATOR = 0.5;
  static final double MOMENTUM_DECAY = 0.05;

  /// Adadelta's own default, its steps being small.
  static final double ADADELTA_RATE = 1;

  static final double RHO = 0.8;

  @Override
  public String operation() {
    return rule.name().toLowerCase(Locale.ROOT).replaceFirst("_", ", ").replace('_', ' ');
  }

  @Override
  public Operands operands() {
    return Training.operands(seed, rows, columns, STEPS);
  }

  @Override
  public Map<String, Numbers> onEngine(Backend backend, Operands operands) {
    try (var training = new Training(backend, operands)) {
      var optimizer = optimizer(training.parameters());
      return training.run(STEPS, _ -> optimizer.step());
    }
  }

  private Optimizer optimizer(Parameters parameters) {
    return switch (rule) {
      case SGD -> Optimizer.of(parameters, Sgd.of(RATE));
      case SGD_WEIGHT_DECAY -> Optimizer.of(parameters, Sgd.of(RATE).weightDecay(WEIGHT_DECAY));
      case SGD_MOMENTUM ->
          Optimizer.of(parameters, Sgd.of(RATE).momentum(MOMENTUM).weightDecay(WEIGHT_DECAY));
      case SGD_DAMPENED ->
          Optimizer.of(parameters, Sgd.of(RATE).momentum(MOMENTUM).dampening(DAMPENING));
      case SGD_NESTEROV ->
          Optimizer.of(
              parameters, Sgd.of(RATE).momentum(MOMENTUM).nesterov(true).weightDecay(WEIGHT_DECAY));
      case ADAM -> Optimizer.of(parameters, Adam.of(RATE));
      case ADAM_WEIGHT_DECAY ->
          Optimizer.of(
              parameters,
              Adam.of(RATE).beta1(BETA1).beta2(BETA2).epsilon(EPSILON).weightDecay(WEIGHT_DECAY));
      case ADAM_AMSGRAD ->
          Optimizer.of(parameters, Adam.of(RATE).beta1(BETA1).beta2(BETA2).amsgrad(true));
      case ADAMW -> Optimizer.of(parameters, AdamW.of(RATE));
      case ADAMW_AMSGRAD ->
          Optimizer.of(
              parameters,
              AdamW.of(RATE).beta1(BETA1).beta2(BETA2).weightDecay(WEIGHT_DECAY).amsgrad(true));
      case ADAMW_GROUPS -> {
        var options = AdamW.of(RATE);
        var other = options.learningRate(OTHER_RATE).weightDecay(0);
        var group = new ParameterGroup(List.of(parameters.get("b")), other);
        yield Optimizer.of(parameters, options, List.of(group));
      }
      case ADAGRAD -> Optimizer.of(parameters, Adagrad.of(RATE));
      case ADAGRAD_DECAYING ->
          Optimizer.of(
              parameters,
              Adagrad.of(RATE)
                  .learningRateDecay(RATE_DECAY)
                  .weightDecay(WEIGHT_DECAY)
                  .initialAccumulator(ACCUMULATOR)
                  .epsilon(EPSILON));
      case RMSPROP -> Optimizer.of(parameters, RmsProp.of(RATE));
      case RMSPROP_MOMENTUM ->
          Optimizer.of(
              parameters,
              RmsProp.of(RATE)
                  .alpha(ALPHA)
                  .epsilon(EPSILON)
                  .momentum(MOMENTUM)
                  .weightDecay(WEIGHT_DECAY));
      case RMSPROP_CENTRED ->
          Optimizer.of(parameters, RmsProp.of(RATE).alpha(ALPHA).epsilon(EPSILON).centred(true));
      case NADAM -> Optimizer.of(parameters, NAdam.of(RATE));
      case NADAM_WEIGHT_DECAY ->
          Optimizer.of(
              parameters,
              NAdam.of(RATE)
                  .beta1(BETA1)
                  .beta2(BETA2)
                  .epsilon(EPSILON)
                  .momentumDecay(MOMENTUM_DECAY)
                  .weightDecay(WEIGHT_DECAY));
      case NADAM_DECOUPLED ->
          Optimizer.of(parameters, NAdam.of(RATE).weightDecay(WEIGHT_DECAY).decoupled(true));
      case RADAM -> Optimizer.of(parameters, RAdam.of(RATE));
      case RADAM_WEIGHT_DECAY ->
          Optimizer.of(
              parameters,
              RAdam.of(RATE).beta1(BETA1).beta2(BETA2).epsilon(EPSILON).weightDecay(WEIGHT_DECAY));
      case RADAM_DECOUPLED ->
          Optimizer.of(parameters, RAdam.of(RATE).weightDecay(WEIGHT_DECAY).decoupled(true));
      case ADADELTA -> Optimizer.of(parameters, Adadelta.of(ADADELTA_RATE));
      case ADADELTA_WEIGHT_DECAY ->
          Optimizer.of(
              parameters, Adadelta.of(RATE).rho(RHO).epsilon(EPSILON).weightDecay(WEIGHT_DECAY));
    };
  }
}
