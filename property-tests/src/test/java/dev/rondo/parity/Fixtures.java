package dev.rondo.parity;

import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.parity.OperationCase.Operation;
import dev.rondo.parity.RecurrentCase.Cell;
import dev.rondo.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The cases whose numbers are kept in files, so that the engine is compared with PyTorch where
/// PyTorch is not installed.
///
/// A file holds, in safetensors, `case/operand/name` in float32 and `case/result/name` in float64:
/// the inputs, and PyTorch's results in float64.
final class Fixtures {
  /// Of the module `property-tests`.
  static final Path DIRECTORY = Path.of("src", "test", "resources", "parity");

  private static final String OPERAND = "operand";
  private static final String RESULT = "result";

  private Fixtures() {}

  /// One case with its numbers.
  record Fixture(Operands operands, Map<String, Numbers> results) {}

  /// Cases by name, by the name of their file.
  static Map<String, Map<String, ParityCase>> all() {
    var files = new LinkedHashMap<String, Map<String, ParityCase>>();
    files.put("recurrent", recurrent());
    files.put("models", models());
    files.put("operations", operations());
    files.put("losses", losses());
    files.put("clipping", clipping());
    files.put("optimizers", optimizers());
    files.put("schedules", schedules());
    return files;
  }

  private static Map<String, ParityCase> recurrent() {
    var lengths = List.of(2, 4, 1);
    var cases = new LinkedHashMap<String, ParityCase>();
    for (var cell : Cell.values()) {
      var name = cell.name();
      int hiddenSize = cell == Cell.LSTM_PROJECTED || cell == Cell.RNN_RELU ? 5 : 17;
      cases.put(name, new RecurrentCase(cell, 1, false, 2, hiddenSize, 2, 4, List.of(), 1));
      int layers = cell.hasCellState() ? 2 : 1;
      cases.put(name + "_PACKED", new RecurrentCase(cell, layers, true, 2, 3, 3, 4, lengths, 2));
    }
    return cases;
  }

  private static Map<String, ParityCase> models() {
    var stack = new RecurrentCase(Cell.LSTM, 1, false, 2, 3, 3, 4, List.of(2, 4, 1), 9);
    var cases = new LinkedHashMap<String, ParityCase>();
    cases.put("LSTM_ADAM", new ModelCase(true, stack, 5));
    return cases;
  }

  private static Map<String, ParityCase> operations() {
    var cases = new LinkedHashMap<String, ParityCase>();
    for (var operation : Operation.values()) {
      cases.put(operation.name(), new OperationCase(operation, 1, 2, 17, 5, 3));
    }
    return cases;
  }

  private static Map<String, ParityCase> losses() {
    var cases = new LinkedHashMap<String, ParityCase>();
    for (var loss : LossCase.Loss.values()) {
      cases.put(loss + "_MEAN", new LossCase(loss, true, true, 2, 3, 17, 4));
      cases.put(loss + "_SUM", new LossCase(loss, false, false, 2, 2, 5, 5));
    }
    return cases;
  }

  private static Map<String, ParityCase> clipping() {
    var cases = new LinkedHashMap<String, ParityCase>();
    cases.put("NORM", new ClippingCase(true, 2, 3, 5, 6));
    cases.put("NORM_BELOW_LIMIT", new ClippingCase(true, 100, 3, 5, 6));
    cases.put("VALUE", new ClippingCase(false, 0.5, 3, 5, 6));
    return cases;
  }

  private static Map<String, ParityCase> optimizers() {
    var cases = new LinkedHashMap<String, ParityCase>();
    for (var rule : OptimizerCase.Rule.values()) {
      cases.put(rule.name(), new OptimizerCase(rule, 2, 3, 7));
    }
    return cases;
  }

  private static Map<String, ParityCase> schedules() {
    var cases = new LinkedHashMap<String, ParityCase>();
    for (var schedule : ScheduleCase.Schedule.values()) {
      cases.put(schedule.name(), new ScheduleCase(schedule, 1, 1, 16, 8));
    }
    return cases;
  }

  /// The numbers of a file's cases.
  ///
  /// @throws IOException if the file is missing or broken
  static Map<String, Fixture> read(Path directory, String file) throws IOException {
    var operands = new LinkedHashMap<String, Map<String, Numbers>>();
    var results = new LinkedHashMap<String, Map<String, Numbers>>();
    try (var arena = Arena.ofConfined();
        var tensors = SafeTensors.open(path(directory, file))) {
      for (var full : tensors.names()) {
        var parts = full.split("/", 3);
        var kind = parts[1].equals(OPERAND) ? operands : results;
        kind.computeIfAbsent(parts[0], _ -> new LinkedHashMap<>())
            .put(parts[2], Numbers.of(tensors.read(full, arena)));
      }
    }
    var fixtures = new LinkedHashMap<String, Fixture>();
    operands.forEach((name, numbers) ->
        fixtures.put(name, new Fixture(Operands.of(numbers), results.get(name))));
    return fixtures;
  }

  /// Replaces a file.
  static void write(Path directory, String file, Map<String, Fixture> fixtures, String madeBy)
      throws IOException {
    var writer = new SafeTensorsWriter();
    writer.metadata("made_by", madeBy);
    try (var arena = Arena.ofConfined()) {
      fixtures.forEach((name, fixture) -> {
        fixture
            .operands
            .all()
            .forEach((operand, numbers) ->
                writer.add(
                    String.join("/", name, OPERAND, operand),
                    numbers.tensor(arena, ElementType.FLOAT32)));
        fixture.results.forEach((result, numbers) ->
            writer.add(
                String.join("/", name, RESULT, result),
                numbers.tensor(arena, ElementType.FLOAT64)));
      });
      writer.write(path(directory, file));
    }
  }

  private static Path path(Path directory, String file) {
    return directory.resolve(file + ".safetensors");
  }
}
