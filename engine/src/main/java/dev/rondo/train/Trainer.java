package dev.rondo.train;

import dev.rondo.autograd.Tape;
import dev.rondo.data.Batch;
import dev.rondo.data.Batches;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.DoubleSupplier;

/// Trains a model step by step on any [Batches]: language models, taggers, models that predict
/// numbers. With [dev.rondo.data.ContiguousWindows] this is truncated BPTT: the state's values are
/// carried from window to window, the gradient is not. With [dev.rondo.data.WholeSequences] it is
/// full BPTT. Padded steps are skipped: the lengths of a batch are passed to every layer.
///
/// ```java
/// try (var trainer = new Trainer(model, Optimizer.of(model.parameters(), Adam.of(2e-3)), batches, options)) {
///   while (!stopping.shouldStop()) {
///     if (trainer.step().epochEnded()) {
///       trainer.validate(validation, stopping);
///     }
///   }
/// }
/// ```
///
/// A step allocates off-heap only from a workspace that stops growing after the largest step.
/// Everything that future steps depend on is in a checkpoint, so a continued run gives the same
/// bits as one that never stopped.
public final class Trainer implements AutoCloseable {
  private final SequenceModel model;
  private final Optimizer optimizer;
  private final Batches batches;
  private final TrainerOptions options;
  private final Backend backend;
  private final CounterRandom random;
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final RecurrentState state;
  private final Validations validations;
  private long step;
  private long epoch;
  private int index;

  /// Creates a trainer.
  ///
  /// @param optimizer updates the model's parameters; its learning rate is set by the schedule
  public Trainer(
      SequenceModel model, Optimizer optimizer, Batches batches, TrainerOptions options) {
    this.model = model;
    this.optimizer = optimizer;
    this.batches = batches;
    this.options = options;
    this.backend = model.parameters().backend();
    this.random = new CounterRandom(options.seed());
    this.state = model.newState(batches.batchSize(), arena);
    this.validations = new Validations(options, model.parameters());
  }

  /// Number of steps so far.
  public long steps() {
    return step;
  }

  /// Number of epochs completed so far.
  public long epochs() {
    return epoch;
  }

  /// Bytes of native memory in which steps are computed.
  public long workspaceBytes() {
    return workspace.capacity();
  }

  /// Runs one step: forward pass, backward pass through time, clipping, update.
  ///
  /// @throws TrainingDivergedException if the loss or a gradient is not finite and the policy is
  ///   [NonFinitePolicy#STOP]
  /// @throws IllegalArgumentException if a batch does not fit the model or the loss
  /// @throws IllegalStateException while the model has its averaged weights
  public TrainingStep step() {
    validations.requireTrainable();
    double rate = validations.rate(step);
    optimizer.setLearningRate(rate);
    model.parameters().clearGradients();
    double loss;
    double norm;
    boolean finite;
    int tokens;
    try (var tape = Tape.record(backend, workspace, random.fork(step))) {
      Batch batch = batches.batch(epoch, index, workspace);
      if (batch.fresh()) {
        state.clear();
      }
      tokens = batch.count();
      boolean learned = batch.fresh() && model.recurrent().options().learnsInitialState();
      var start = learned ? model.initialState(tape, batches.batchSize()) : state.on(tape);
      var run = Forward.of(tape, model, batch, start);
      var mean = options.loss().mean(tape, run.logits(), batch);
      tape.backward(mean);
      loss = mean.value().scalar();
      norm = GradientStep.clip(model.parameters(), options);
      finite = Double.isFinite(loss) && Double.isFinite(norm);
      if (finite) {
        run.lastState().copyTo(state);
      }
    }
    if (finite) {
      optimizer.step();
      validations.updated(step + 1);
    } else {
      GradientStep.refuse(model.parameters(), options, step, loss, norm);
      state.clear();
    }
    return advance(loss, norm, rate, tokens, !finite);
  }

  /// Measures the model on other data, by its training loss; see [#validate(DoubleSupplier,
  /// EarlyStopping)].
  ///
  /// @param stopping observes the loss; null if there is none
  /// @return the mean loss
  public double validate(Batches validation, EarlyStopping stopping) {
    return validate(() -> Evaluation.loss(model, validation, options.loss()), stopping);
  }

  /// Measures the model with the caller's function, and passes the result to the plateau and to
  /// early stopping. If weights are averaged, the model has the averages while it is measured, and
  /// early stopping keeps these.
  ///
  /// @param measure the measurement; lower is better
  /// @param stopping observes the result; null if there is none
  /// @return the result of `measure`
  public double validate(DoubleSupplier measure, EarlyStopping stopping) {
    return validations.validate(measure, stopping);
  }

  /// The period in which the model has its averaged weights.
  @FunctionalInterface
  public interface Weights extends AutoCloseable {
    /// Restores the weights that are trained.
    @Override
    void close();
  }

  /// Gives the model its averaged weights for as long as the result is open, for instance to save
  /// it. Changes nothing if weights are not averaged, or not yet.
  ///
  ///     try (var _ = trainer.averagedWeights()) {
  ///       model.save(file);
  ///     }
  ///
  /// @throws IllegalStateException if the model has them already
  public Weights averagedWeights() {
    return validations.averagedWeights();
  }

  private TrainingStep advance(double loss, double norm, double rate, int tokens, boolean skipped) {
    boolean epochEnded = index + 1 == batches.batchesPerEpoch();
    var done = new TrainingStep(step, epoch, loss, norm, rate, tokens, epochEnded, skipped);
    step++;
    if (epochEnded) {
      index = 0;
      epoch++;
    } else {
      index++;
    }
    return done;
  }

  /// Writes everything that future steps depend on, replacing the file as a whole or not at all.
  /// The file is also a model file. It contains no time, path, or number of threads.
  ///
  /// @param stopping the best model so far and when it was found; null if there is none
  /// @param extra text by key that [Checkpoint#extra] returns; keys must not start with `rondo.`
  /// @throws IOException if it cannot be written; the previous file is then unchanged
  public void saveCheckpoint(Path file, EarlyStopping stopping, Map<String, String> extra)
      throws IOException {
    Checkpoint.save(file, run(stopping), new Checkpoint.Position(step, epoch, index), extra);
  }

  private Checkpoint.RunState run(EarlyStopping stopping) {
    return new Checkpoint.RunState(model, optimizer, state, validations, stopping);
  }

  /// Continues from a checkpoint. The trainer, its optimizer and its data must have been made with
  /// the same options.
  ///
  /// @param stopping receives the best model so far; null if the checkpoint has none
  /// @throws dev.rondo.io.ModelFormatException if the file does not fit, for example because it is
  ///   from another optimizer; nothing has changed then
  /// @throws IOException if it cannot be read
  public void restore(SafeTensors file, EarlyStopping stopping) throws IOException {
    var position = Checkpoint.restore(file, run(stopping), batches.batchesPerEpoch());
    step = position.step();
    epoch = position.epoch();
    index = position.index();
  }

  /// Frees the state and the workspace; the caller still owns the model and the optimizer.
  @Override
  public void close() {
    workspace.close();
    arena.close();
  }
}
