package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.GateParameters.inputAndRecurrent;

import dev.rondo.kernel.Activation;
import dev.rondo.nn.recurrent.ParameterShape.Role;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/// A long short-term memory (Hochreiter and Schmidhuber 1997; forget gate, Gers et al. 2000).
///
///     i = σ(W_i·x + U_i·h₋₁ + p_i∘c₋₁ + b_i)
///     f = σ(W_f·x + U_f·h₋₁ + p_f∘c₋₁ + b_f)      coupled: f = 1 - i
///     g = tanh(W_g·x + U_g·h₋₁ + b_g)
///     c = clip(f∘c₋₁ + i∘g)
///     o = σ(W_o·x + U_o·h₋₁ + p_o∘c + b_o)
///     h = W_hr·(o∘tanh(c))                        W_hr with a projection only
///
/// With layer normalization (Ba et al. 2016) the pre-activations of all gates together are
/// `LN(W·x)∘gain_ih + LN(U·h₋₁)∘gain_hh + b`, and `tanh(LN(c)∘gain_c + bias_c)` takes the place of
/// `tanh(c)`.
///
///     Lstm.of(64, 256).layers(2).dropout(0.2)
///     Lstm.of(64, 256, Lstm.cell().withPeepholes().projection(128))
///
/// @param peepholes whether the gates read the cell state: i and f that of the previous step, o the
///   new one (Gers and Schmidhuber 2000); parameter `peephole`, one row for each gate
/// @param coupled whether the forget gate is 1 - i (Greff et al. 2016); the parameters then have the
///   gates i g o
/// @param layerNorm whether the cell has layer normalization; parameters `norm_ih`, `norm_hh`,
///   `norm_c`, `norm_c_bias`
/// @param projection columns of h (Sak et al. 2014; PyTorch's `proj_size`), parameter `weight_hr`
///   `[projection, hiddenSize]`; 0 for none
/// @param cellClip the cell state is limited to ±cellClip, where the gradient ends; infinite for none
/// @param clip as `cellClip`, for pre-activations
/// @param activations activation of every gate
/// @param output activation of c in the last line
/// @param bias whether the cell has b: parameters `bias_ih` and `bias_hh`
public record Lstm(
    boolean peepholes,
    boolean coupled,
    boolean layerNorm,
    int projection,
    double cellClip,
    double clip,
    Map<LstmGate, Activation> activations,
    Activation output,
    boolean bias)
    implements Cell {
  static final String FAMILY = "lstm";

  private static final Lstm COMMON =
      new Lstm(
          false,
          false,
          false,
          0,
          Double.POSITIVE_INFINITY,
          Double.POSITIVE_INFINITY,
          Map.of(
              LstmGate.INPUT, Activation.SIGMOID,
              LstmGate.FORGET, Activation.SIGMOID,
              LstmGate.CELL, Activation.TANH,
              LstmGate.OUTPUT, Activation.SIGMOID),
          Activation.TANH,
          true);

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if a limit is not positive, `projection` is negative, or a
  ///   gate has no activation
  public Lstm {
    Objects.requireNonNull(output, "output");
    Limits.requirePositive("cellClip", cellClip);
    Limits.requirePositive("clip", clip);
    if (projection < 0) {
      throw new IllegalArgumentException("projection must not be negative, was " + projection);
    }
    if (activations.size() != LstmGate.values().length) {
      throw new IllegalArgumentException(
          "activations must be there for every gate, were " + activations);
    }
    activations = Map.copyOf(activations);
  }

  /// A layer of the common cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize) {
    return of(inputSize, hiddenSize, COMMON);
  }

  /// A layer of this cell.
  public static RecurrentOptions of(int inputSize, int hiddenSize, Lstm cell) {
    return RecurrentOptions.of(cell, inputSize, hiddenSize);
  }

  /// The common cell: no peepholes, no projection, nothing normalized or clipped.
  public static Lstm cell() {
    return COMMON;
  }

  static Lstm of(CellSettings settings) {
    var options = new Options(COMMON);
    options.peepholes = settings.flag("peepholes");
    options.coupled = settings.flag("coupled");
    options.layerNorm = settings.flag("layer_norm");
    options.projection = settings.whole("projection", 0);
    options.cellClip = settings.limit("cell_clip");
    options.clip = settings.limit("clip");
    for (var gate : LstmGate.values()) {
      options.activations.put(
          gate, settings.activation(Gate.label(gate), COMMON.activations.get(gate)));
    }
    options.output = settings.activation("output_function", COMMON.output);
    options.bias = !settings.flag(CellSettings.NO_BIAS);
    return options.cell();
  }

  /// A mutable copy of the fields.
  private static final class Options {
    private boolean peepholes;
    private boolean coupled;
    private boolean layerNorm;
    private int projection;
    private double cellClip;
    private double clip;
    private final Map<LstmGate, Activation> activations;
    private Activation output;
    private boolean bias;

    Options(Lstm cell) {
      peepholes = cell.peepholes;
      coupled = cell.coupled;
      layerNorm = cell.layerNorm;
      projection = cell.projection;
      cellClip = cell.cellClip;
      clip = cell.clip;
      activations = new EnumMap<>(cell.activations);
      output = cell.output;
      bias = cell.bias;
    }

    Lstm cell() {
      return new Lstm(
          peepholes, coupled, layerNorm, projection, cellClip, clip, activations, output, bias);
    }
  }

  /// With peepholes.
  public Lstm withPeepholes() {
    var options = new Options(this);
    options.peepholes = true;
    return options.cell();
  }

  /// With the forget gate coupled to the input gate.
  public Lstm withCoupledGates() {
    var options = new Options(this);
    options.coupled = true;
    return options.cell();
  }

  /// With layer normalization.
  public Lstm withLayerNorm() {
    var options = new Options(this);
    options.layerNorm = true;
    return options.cell();
  }

  /// With h projected to this number of columns.
  public Lstm projection(int size) {
    var options = new Options(this);
    options.projection = size;
    return options.cell();
  }

  /// With this limit of the cell state.
  public Lstm cellClip(double limit) {
    var options = new Options(this);
    options.cellClip = limit;
    return options.cell();
  }

  /// With this limit of pre-activations.
  public Lstm clip(double limit) {
    var options = new Options(this);
    options.clip = limit;
    return options.cell();
  }

  /// With this activation of a gate.
  public Lstm activation(LstmGate gate, Activation function) {
    var options = new Options(this);
    options.activations.put(gate, Objects.requireNonNull(function, "function"));
    return options.cell();
  }

  /// With this activation of the cell state.
  public Lstm outputActivation(Activation function) {
    var options = new Options(this);
    options.output = function;
    return options.cell();
  }

  /// Without biases.
  public Lstm withoutBias() {
    var options = new Options(this);
    options.bias = false;
    return options.cell();
  }

  @Override
  public String family() {
    return FAMILY;
  }

  @Override
  public SequencedMap<String, String> settings() {
    var settings =
        CellSettings.write()
            .flag("peepholes", peepholes)
            .flag("coupled", coupled)
            .flag("layer_norm", layerNorm)
            .whole("projection", projection, 0)
            .limit("cell_clip", cellClip)
            .limit("clip", clip);
    for (var gate : LstmGate.values()) {
      settings.activation(Gate.label(gate), activations.get(gate), COMMON.activations.get(gate));
    }
    return settings
        .activation("output_function", output, COMMON.output)
        .flag(CellSettings.NO_BIAS, !bias)
        .toMap();
  }

  @Override
  public List<Gate> gates() {
    var gates = new ArrayList<Gate>();
    for (var gate : LstmGate.values()) {
      if (!(coupled && gate == LstmGate.FORGET)) {
        gates.add(new Gate(gate, activations.get(gate)));
      }
    }
    return List.copyOf(gates);
  }

  @Override
  public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
    int gates = gates().size();
    long rows = (long) gates * hiddenSize;
    int state = stateSize(hiddenSize);
    var all = new ArrayList<>(inputAndRecurrent(gates, inputSize, hiddenSize, state, bias));
    if (layerNorm) {
      all.add(ParameterShape.of(LstmNorms.GAIN_IH, Role.GAIN, rows));
      all.add(ParameterShape.of(LstmNorms.GAIN_HH, Role.GAIN, rows));
      all.add(ParameterShape.of(LstmNorms.GAIN_C, Role.GAIN, hiddenSize));
      all.add(ParameterShape.of(LstmNorms.BIAS_C, Role.OFFSET, hiddenSize));
    }
    if (peepholes) {
      all.add(ParameterShape.of("peephole", Role.WEIGHT, gates - 1, hiddenSize));
    }
    if (projection > 0) {
      all.add(ParameterShape.of("weight_hr", Role.WEIGHT, projection, hiddenSize));
    }
    return all;
  }

  @Override
  public List<StatePart> states(int hiddenSize) {
    return List.of(
        new StatePart(StatePart.HIDDEN, projection > 0 ? projection : hiddenSize),
        new StatePart(StatePart.CELL, hiddenSize));
  }

  @Override
  public Lstm limitedTo(int hiddenSize) {
    return projection > hiddenSize ? projection(hiddenSize) : this;
  }

  @Override
  public Recurrence recurrence(RecurrencePlace place) {
    boolean fused = equals(COMMON) || equals(COMMON.withoutBias());
    return fused && !place.regularization().insideSteps()
        ? new FusedLstm(this, place)
        : new LstmRecurrence(this, place);
  }
}
