package dev.rondo.tools;

import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.CellKind;
import dev.rondo.nn.CellState;
import dev.rondo.nn.StackState;
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

/// `rondo gradcheck`: a model's gradients against differences, in float64.
@Command(
    name = "gradcheck",
    description = {
      "Check a model's gradients against differences, in float64.",
      "",
      "Outputs and last states are differentiated by the input, initial states and parameters:"
          + " element by element where the model is small, along random directions where it is"
          + " large. Ends with 1 if a gradient is wrong."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  rondo gradcheck --cell gru --hidden 5 --layers 1 --length 4",
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
    GradientReport report;
    try (var check = new GradientCheck(seed)) {
      report = check(check, model(check));
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

  private SequenceModel model(GradientCheck check) throws IOException {
    if (model != null) {
      return SequenceModel.load(model, check.backend(), check.arena());
    }
    var input = new Architecture.DenseInput(FEATURES);
    var architecture = new Architecture(input, cell, hidden, layers, 0, OUTPUTS);
    return SequenceModel.create(architecture, check.backend(), check.arena(), check.random());
  }

  private GradientReport check(GradientCheck check, SequenceModel model) {
    var architecture = model.architecture();
    check.with(model.parameters());
    var options = model.recurrent().options();
    for (int i = 0; i < options.layers() * options.directions(); i++) {
      check.input("h" + i, batch, options.stateSize());
      if (options.cell().hasCellState()) {
        check.input("c" + i, batch, options.hiddenSize());
      }
    }
    return switch (architecture.input()) {
      case Architecture.DenseInput dense -> {
        check.input("x", length, batch, dense.size());
        yield check.run((tape, in) -> results(model.forward(tape, in.get("x"), state(model, in))));
      }
      case Architecture.TokenInput tokens -> {
        var x = tokens(check, tokens.vocabularySize());
        yield check.run((tape, in) -> results(model.forward(tape, x, state(model, in))));
      }
    };
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

  private static StackState state(SequenceModel model, GradientCheck.Inputs in) {
    var options = model.recurrent().options();
    var states = new ArrayList<CellState>();
    for (int i = 0; i < options.layers() * options.directions(); i++) {
      var c = options.cell().hasCellState() ? in.get("c" + i) : null;
      states.add(new CellState(in.get("h" + i), c));
    }
    return new StackState(states);
  }

  private static List<Variable> results(SequenceModel.Run run) {
    var results = new ArrayList<Variable>();
    results.add(run.logits());
    for (var layer : run.lastState().layers()) {
      results.add(layer.h());
      if (layer.c() != null) {
        results.add(layer.c());
      }
    }
    return results;
  }
}
