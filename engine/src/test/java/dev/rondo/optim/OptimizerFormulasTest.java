package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.lang.foreign.Arena;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Ten steps of every optimizer against its published formula, written down as it stands there.
class OptimizerFormulasTest {
  private static final int STEPS = 10;

  /// Other roundings of ten steps.
  private static final double TOLERANCE = 1e-13;

  private static final double RATE = 0.05;
  private static final double BETA1 = 0.8;
  private static final double BETA2 = 0.7;
  private static final double EPSILON = 1e-3;
  private static final double DECAY = 0.1;

  /// One weight that is updated by a formula.
  interface Formula {
    double next(int t, double w, double gradient);
  }

  record Case(String name, Function<Parameters, Optimizer> make, Formula formula) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Adam adam() {
    return new Adam(RATE, BETA1, BETA2, EPSILON, DECAY, false);
  }

  private static AdamW adamW() {
    return new AdamW(RATE, BETA1, BETA2, EPSILON, DECAY, false);
  }

  private static NAdam nadam() {
    return new NAdam(RATE, BETA1, BETA2, EPSILON, DECAY, 0.05, false);
  }

  private static RAdam radam() {
    return new RAdam(RATE, BETA1, BETA2, EPSILON, DECAY, false);
  }

  static Stream<Case> cases() {
    var sgd = Sgd.of(RATE).weightDecay(DECAY);
    var rms = new RmsProp(RATE, 0.9, EPSILON, DECAY, 0, false);
    return Stream.of(
        new Case("sgd", p -> Optimizer.of(p, sgd), momentum(0, 0, false)),
        new Case(
            "momentum",
            p -> Optimizer.of(p, sgd.momentum(0.9).dampening(0.3)),
            momentum(0.9, 0.3, false)),
        new Case(
            "nesterov",
            p -> Optimizer.of(p, sgd.momentum(0.9).nesterov(true)),
            momentum(0.9, 0, true)),
        new Case("adam", p -> Optimizer.of(p, adam()), adam(false, false)),
        new Case("amsgrad", p -> Optimizer.of(p, adam().amsgrad(true)), adam(false, true)),
        new Case("adamw", p -> Optimizer.of(p, adamW()), adam(true, false)),
        new Case("adamw, amsgrad", p -> Optimizer.of(p, adamW().amsgrad(true)), adam(true, true)),
        new Case("nadam", p -> Optimizer.of(p, nadam()), nadam(false)),
        new Case("nadam, decoupled", p -> Optimizer.of(p, nadam().decoupled(true)), nadam(true)),
        new Case("radam", p -> Optimizer.of(p, radam().beta2(0.95)), radam(0.95, false)),
        new Case("radam, short memory", p -> Optimizer.of(p, radam()), radam(BETA2, false)),
        new Case(
            "radam, decoupled",
            p -> Optimizer.of(p, radam().beta2(0.95).decoupled(true)),
            radam(0.95, true)),
        new Case(
            "adagrad",
            p -> Optimizer.of(p, new Adagrad(RATE, 0.2, DECAY, 0.3, EPSILON)),
            adagrad()),
        new Case(
            "adadelta", p -> Optimizer.of(p, new Adadelta(RATE, 0.9, EPSILON, DECAY)), adadelta()),
        new Case("rmsprop", p -> Optimizer.of(p, rms), rmsProp(0, false)),
        new Case("rmsprop, centred", p -> Optimizer.of(p, rms.centred(true)), rmsProp(0, true)),
        new Case("rmsprop, momentum", p -> Optimizer.of(p, rms.momentum(0.6)), rmsProp(0.6, false)),
        new Case(
            "rmsprop, both",
            p -> Optimizer.of(p, rms.momentum(0.6).centred(true)),
            rmsProp(0.6, true)));
  }

  private static Formula momentum(double mu, double dampening, boolean nesterov) {
    return new Formula() {
      private double b;

      @Override
      public double next(int t, double w, double gradient) {
        double g = gradient + DECAY * w;
        b = t == 1 ? g : mu * b + (1 - dampening) * g;
        double step = mu == 0 ? g : nesterov ? g + mu * b : b;
        return w - RATE * step;
      }
    };
  }

  private static Formula adam(boolean decoupled, boolean amsgrad) {
    return new Formula() {
      private double m;
      private double v;
      private double largest;

      @Override
      public double next(int t, double w, double gradient) {
        double g = decoupled ? gradient : gradient + DECAY * w;
        double decayed = decoupled ? w - RATE * DECAY * w : w;
        m = BETA1 * m + (1 - BETA1) * g;
        v = BETA2 * v + (1 - BETA2) * g * g;
        largest = Math.max(largest, v);
        double mHat = m / (1 - Math.pow(BETA1, t));
        double vHat = (amsgrad ? largest : v) / (1 - Math.pow(BETA2, t));
        return decayed - RATE * mHat / (Math.sqrt(vHat) + EPSILON);
      }
    };
  }

  private static Formula nadam(boolean decoupled) {
    return new Formula() {
      private double m;
      private double v;

      private double mu(int t) {
        return BETA1 * (1 - 0.5 * Math.pow(0.96, t * 0.05));
      }

      private double product(int to) {
        double product = 1;
        for (int i = 1; i <= to; i++) {
          product *= mu(i);
        }
        return product;
      }

      @Override
      public double next(int t, double w, double gradient) {
        double g = decoupled ? gradient : gradient + DECAY * w;
        double decayed = decoupled ? w - RATE * DECAY * w : w;
        m = BETA1 * m + (1 - BETA1) * g;
        v = BETA2 * v + (1 - BETA2) * g * g;
        double mHat = mu(t + 1) * m / (1 - product(t + 1)) + (1 - mu(t)) * g / (1 - product(t));
        double vHat = v / (1 - Math.pow(BETA2, t));
        return decayed - RATE * mHat / (Math.sqrt(vHat) + EPSILON);
      }
    };
  }

  private static Formula radam(double beta2, boolean decoupled) {
    return new Formula() {
      private double m;
      private double v;

      @Override
      public double next(int t, double w, double gradient) {
        double g = decoupled ? gradient : gradient + DECAY * w;
        double decayed = decoupled ? w - RATE * DECAY * w : w;
        m = BETA1 * m + (1 - BETA1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        double mHat = m / (1 - Math.pow(BETA1, t));
        double rhoInfinity = 2 / (1 - beta2) - 1;
        double rho = rhoInfinity - 2 * t * Math.pow(beta2, t) / (1 - Math.pow(beta2, t));
        if (rho <= 5) {
          return decayed - RATE * mHat;
        }
        double l = Math.sqrt(1 - Math.pow(beta2, t)) / (Math.sqrt(v) + EPSILON);
        double r =
            Math.sqrt(
                (rho - 4)
                    * (rho - 2)
                    * rhoInfinity
                    / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho));
        return decayed - RATE * mHat * r * l;
      }
    };
  }

  private static Formula adagrad() {
    return new Formula() {
      private double sum = 0.3;

      @Override
      public double next(int t, double w, double gradient) {
        double g = gradient + DECAY * w;
        sum += g * g;
        return w - RATE / (1 + (t - 1) * 0.2) * g / (Math.sqrt(sum) + EPSILON);
      }
    };
  }

  private static Formula adadelta() {
    return new Formula() {
      private double v;
      private double u;

      @Override
      public double next(int t, double w, double gradient) {
        double g = gradient + DECAY * w;
        v = 0.9 * v + 0.1 * g * g;
        double delta = Math.sqrt(u + EPSILON) / Math.sqrt(v + EPSILON) * g;
        u = 0.9 * u + 0.1 * delta * delta;
        return w - RATE * delta;
      }
    };
  }

  private static Formula rmsProp(double mu, boolean centred) {
    return new Formula() {
      private double v;
      private double mean;
      private double b;

      @Override
      public double next(int t, double w, double gradient) {
        double g = gradient + DECAY * w;
        v = 0.9 * v + 0.1 * g * g;
        mean = 0.9 * mean + 0.1 * g;
        double vTilde = centred ? v - mean * mean : v;
        b = mu * b + g / (Math.sqrt(vTilde) + EPSILON);
        return w - RATE * b;
      }
    };
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tenStepsFollowTheFormula(Case contender) {
    try (var memory = Arena.ofConfined();
        var backend = Backend.float64(Threads.one())) {
      var parameters = new Parameters(backend, memory);
      var w = parameters.create("w", 1);
      w.value().set(0, 0, 2);
      var optimizer = contender.make().apply(parameters);
      var formula = contender.formula();
      double expected = 2;
      for (int t = 1; t <= STEPS; t++) {
        double gradient = Math.cos(t) * (t == 7 ? 3 : 1);
        expected = formula.next(t, expected, gradient);
        w.gradient().set(0, 0, gradient);
        optimizer.step();
        assertEquals(expected, w.value().scalar(), TOLERANCE, "step " + t);
      }
    }
  }
}
