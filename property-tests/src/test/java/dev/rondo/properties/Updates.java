package dev.rondo.properties;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.optim.Adadelta;
import dev.rondo.optim.Adagrad;
import dev.rondo.optim.Adam;
import dev.rondo.optim.AdamW;
import dev.rondo.optim.NAdam;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.RAdam;
import dev.rondo.optim.RmsProp;
import dev.rondo.optim.Sgd;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/// Every optimizer, with parameters to update.
enum Updates {
  SGD,
  MOMENTUM,
  NESTEROV,
  ADAM,
  AMSGRAD,
  ADAMW,
  NADAM,
  RADAM,
  ADAGRAD,
  ADADELTA,
  RMSPROP,
  RMSPROP_CENTRED;

  /// With or without decay of weights.
  Optimizer of(Parameters p, double decay) {
    return switch (this) {
      case SGD -> Optimizer.of(p, Sgd.of(0.05).weightDecay(decay));
      case MOMENTUM ->
          Optimizer.of(p, Sgd.of(0.02).momentum(0.9).dampening(0.1).weightDecay(decay));
      case NESTEROV ->
          Optimizer.of(p, Sgd.of(0.02).momentum(0.9).nesterov(true).weightDecay(decay));
      case ADAM -> Optimizer.of(p, Adam.of(0.05).weightDecay(decay));
      case AMSGRAD -> Optimizer.of(p, Adam.of(0.05).amsgrad(true).weightDecay(decay));
      case ADAMW -> Optimizer.of(p, AdamW.of(0.05).weightDecay(decay));
      case NADAM -> Optimizer.of(p, NAdam.of(0.05).weightDecay(decay));
      case RADAM -> Optimizer.of(p, RAdam.of(0.05).weightDecay(decay));
      case ADAGRAD -> Optimizer.of(p, Adagrad.of(0.5).weightDecay(decay));
      case ADADELTA -> Optimizer.of(p, Adadelta.of(1).weightDecay(decay));
      case RMSPROP -> Optimizer.of(p, RmsProp.of(0.02).weightDecay(decay));
      case RMSPROP_CENTRED ->
          Optimizer.of(p, RmsProp.of(0.02).centred(true).momentum(0.9).weightDecay(decay));
    };
  }

  /// Parameters, their optimizer, and gradients drawn step by step.
  static final class Run implements AutoCloseable {
    final Arena arena = Arena.ofShared();
    final Backend backend;
    final Parameters parameters;
    final Optimizer optimizer;
    private final long seed;
    private int steps;

    Run(Updates kind, Backend backend, double decay, long seed, int[]... shapes) {
      this.backend = backend;
      this.seed = seed;
      parameters = new Parameters(backend, arena);
      var random = new CounterRandom(seed);
      for (int i = 0; i < shapes.length; i++) {
        fill(parameters.create("p" + i, shapes[i]).value(), random, 1);
      }
      optimizer = kind.of(parameters, decay);
    }

    private static void fill(Tensor tensor, CounterRandom random, double scale) {
      for (int r = 0; r < tensor.rows(); r++) {
        for (int c = 0; c < tensor.columns(); c++) {
          tensor.set(r, c, scale * random.nextGaussian());
        }
      }
    }

    /// Some gradients are of usual size, some tiny, some enormous.
    Run steps(int count) {
      double[] scales = {1, 1e-25, 1e15, 1e-3};
      for (int i = 0; i < count; i++) {
        var random = new CounterRandom(seed).fork(steps);
        double scale = scales[steps % scales.length];
        parameters.all().forEach(parameter -> fill(parameter.gradient(), random, scale));
        optimizer.step();
        steps++;
      }
      return this;
    }

    /// As if it had gone so far.
    void begin(int step) {
      steps = step;
    }

    Map<String, Bits> bits() {
      var bits = new LinkedHashMap<String, Bits>();
      for (var parameter : parameters.all()) {
        bits.put(parameter.name(), Bits.of(parameter.name(), parameter.value()));
      }
      optimizer
          .state()
          .forEach((name, tensor) -> {
            if (!name.endsWith(".step")) {
              bits.put(name, Bits.of(name, tensor));
            }
          });
      return bits;
    }

    @Override
    public void close() {
      arena.close();
      backend.close();
    }
  }
}
