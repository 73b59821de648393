package dev.rondo.parity;

import static dev.rondo.parity.OptimizerCase.ACCUMULATOR;
import static dev.rondo.parity.OptimizerCase.ALPHA;
import static dev.rondo.parity.OptimizerCase.BETA1;
import static dev.rondo.parity.OptimizerCase.BETA2;
import static dev.rondo.parity.OptimizerCase.DAMPENING;
import static dev.rondo.parity.OptimizerCase.EPSILON;
import static dev.rondo.parity.OptimizerCase.MOMENTUM;
import static dev.rondo.parity.OptimizerCase.RATE;
import static dev.rondo.parity.OptimizerCase.RATE_DECAY;
import static dev.rondo.parity.OptimizerCase.WEIGHT_DECAY;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Adagrad;
import org.bytedeco.pytorch.AdagradOptions;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.OptimizerParamGroupVector;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.TensorVector;

/// The optimizers that PyTorch's C++ frontend has.
final class TorchOptimizers {
  /// β₂ unless another is set.
  private static final double DEFAULT_BETA2 = 0.999;

  private TorchOptimizers() {}

  /// PyTorch's own optimizer, or null if its C++ frontend has none.
  static Optimizer of(OptimizerCase.Rule rule, TensorVector parameters) {
    return switch (rule) {
      case SGD, SGD_WEIGHT_DECAY, SGD_MOMENTUM, SGD_DAMPENED, SGD_NESTEROV ->
          new SGD(parameters, sgd(rule));
      case ADAM, ADAM_WEIGHT_DECAY, ADAM_AMSGRAD -> new Adam(parameters, adam(rule));
      case ADAMW_GROUPS -> {
        var other = new AdamWOptions(OptimizerCase.OTHER_RATE);
        other.weight_decay().put(0);
        var groups =
            new OptimizerParamGroupVector(
                new OptimizerParamGroup(new TensorVector(parameters.get(0))),
                new OptimizerParamGroup(new TensorVector(parameters.get(1)), other));
        yield new AdamW(groups, adamW(rule));
      }
      case ADAMW, ADAMW_AMSGRAD -> new AdamW(parameters, adamW(rule));
      case ADAGRAD, ADAGRAD_DECAYING -> new Adagrad(parameters, adagrad(rule));
      case RMSPROP, RMSPROP_MOMENTUM, RMSPROP_CENTRED -> new RMSprop(parameters, rmsProp(rule));
      case NADAM,
          NADAM_WEIGHT_DECAY,
          NADAM_DECOUPLED,
          RADAM,
          RADAM_WEIGHT_DECAY,
          RADAM_DECOUPLED,
          ADADELTA,
          ADADELTA_WEIGHT_DECAY ->
          null;
    };
  }

  private static SGDOptions sgd(OptimizerCase.Rule rule) {
    var options = new SGDOptions(RATE);
    switch (rule) {
      case SGD_WEIGHT_DECAY -> options.weight_decay().put(WEIGHT_DECAY);
      case SGD_MOMENTUM -> {
        options.momentum().put(MOMENTUM);
        options.weight_decay().put(WEIGHT_DECAY);
      }
      case SGD_DAMPENED -> {
        options.momentum().put(MOMENTUM);
        options.dampening().put(DAMPENING);
      }
      case SGD_NESTEROV -> {
        options.momentum().put(MOMENTUM);
        options.nesterov().put(true);
        options.weight_decay().put(WEIGHT_DECAY);
      }
      default -> {}
    }
    return options;
  }

  private static AdamOptions adam(OptimizerCase.Rule rule) {
    var options = new AdamOptions(RATE);
    if (rule == OptimizerCase.Rule.ADAM_WEIGHT_DECAY) {
      setBetas(options.betas());
      options.eps().put(EPSILON);
      options.weight_decay().put(WEIGHT_DECAY);
    }
    if (rule == OptimizerCase.Rule.ADAM_AMSGRAD) {
      setBetas(options.betas());
      options.amsgrad().put(true);
    }
    return options;
  }

  private static AdamWOptions adamW(OptimizerCase.Rule rule) {
    var options = new AdamWOptions(RATE);
    if (rule == OptimizerCase.Rule.ADAMW_AMSGRAD) {
      setBetas(options.betas());
      options.weight_decay().put(WEIGHT_DECAY);
      options.amsgrad().put(true);
    }
    return options;
  }

  /// A C++ library may lay out a pair in either order: the defaults say which.
  private static void setBetas(DoublePointer betas) {
    int second = betas.get(0) == DEFAULT_BETA2 ? 0 : 1;
    if (betas.get(second) != DEFAULT_BETA2) {
      throw new IllegalStateException("no beta is " + DEFAULT_BETA2);
    }
    betas.put(second, BETA2);
    betas.put(1 - second, BETA1);
  }

  private static AdagradOptions adagrad(OptimizerCase.Rule rule) {
    var options = new AdagradOptions(RATE);
    if (rule == OptimizerCase.Rule.ADAGRAD_DECAYING) {
      options.lr_decay().put(RATE_DECAY);
      options.weight_decay().put(WEIGHT_DECAY);
      options.initial_accumulator_value().put(ACCUMULATOR);
      options.eps().put(EPSILON);
    }
    return options;
  }

  private static RMSpropOptions rmsProp(OptimizerCase.Rule rule) {
    var options = new RMSpropOptions(RATE);
    if (rule != OptimizerCase.Rule.RMSPROP) {
      options.alpha().put(ALPHA);
      options.eps().put(EPSILON);
    }
    if (rule == OptimizerCase.Rule.RMSPROP_MOMENTUM) {
      options.momentum().put(MOMENTUM);
      options.weight_decay().put(WEIGHT_DECAY);
    }
    if (rule == OptimizerCase.Rule.RMSPROP_CENTRED) {
      options.centered().put(true);
    }
    return options;
  }
}
