package dev.rondo.train;

import dev.rondo.io.DataType;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.ReduceOnPlateau;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The file format of a training run: the model's file with more tensors (`optimizer.…`, `state.h`,
/// `best.…`, `average.…`) and more text (`rondo.train.…`).
public final class Checkpoint {
  private static final String STEP = "rondo.train.step";
  private static final String EPOCH = "rondo.train.epoch";
  private static final String INDEX = "rondo.train.index";
  private static final String UPDATES = "rondo.train.updates";
  private static final String OPTIMIZER = "rondo.train.optimizer";
  private static final String BEST_LOSS = "rondo.train.best_loss";
  private static final String SINCE_BEST = "rondo.train.since_best";
  private static final String PLATEAU_RATE = "rondo.train.plateau.rate";
  private static final String PLATEAU_BEST = "rondo.train.plateau.best";
  private static final String PLATEAU_BAD = "rondo.train.plateau.bad_checks";
  private static final String PLATEAU_COOLDOWN = "rondo.train.plateau.cooldown_left";
  private static final String EXTRA = "rondo.extra.";

  /// Prefixes of tensors that are not the model's.
  private static final List<String> PREFIXES = List.of("optimizer.", "state.", "best.", "average.");

  private Checkpoint() {}

  /// The next step, and the position of its data.
  record Position(long step, long epoch, int index) {}

  /// All parts of a run.
  ///
  /// @param stopping null without early stopping
  record RunState(
      SequenceModel model,
      Optimizer optimizer,
      RecurrentState state,
      Validations validations,
      EarlyStopping stopping) {
    /// The tensors other than the model's, by their names in the file.
    Map<String, Tensor> tensors() {
      var result = new LinkedHashMap<String, Tensor>();
      optimizer.state().forEach((name, tensor) -> result.put("optimizer." + name, tensor));
      state.tensors().forEach((name, tensor) -> result.put("state." + name, tensor));
      if (stopping != null) {
        stopping.best().forEach((name, tensor) -> result.put("best." + name, tensor));
      }
      validations.averages().forEach((name, tensor) -> result.put("average." + name, tensor));
      return result;
    }
  }

  static void save(Path file, RunState run, Position position, Map<String, String> extra)
      throws IOException {
    var writer = new SafeTensorsWriter();
    run.model.writeTo(writer);
    writer.metadata(STEP, Long.toString(position.step));
    writer.metadata(EPOCH, Long.toString(position.epoch));
    writer.metadata(INDEX, Integer.toString(position.index));
    writer.metadata(UPDATES, Long.toString(run.optimizer.stepCount()));
    writer.metadata(OPTIMIZER, run.optimizer.name());
    run.tensors().forEach(writer::add);
    if (run.stopping != null) {
      writer.metadata(BEST_LOSS, Double.toString(run.stopping.bestLoss()));
      writer.metadata(SINCE_BEST, Integer.toString(run.stopping.sinceBest()));
    }
    if (run.validations.plateau() != null) {
      var plateau = run.validations.plateau().state();
      writer.metadata(PLATEAU_RATE, Double.toString(plateau.learningRate()));
      writer.metadata(PLATEAU_BEST, Double.toString(plateau.best()));
      writer.metadata(PLATEAU_BAD, Integer.toString(plateau.badChecks()));
      writer.metadata(PLATEAU_COOLDOWN, Integer.toString(plateau.cooldownLeft()));
    }
    extra.forEach((key, value) -> writer.metadata(EXTRA + key, value));
    writer.write(file);
  }

  /// Restores a run, after checking that the whole file fits; nothing changes before that.
  ///
  /// @return the position of the run
  static Position restore(SafeTensors file, RunState run, int batchesPerEpoch) throws IOException {
    var position = position(file, batchesPerEpoch);
    long updates = number(file, UPDATES);
    requireOptimizer(file, run.optimizer);
    var tensors = new LinkedHashMap<>(run.model.parameters().values());
    tensors.putAll(run.tensors());
    requireFits(file, tensors);
    double bestLoss = 0;
    int sinceBest = 0;
    if (run.stopping != null) {
      bestLoss = decimal(file, BEST_LOSS);
      sinceBest = count(file, SINCE_BEST);
    }
    var plateau = plateau(file, run.validations.plateau());

    for (var entry : tensors.entrySet()) {
      file.readInto(entry.getKey(), entry.getValue());
    }
    run.optimizer.setStepCount(updates);
    if (run.stopping != null) {
      run.stopping.restore(bestLoss, sinceBest);
    }
    if (plateau != null) {
      run.validations.plateau().restore(plateau);
    }
    return position;
  }

  private static Position position(SafeTensors file, int batchesPerEpoch)
      throws ModelFormatException {
    requireCheckpoint(file);
    var position = new Position(number(file, STEP), number(file, EPOCH), count(file, INDEX));
    if (position.index >= batchesPerEpoch) {
      throw ModelFormatException.in(
          file.file(),
          "the checkpoint is at batch %d of an epoch, the data have %d"
              .formatted(position.index, batchesPerEpoch));
    }
    return position;
  }

  /// Checks the optimizer, which in older files is known only from the names of its state.
  private static void requireOptimizer(SafeTensors file, Optimizer optimizer)
      throws ModelFormatException {
    var saved = file.metadata().get(OPTIMIZER);
    if (saved != null && !saved.equals(optimizer.name())) {
      throw ModelFormatException.in(
          file.file(),
          "the checkpoint is of the optimizer %s, expected %s".formatted(saved, optimizer.name()));
    }
  }

  /// Checks that the file has every tensor of the run, with the same shape, and no other.
  private static void requireFits(SafeTensors file, Map<String, Tensor> expected)
      throws ModelFormatException {
    for (var info : file.tensors()) {
      boolean ours = PREFIXES.stream().anyMatch(info.name()::startsWith);
      if (ours && !expected.containsKey(info.name())) {
        throw ModelFormatException.ofTensor(
            file.file(), info.name(), "the run has nothing of this name");
      }
    }
    for (var entry : expected.entrySet()) {
      requireFits(file, entry.getKey(), entry.getValue());
    }
  }

  private static void requireFits(SafeTensors file, String name, Tensor target)
      throws ModelFormatException {
    var info = file.find(name).orElse(null);
    if (info == null) {
      throw ModelFormatException.ofTensor(file.file(), name, "the file has no such tensor");
    }
    var shape = Arrays.stream(target.shape()).asLongStream().toArray();
    if (!Arrays.equals(info.shape(), shape)) {
      throw ModelFormatException.ofTensor(
          file.file(),
          name,
          "shape is %s, expected %s"
              .formatted(Arrays.toString(info.shape()), Arrays.toString(shape)));
    }
    var type = target.type() == ElementType.FLOAT64 ? DataType.F64 : DataType.F32;
    if (info.type() != type) {
      throw ModelFormatException.ofTensor(
          file.file(), name, "type is %s, expected %s".formatted(info.type(), type));
    }
  }

  /// @param expected null if the run has none
  private static ReduceOnPlateau.State plateau(SafeTensors file, ReduceOnPlateau expected)
      throws ModelFormatException {
    if (expected == null) {
      if (file.metadata().containsKey(PLATEAU_RATE)) {
        throw ModelFormatException.in(
            file.file(), "the checkpoint has a plateau, the trainer's options have none");
      }
      return null;
    }
    return new ReduceOnPlateau.State(
        decimal(file, PLATEAU_RATE),
        decimal(file, PLATEAU_BEST),
        count(file, PLATEAU_BAD),
        count(file, PLATEAU_COOLDOWN));
  }

  /// Returns true if a file is a checkpoint rather than only a model.
  public static boolean isCheckpoint(SafeTensors file) {
    return file.metadata().containsKey(STEP);
  }

  /// Returns the text that was passed to [Trainer#saveCheckpoint].
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
    return number(file, key, Long.MAX_VALUE);
  }

  private static int count(SafeTensors file, String key) throws ModelFormatException {
    return (int) number(file, key, Integer.MAX_VALUE);
  }

  private static long number(SafeTensors file, String key, long most) throws ModelFormatException {
    String value = text(file, key);
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // falls through to the one message for everything that is not a count
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
