package dev.rondo.nn.recurrent;

import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/// The initializers of a recurrent layer. This file is long because it holds the recipes of papers
/// and frameworks.
///
/// Immutable: each method gives a changed copy.
///
/// One initializer fills every gate of `weight_ih`, one every gate of `weight_hh`, and one both
/// biases. A gate that is to begin differently is named:
///
///     GateInitializers.of(lecunNormal(), orthogonal(1), zeros())
///         .recurrentWeights(LstmGate.CELL, orthogonal(1.2))
///         .bias(LstmGate.FORGET, constant(1))
///
/// Named gates are filled last and overwrite the values of the initializer of all gates, so naming
/// a gate changes no other gate of the same parameter. The initializations of papers and frameworks
/// are available as recipes: [#pytorch], [#keras], [#kerasLstm], [#jozefowicz], [#irnn], [#npRnn],
/// and the biases of [#chronoLstm] and [#chronoGru].
///
/// The gates of a cell are an enum in the order of their rows; a cell without gates has one block
/// of rows and no names.
public final class GateInitializers {
  private enum ParameterKind {
    INPUT,
    RECURRENT,
    BIAS
  }

  /// A gate that begins differently.
  ///
  /// @param initializer fills it; null if `negated` does
  /// @param negated the gate whose negated bias it takes
  private record Named(
      ParameterKind part, Enum<?> gate, Initializer initializer, Enum<?> negated) {}

  private final IntFunction<Initializer> inputWeights;
  private final IntFunction<Initializer> recurrentWeights;
  private final IntFunction<Initializer> biases;
  private final boolean together;
  private final List<Named> named;

  /// @param inputWeights gives the initializer for a number of units, as do the next two
  private GateInitializers(
      IntFunction<Initializer> inputWeights,
      IntFunction<Initializer> recurrentWeights,
      IntFunction<Initializer> biases,
      boolean together,
      List<Named> named) {
    this.inputWeights = inputWeights;
    this.recurrentWeights = recurrentWeights;
    this.biases = biases;
    this.together = together;
    this.named = List.copyOf(named);
  }

  /// The same for all gates.
  ///
  /// @param inputWeights fills each gate's `[hiddenSize, inputSize]` of `weight_ih`
  /// @param recurrentWeights fills each gate's `[hiddenSize, hiddenSize]` of `weight_hh`
  /// @param biases fills `bias_ih` and `bias_hh`, each as a whole
  public static GateInitializers of(
      Initializer inputWeights, Initializer recurrentWeights, Initializer biases) {
    Objects.requireNonNull(inputWeights, "inputWeights");
    Objects.requireNonNull(recurrentWeights, "recurrentWeights");
    Objects.requireNonNull(biases, "biases");
    return new GateInitializers(
        _ -> inputWeights, _ -> recurrentWeights, _ -> biases, false, List.of());
  }

  /// PyTorch's default for any number of units: everything uniform within ±1/√hiddenSize.
  public static GateInitializers pytorch() {
    IntFunction<Initializer> uniform = units -> uniformByUnits(units, 1);
    return new GateInitializers(uniform, uniform, uniform, false, List.of());
  }

  /// Leaves every parameter as it is.
  static GateInitializers nothing() {
    Initializer nothing = (_, _) -> {};
    return of(nothing, nothing, nothing);
  }

  /// PyTorch's default: everything uniform within ±1/√hiddenSize.
  ///
  /// @throws IllegalArgumentException if `hiddenSize` is not positive
  public static GateInitializers pytorch(int hiddenSize) {
    var uniform = uniformByUnits(hiddenSize, 1);
    return of(uniform, uniform, uniform);
  }

  /// Keras's default for `SimpleRNN` and `GRU`: `glorot_uniform` and `orthogonal`, each of all
  /// gates [together][#together()], and biases 0.
  public static GateInitializers keras() {
    return of(Initializer.xavierUniform(1), Initializer.orthogonal(1), Initializer.zeros())
        .together();
  }

  /// Keras's default for `LSTM`: [#keras], and `unit_forget_bias`, the forget gate's bias 1.
  public static GateInitializers kerasLstm() {
    return keras().bias(LstmGate.FORGET, Initializer.constant(1));
  }

  /// An LSTM whose forget gate begins open: weights uniform within ±scale/√hiddenSize, biases 0 but
  /// the forget gate's, which is 1.
  ///
  /// Source: R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent
  /// network architectures", 2015.
  ///
  /// @param scale the paper searched between 0.3 and 2.8
  /// @throws IllegalArgumentException if `hiddenSize` is not positive, or `scale` negative or not
  ///   finite
  public static GateInitializers jozefowicz(int hiddenSize, double scale) {
    var uniform = uniformByUnits(hiddenSize, scale);
    return of(uniform, uniform, Initializer.zeros()).bias(LstmGate.FORGET, Initializer.constant(1));
  }

  private static Initializer uniformByUnits(int hiddenSize, double scale) {
    if (hiddenSize <= 0) {
      throw new IllegalArgumentException("hiddenSize must be positive, was " + hiddenSize);
    }
    double bound = scale / StrictMath.sqrt(hiddenSize);
    return Initializer.uniform(-bound, bound);
  }

  /// The IRNN, for a plain network with ReLU: recurrent weights `scale` times the identity, input
  /// weights normal with deviation 0.001, biases 0.
  ///
  /// Source: Q. Le, N. Jaitly, G. Hinton, "A simple way to initialize recurrent networks of
  /// rectified linear units", 2015.
  ///
  /// @param scale 1; less where short memories are enough, as the paper's 0.01 for speech
  public static GateInitializers irnn(double scale) {
    return of(Initializer.normal(0, 0.001), Initializer.identity(scale), Initializer.zeros());
  }

  /// The np-RNN, for a plain network with ReLU: [Initializer#normalizedPositiveDefinite] recurrent
  /// weights, biases 0.
  public static GateInitializers npRnn(Initializer inputWeights) {
    return of(inputWeights, Initializer.normalizedPositiveDefinite(), Initializer.zeros());
  }

  /// Fills the weights of all gates at once instead of gate by gate, as Keras does: fans count the
  /// rows of all gates, and the columns of all gates together are orthonormal.
  public GateInitializers together() {
    return new GateInitializers(inputWeights, recurrentWeights, biases, true, named);
  }

  /// With `initializer` for this gate's `[hiddenSize, inputSize]` of `weight_ih`.
  public GateInitializers inputWeights(Enum<?> gate, Initializer initializer) {
    return with(
        ParameterKind.INPUT, gate, Objects.requireNonNull(initializer, "initializer"), null);
  }

  /// With `initializer` for this gate's `[hiddenSize, hiddenSize]` of `weight_hh`.
  public GateInitializers recurrentWeights(Enum<?> gate, Initializer initializer) {
    return with(
        ParameterKind.RECURRENT, gate, Objects.requireNonNull(initializer, "initializer"), null);
  }

  /// With `initializer` for this gate's bias: it fills the `[hiddenSize]` of `bias_ih`, and those
  /// of `bias_hh` become 0, so the sum is as requested.
  ///
  /// A GRU adds `bias_hh` of its new gate before the reset gate and `bias_ih` after it. There this
  /// initializer sets not the sum but `bias_ih`.
  public GateInitializers bias(Enum<?> gate, Initializer initializer) {
    return with(ParameterKind.BIAS, gate, Objects.requireNonNull(initializer, "initializer"), null);
  }

  /// With the bias of `gate` set to the negated sum of the biases of `other`, whatever their
  /// values.
  ///
  /// @throws IllegalArgumentException if both are the same gate
  public GateInitializers oppositeBias(Enum<?> gate, Enum<?> other) {
    Objects.requireNonNull(other, "other");
    if (gate == other) {
      throw new IllegalArgumentException("gate and other must differ, both were " + gate);
    }
    return with(ParameterKind.BIAS, gate, null, other);
  }

  /// With chrono biases for an LSTM that is to remember for up to `tMax` steps; weights do not
  /// change.
  ///
  ///     b_f = log(U(1, tMax - 1))        b_i = -b_f
  ///
  /// Source: C. Tallec, Y. Ollivier, "Can recurrent neural networks warp time?", 2018.
  ///
  /// @param tMax the longest expected dependence, in steps
  /// @throws IllegalArgumentException if `tMax` is less than 2 or not finite
  public GateInitializers chronoLstm(double tMax) {
    return bias(LstmGate.FORGET, chrono(tMax)).oppositeBias(LstmGate.INPUT, LstmGate.FORGET);
  }

  /// With chrono biases for a GRU: `b_z = log(U(1, tMax - 1))`, as PyTorch's update gate is the
  /// share of the state that is *kept*. The paper's z is the share that is replaced, 1 minus this,
  /// and has `-b_z`.
  ///
  /// @param tMax see [#chronoLstm]
  /// @throws IllegalArgumentException if `tMax` is less than 2 or not finite
  public GateInitializers chronoGru(double tMax) {
    return bias(GruGate.UPDATE, chrono(tMax));
  }

  private static Initializer chrono(double tMax) {
    if (!(tMax >= 2 && Double.isFinite(tMax))) {
      throw new IllegalArgumentException("tMax must be at least 2 and finite, was " + tMax);
    }
    return Initializer.logUniform(1, tMax - 1);
  }

  /// Replaces the earlier setting of this part of the gate.
  private GateInitializers with(
      ParameterKind part, Enum<?> gate, Initializer initializer, Enum<?> negated) {
    Objects.requireNonNull(gate, "gate");
    var changed = new ArrayList<>(named);
    changed.removeIf(other -> other.part == part && other.gate == gate);
    changed.add(new Named(part, gate, initializer, negated));
    return new GateInitializers(inputWeights, recurrentWeights, biases, together, changed);
  }

  /// Refuses names that a cell does not have.
  ///
  /// @param gates the cell's gates in the order of their rows; empty if it has none
  /// @throws IllegalArgumentException if another gate was named
  public void requireGates(List<? extends Enum<?>> gates) {
    for (var name : named) {
      requireGate(name.gate, gates);
      if (name.negated != null) {
        requireGate(name.negated, gates);
      }
    }
  }

  /// A copy with the settings of these gates only, for one layer of a stack of different cells.
  GateInitializers ofGates(List<? extends Enum<?>> gates) {
    var fitting = new ArrayList<Named>();
    for (var name : named) {
      if (gates.contains(name.gate)) {
        fitting.add(name);
      }
    }
    return fitting.size() == named.size()
        ? this
        : new GateInitializers(inputWeights, recurrentWeights, biases, together, fitting);
  }

  private static int requireGate(Enum<?> gate, List<? extends Enum<?>> gates) {
    int index = gates.indexOf(gate);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%s.%s is none of the cell's gates, which are %s"
              .formatted(gate.getDeclaringClass().getSimpleName(), gate, gates));
    }
    return index;
  }

  /// Fills `weight_ih`: every gate in the order of its rows, then the named gates, in the order of
  /// their naming.
  ///
  /// @param weight [gates·hiddenSize, inputSize]
  /// @param gates the cell's gates in the order of their rows; empty if it has none
  /// @throws IllegalArgumentException if a named gate is not one of these, or the number of rows is
  ///   not a multiple of theirs
  public void fillInputWeights(Tensor weight, List<? extends Enum<?>> gates, CounterRandom random) {
    fillWeights(ParameterKind.INPUT, inputWeights, weight, gates, random);
  }

  /// Fills `weight_hh`, as [#fillInputWeights].
  ///
  /// @param weight [gates·hiddenSize, hiddenSize]
  public void fillRecurrentWeights(
      Tensor weight, List<? extends Enum<?>> gates, CounterRandom random) {
    fillWeights(ParameterKind.RECURRENT, recurrentWeights, weight, gates, random);
  }

  private void fillWeights(
      ParameterKind part,
      IntFunction<Initializer> ofUnits,
      Tensor weight,
      List<? extends Enum<?>> gates,
      CounterRandom random) {
    requireGates(gates);
    int hiddenSize = unitsOf(weight, weight.rows(), gates);
    var all = ofUnits.apply(hiddenSize);
    if (together) {
      all.fill(weight, random);
    } else {
      for (int from = 0; from < weight.rows(); from += hiddenSize) {
        all.fill(weight.rows(from, hiddenSize), random);
      }
    }
    for (var name : named) {
      if (name.part == part) {
        int from = requireGate(name.gate, gates) * hiddenSize;
        name.initializer.fill(weight.rows(from, hiddenSize), random);
      }
    }
  }

  /// Fills `bias_ih`, then `bias_hh`, then the gates whose biases were named, in the order of their
  /// naming. Biases that are the negative of another gate's come last.
  ///
  /// @param biasIh [gates·hiddenSize]; null where there is none
  /// @param biasHh [gates·hiddenSize]; null where there is none
  /// @param gates the cell's gates in the order of their entries; empty if it has none
  /// @throws IllegalArgumentException if a named gate is not one of these, or the number of entries
  ///   is not a multiple of theirs
  public void fillBiases(
      Tensor biasIh, Tensor biasHh, List<? extends Enum<?>> gates, CounterRandom random) {
    requireGates(gates);
    var first = biasIh == null ? biasHh : biasIh;
    if (first == null) {
      requireNoBias();
      return;
    }
    int hiddenSize = unitsOf(first, first.columns(), gates);
    if (biasHh != null && biasHh.columns() != first.columns()) {
      throw new IllegalArgumentException(
          "biasHh is %s, expected the size of biasIh, %s".formatted(biasHh, biasIh));
    }
    var second = first == biasHh ? null : biasHh;
    var all = biases.apply(hiddenSize);
    all.fill(first, random);
    if (second != null) {
      all.fill(second, random);
    }
    try (var arena = Arena.ofConfined()) {
      for (var name : named) {
        if (name.part == ParameterKind.BIAS && name.initializer != null) {
          var values = Tensor.allocate(arena, first.type(), hiddenSize);
          name.initializer.fill(values, random);
          int from = requireGate(name.gate, gates) * hiddenSize;
          for (int u = 0; u < hiddenSize; u++) {
            set(first, second, from + u, values.get(0, u));
          }
        }
      }
    }
    for (var name : named) {
      if (name.negated != null) {
        int from = requireGate(name.gate, gates) * hiddenSize;
        int other = requireGate(name.negated, gates) * hiddenSize;
        for (int u = 0; u < hiddenSize; u++) {
          double sum = first.get(0, other + u) + (second == null ? 0 : second.get(0, other + u));
          set(first, second, from + u, -sum);
        }
      }
    }
  }

  /// Sets the sum of both biases to `value`.
  private static void set(Tensor first, Tensor second, int at, double value) {
    first.set(0, at, value);
    if (second != null) {
      second.set(0, at, 0);
    }
  }

  private void requireNoBias() {
    for (var name : named) {
      if (name.part == ParameterKind.BIAS) {
        throw new IllegalArgumentException(
            "the bias of %s cannot be initialized: the cell has no biases".formatted(name.gate));
      }
    }
  }

  private static int unitsOf(Tensor parameter, int rows, List<? extends Enum<?>> gates) {
    int count = Math.max(gates.size(), 1);
    if (rows == 0 || rows % count != 0) {
      throw new IllegalArgumentException(
          "%s is not a multiple of %d gates".formatted(parameter, count));
    }
    return rows / count;
  }
}
