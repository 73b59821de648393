package dev.rondo.tools;

import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.tensor.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo gradcheck`: compares a model's gradients with finite differences, in float64.
@Command(
    name = "gradcheck",
    description = {
      "Check a model's gradients against differences, in float64.",
      "",
      "Outputs and last states are differentiated by the input, initial states and parameters:"
          + " element by element where the model is small, along random directions where it is"
          + " large."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Ends with 0 if no gradient is wrong, with 1 if one is or a file cannot be read or written,"
          + " with 2 if an option is wrong.",
      "",
      "Examples:",
      "  rondo gradcheck --cell gru --hidden 5 --layers 1 --length 4",
      "  rondo gradcheck --cell lstm --bidirectional --length 5 --lengths 5,0,3",
      "  rondo gradcheck --model model.safetensors --json report.json",
    })
final class GradcheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "A model or a checkpoint; its weights are copied into float64.")
  private Path model;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      converter = CellConverter.class,
      description = "Without a model: lstm, gru, rnn_tanh or rnn_relu (default: lstm).")
  private CellKind cell = CellKind.LSTM;

  @Option(
      names = "--hidden",
      paramLabel = "UNITS",
      description = "Without a model: units of each layer (default: ${DEFAULT-VALUE}).")
  private int hidden = 8;

  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      description = "Without a model: layers (default: ${DEFAULT-VALUE}).")
  private int layers = 2;

  @Option(names = "--bidirectional", description = "Without a model: layers in both directions.")
  private boolean bidirectional;

  @Option(
      names = "--lengths",
      paramLabel = "STEPS,...",
      split = ",",
      description = "Without a model: steps of each sequence, 0 to --length; sets --batch.")
  private int[] lengths;

  @Option(
      names = "--length",
      paramLabel = "STEPS",
      description = "Steps of the random input (default: ${DEFAULT-VALUE}).")
  private int length = 6;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      description = "Sequences side by side (default: ${DEFAULT-VALUE}).")
  private int batch = 2;

  @Option(
      names = "--tolerance",
      paramLabel = "NUMBER",
      description = "Relative errors that pass (default: ${DEFAULT-VALUE}).")
  private double tolerance = GradientCheck.TOLERANCE;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      description = "Where random numbers begin (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the report as one JSON object.")
  private Path json;

  private static final int FEATURES = 4;
  private static final int OUTPUTS = 3;

  /// Made by picocli.
  GradcheckCommand() {}

  /// A cell by its label.
  static final class CellConverter implements ITypeConverter<CellKind> {
    @Override
    public CellKind convert(String label) {
      return CellKind.of(label);
    }
  }

  @Override
  public Integer call() throws IOException {
    requirePositive("--hidden", hidden);
    requirePositive("--layers", layers);
    requirePositive("--length", length);
    requirePositive("--batch", batch);
    if (!(tolerance > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--tolerance must be positive, was " + tolerance);
    }
    GradientReport report;
    try (var check = new GradientCheck(seed).tolerance(tolerance)) {
      report = model == null ? ofStack(check) : ofModel(check);
    }
    var out = spec.commandLine().getOut();
    out.print(report.text());
    out.flush();
    if (json != null) {
      Files.writeString(json, report.json() + System.lineSeparator());
    }
    return report.passes() ? 0 : 1;
  }

  private void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new ParameterException(
          spec.commandLine(), "%s must be positive, was %d".formatted(name, value));
    }
  }

  /// Checks a stack with a dense output that is built from the options.
  private GradientReport ofStack(GradientCheck check) {
    var options = options().layers(layers);
    if (bidirectional) {
      options = options.bidirectional();
    }
    int rows = lengths == null ? batch : lengths.length;
    var random = check.random();
    var stack = options.create(check.parameters().at("recurrent"), random);
    int outputs = hidden * options.directions();
    var head = Linear.of(outputs, OUTPUTS).create(check.parameters().at("output"), random);
    int states = layers * options.directions();
    stateInputs(check, options, rows);
    check.input("x", length, rows, FEATURES);
    var steps = lengths == null ? null : lengths();
    return check.run((tape, in) -> {
      var initial = state(in, states, cell.hasCellState());
      var run =
          steps == null
              ? stack.forward(tape, in.get("x"), initial)
              : stack.forward(tape, in.get("x"), initial, steps);
      return results(head.forward(tape, run.output()), run.lastState());
    });
  }

  private RecurrentOptions options() {
    return switch (cell) {
      case RNN_TANH -> Rnn.of(FEATURES, hidden);
      case RNN_RELU -> Rnn.relu(FEATURES, hidden);
      case GRU -> Gru.of(FEATURES, hidden);
      case LSTM -> Lstm.of(FEATURES, hidden);
    };
  }

  private Lengths lengths() {
    for (int steps : lengths) {
      if (steps < 0 || steps > length) {
        throw new ParameterException(
            spec.commandLine(), "--lengths must be 0 to %d, was %d".formatted(length, steps));
      }
    }
    return Lengths.of(lengths);
  }

  private GradientReport ofModel(GradientCheck check) throws IOException {
    var saved = SequenceModel.load(model, check.backend(), check.arena());
    var architecture = saved.architecture();
    check.with(saved.parameters());
    var options = saved.recurrent().options();
    int states = options.layers() * options.directions();
    boolean cells = options.cell().hasCellState();
    stateInputs(check, options, batch);
    return switch (architecture.input()) {
      case Architecture.DenseInput dense -> {
        check.input("x", length, batch, dense.size());
        yield check.run((tape, in) -> {
          var run = saved.forward(tape, in.get("x"), state(in, states, cells));
          return results(run.logits(), run.lastState());
        });
      }
      case Architecture.TokenInput tokens -> {
        var x = tokens(check, tokens.vocabularySize());
        yield check.run((tape, in) -> {
          var run = saved.forward(tape, x, state(in, states, cells));
          return results(run.logits(), run.lastState());
        });
      }
    };
  }

  private static void stateInputs(GradientCheck check, RecurrentOptions options, int rows) {
    for (int i = 0; i < options.layers() * options.directions(); i++) {
      check.input("h" + i, rows, options.stateSize());
      if (options.cell().hasCellState()) {
        check.input("c" + i, rows, options.hiddenSize());
      }
    }
  }

  private Tokens tokens(GradientCheck check, int vocabularySize) {
    var tokens = Tokens.allocate(check.arena(), length, batch);
    for (int t = 0; t < length; t++) {
      for (int b = 0; b < batch; b++) {
        tokens.set(t, b, check.random().nextInt(vocabularySize));
      }
    }
    return tokens;
  }

  private static StackState state(GradientCheck.Inputs in, int states, boolean cells) {
    var layers = new ArrayList<CellState>();
    for (int i = 0; i < states; i++) {
      layers.add(new CellState(in.get("h" + i), cells ? in.get("c" + i) : null));
    }
    return new StackState(layers);
  }

  private static List<Variable> results(Variable output, StackState last) {
    var results = new ArrayList<Variable>();
    results.add(output);
    for (var layer : last.layers()) {
      results.add(layer.h());
      if (layer.c() != null) {
        results.add(layer.c());
      }
    }
    return results;
  }
}
