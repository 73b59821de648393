package dev.rondo.parity;

import static dev.rondo.parity.OptimizerCase.BETA1;
import static dev.rondo.parity.OptimizerCase.BETA2;
import static dev.rondo.parity.OptimizerCase.EPSILON;
import static dev.rondo.parity.OptimizerCase.MOMENTUM_DECAY;
import static dev.rondo.parity.OptimizerCase.RATE;
import static dev.rondo.parity.OptimizerCase.WEIGHT_DECAY;
import static dev.rondo.parity.TorchRun.scalar;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// An optimizer that PyTorch has in Python only, for one parameter: the algorithm of its
/// documentation, line by line, on PyTorch's tensors.
abstract sealed class DocumentedOptimizer {
  final Tensor value;

  private DocumentedOptimizer(Tensor value) {
    this.value = value;
  }

  static DocumentedOptimizer of(OptimizerCase.Rule rule, Tensor value) {
    return switch (rule) {
      case NADAM -> new NAdam(value, new Moments(0.9, 0.999, 1e-8, 0, false), 4e-3);
      case NADAM_WEIGHT_DECAY ->
          new NAdam(value, new Moments(BETA1, BETA2, EPSILON, WEIGHT_DECAY, false), MOMENTUM_DECAY);
      case NADAM_DECOUPLED ->
          new NAdam(value, new Moments(0.9, 0.999, 1e-8, WEIGHT_DECAY, true), 4e-3);
      case RADAM -> new RAdam(value, new Moments(0.9, 0.999, 1e-8, 0, false));
      case RADAM_WEIGHT_DECAY ->
          new RAdam(value, new Moments(BETA1, BETA2, EPSILON, WEIGHT_DECAY, false));
      case RADAM_DECOUPLED -> new RAdam(value, new Moments(0.9, 0.999, 1e-8, WEIGHT_DECAY, true));
      case ADADELTA -> new Adadelta(value, OptimizerCase.ADADELTA_RATE, 0.9, 1e-6, 0);
      case ADADELTA_WEIGHT_DECAY ->
          new Adadelta(value, RATE, OptimizerCase.RHO, EPSILON, WEIGHT_DECAY);
      default -> throw new IllegalArgumentException("PyTorch has its own " + rule);
    };
  }

  /// Step `t`, the first of which is 1, along the value's gradient.
  abstract void step(int t);

  /// Hyperparameters that NAdam and RAdam have in common.
  private record Moments(
      double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled) {
    /// The gradient with its weight decay, or the value shrunk by it.
    Tensor gradient(Tensor value) {
      var gradient = value.grad().clone();
      if (weightDecay == 0) {
        return gradient;
      }
      if (decoupled) {
        value.mul_(scalar(1 - RATE * weightDecay));
        return gradient;
      }
      return gradient.add(value.mul(scalar(weightDecay)));
    }
  }

  /// `decay·mean + (1 - decay)·x`.
  private static Tensor blend(double decay, Tensor mean, Tensor x) {
    return mean.mul(scalar(decay)).add(x.mul(scalar(1 - decay)));
  }

  private static final class NAdam extends DocumentedOptimizer {
    private final Moments moments;
    private final double momentumDecay;
    private Tensor m;
    private Tensor v;
    private double product = 1;

    NAdam(Tensor value, Moments moments, double momentumDecay) {
      super(value);
      this.moments = moments;
      this.momentumDecay = momentumDecay;
      m = torch.zeros_like(value);
      v = torch.zeros_like(value);
    }

    private double mu(int t) {
      return moments.beta1 * (1 - 0.5 * Math.pow(0.96, t * momentumDecay));
    }

    @Override
    void step(int t) {
      var g = moments.gradient(value);
      m = blend(moments.beta1, m, g);
      v = blend(moments.beta2, v, g.mul(g));
      product *= mu(t);
      var ahead = m.mul(scalar(mu(t + 1) / (1 - product * mu(t + 1))));
      var mHat = ahead.add(g.mul(scalar((1 - mu(t)) / (1 - product))));
      var vHat = v.div(scalar(1 - Math.pow(moments.beta2, t)));
      var change = mHat.mul(scalar(RATE)).div(vHat.sqrt().add(scalar(moments.epsilon)));
      value.sub_(change);
    }
  }

  private static final class RAdam extends DocumentedOptimizer {
    private final Moments moments;
    private Tensor m;
    private Tensor v;

    RAdam(Tensor value, Moments moments) {
      super(value);
      this.moments = moments;
      m = torch.zeros_like(value);
      v = torch.zeros_like(value);
    }

    @Override
    void step(int t) {
      var g = moments.gradient(value);
      m = blend(moments.beta1, m, g);
      v = blend(moments.beta2, v, g.mul(g));
      var mHat = m.div(scalar(1 - Math.pow(moments.beta1, t)));
      double kept = Math.pow(moments.beta2, t);
      double most = 2 / (1 - moments.beta2) - 1;
      double rho = most - 2 * t * kept / (1 - kept);
      if (rho <= 5) {
        value.sub_(mHat.mul(scalar(RATE)));
        return;
      }
      double r = Math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
      var denominator = v.sqrt().add(scalar(moments.epsilon));
      value.sub_(mHat.mul(scalar(RATE * r * Math.sqrt(1 - kept))).div(denominator));
    }
  }

  private static final class Adadelta extends DocumentedOptimizer {
    private final double rate;
    private final double rho;
    private final double epsilon;
    private final double weightDecay;
    private Tensor v;
    private Tensor u;

    Adadelta(Tensor value, double rate, double rho, double epsilon, double weightDecay) {
      super(value);
      this.rate = rate;
      this.rho = rho;
      this.epsilon = epsilon;
      this.weightDecay = weightDecay;
      v = torch.zeros_like(value);
      u = torch.zeros_like(value);
    }

    @Override
    void step(int t) {
      var g = value.grad().add(value.mul(scalar(weightDecay)));
      v = blend(rho, v, g.mul(g));
      var roots = u.add(scalar(epsilon)).sqrt().div(v.add(scalar(epsilon)).sqrt());
      var delta = roots.mul(g);
      u = blend(rho, u, delta.mul(delta));
      value.sub_(delta.mul(scalar(rate)));
    }
  }
}
