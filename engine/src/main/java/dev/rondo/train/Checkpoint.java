package dev.rondo.train;

import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.optim.Optimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// The file form of a training run: the model's file with more tensors (`optimizer.…`, `state.h`,
/// `best.…`) and more text (`rondo.train.…`).
public final class Checkpoint {
  private static final String STEP = "rondo.train.step";
  private static final String EPOCH = "rondo.train.epoch";
  private static final String INDEX = "rondo.train.index";
  private static final String UPDATES = "rondo.train.updates";
  private static final String BEST_LOSS = "rondo.train.best_loss";
  private static final String SINCE_BEST = "rondo.train.since_best";
  private static final String EXTRA = "rondo.extra.";

  private Checkpoint() {}

  /// The next step, and where its data are.
  record Position(long step, long epoch, int index) {}

  static void save(
      Path file,
      SequenceModel model,
      Optimizer optimizer,
      RecurrentState state,
      Position position,
      EarlyStopping stopping,
      Map<String, String> extra)
      throws IOException {
    var writer = new SafeTensorsWriter();
    model.writeTo(writer);
    writer.metadata(STEP, Long.toString(position.step));
    writer.metadata(EPOCH, Long.toString(position.epoch));
    writer.metadata(INDEX, Integer.toString(position.index));
    writer.metadata(UPDATES, Long.toString(optimizer.stepCount()));
    optimizer.state().forEach((name, tensor) -> writer.add("optimizer." + name, tensor));
    state.tensors().forEach((name, tensor) -> writer.add("state." + name, tensor));
    if (stopping != null) {
      writer.metadata(BEST_LOSS, Double.toString(stopping.bestLoss()));
      writer.metadata(SINCE_BEST, Integer.toString(stopping.sinceBest()));
      stopping.best().forEach((name, tensor) -> writer.add("best." + name, tensor));
    }
    extra.forEach((key, value) -> writer.metadata(EXTRA + key, value));
    writer.write(file);
  }

  /// Where a run was, before anything of it is taken over.
  static Position position(SafeTensors file, int batchesPerEpoch) throws ModelFormatException {
    requireCheckpoint(file);
    var position =
        new Position(number(file, STEP), number(file, EPOCH), Math.toIntExact(number(file, INDEX)));
    if (position.index >= batchesPerEpoch) {
      throw ModelFormatException.in(
          file.file(),
          "the checkpoint is at batch %d of an epoch, the data have %d"
              .formatted(position.index, batchesPerEpoch));
    }
    return position;
  }

  static void restore(
      SafeTensors file,
      SequenceModel model,
      Optimizer optimizer,
      RecurrentState state,
      EarlyStopping stopping)
      throws IOException {
    for (var parameter : model.parameters().all()) {
      file.readInto(parameter.name(), parameter.value());
    }
    for (var entry : optimizer.state().entrySet()) {
      file.readInto("optimizer." + entry.getKey(), entry.getValue());
    }
    optimizer.setStepCount(number(file, UPDATES));
    for (var entry : state.tensors().entrySet()) {
      file.readInto("state." + entry.getKey(), entry.getValue());
    }
    if (stopping != null) {
      for (var entry : stopping.best().entrySet()) {
        file.readInto("best." + entry.getKey(), entry.getValue());
      }
      stopping.restore(decimal(file, BEST_LOSS), Math.toIntExact(number(file, SINCE_BEST)));
    }
  }

  /// Whether a file is a checkpoint rather than a model alone.
  public static boolean isCheckpoint(SafeTensors file) {
    return file.metadata().containsKey(STEP);
  }

  /// The text that [Trainer#saveCheckpoint] was given.
  ///
  /// @throws ModelFormatException if the file is no checkpoint
  public static Map<String, String> extra(SafeTensors file) throws ModelFormatException {
    requireCheckpoint(file);
    var result = new LinkedHashMap<String, String>();
    for (var entry : file.metadata().entrySet()) {
      if (entry.getKey().startsWith(EXTRA)) {
        result.put(entry.getKey().substring(EXTRA.length()), entry.getValue());
      }
    }
    return result;
  }

  private static void requireCheckpoint(SafeTensors file) throws ModelFormatException {
    if (!isCheckpoint(file)) {
      throw ModelFormatException.in(file.file(), STEP + " is missing: not a checkpoint");
    }
  }

  private static String text(SafeTensors file, String key) throws ModelFormatException {
    String value = file.metadata().get(key);
    if (value == null) {
      throw ModelFormatException.in(file.file(), key + " is missing");
    }
    return value;
  }

  private static long number(SafeTensors file, String key) throws ModelFormatException {
    String value = text(file, key);
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && (number <= Integer.MAX_VALUE || !key.equals(INDEX))) {
        return number;
      }
    } catch (NumberFormatException e) {
      // falls through to the one message for all that is not a count
    }
    throw ModelFormatException.in(file.file(), "%s is %s, expected a count".formatted(key, value));
  }

  private static double decimal(SafeTensors file, String key) throws ModelFormatException {
    String value = text(file, key);
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw ModelFormatException.in(
          file.file(), "%s is %s, expected a number".formatted(key, value));
    }
  }
}
