package dev.rondo.train;

import dev.rondo.autograd.Tape;
import dev.rondo.data.TokenBatch;
import dev.rondo.data.TokenBatches;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;

/// Trains a language model step by step. With [dev.rondo.data.ContiguousWindows] that is truncated
/// BPTT: the state's values go from window to window, the gradient does not. With
/// [dev.rondo.data.WholeSequences] it is full BPTT.
///
/// A step allocates off-heap only from a workspace that stops growing after the largest step. All
/// that future steps depend on is in a checkpoint, so a run that is continued gives the bits of one
/// that never stopped.
public final class Trainer implements AutoCloseable {
  private final SequenceModel model;
  private final Optimizer optimizer;
  private final TokenBatches batches;
  private final TrainerOptions options;
  private final Backend backend;
  private final CounterRandom random;
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final RecurrentState state;
  private long step;
  private long epoch;
  private int index;

  /// A trainer before its first step.
  ///
  /// @param optimizer updates the model's parameters; its learning rate is set by the schedule
  public Trainer(
      SequenceModel model, Optimizer optimizer, TokenBatches batches, TrainerOptions options) {
    this.model = model;
    this.optimizer = optimizer;
    this.batches = batches;
    this.options = options;
    this.backend = model.parameters().backend();
    this.random = new CounterRandom(options.seed());
    this.state = model.newState(batches.batchSize(), arena);
  }

  /// Steps done so far.
  public long steps() {
    return step;
  }

  /// Epochs completed so far.
  public long epochs() {
    return epoch;
  }

  /// Bytes of native memory that steps are computed in.
  public long workspaceBytes() {
    return workspace.capacity();
  }

  /// One step: forward, back through time, clip, update.
  ///
  /// @throws TrainingDivergedException if the loss or a gradient is not finite and the policy is
  ///   [NonFinitePolicy#STOP]
  public TrainingStep step() {
    double rate = options.schedule().rate(step);
    optimizer.setLearningRate(rate);
    model.parameters().clearGradients();
    double loss;
    double norm;
    boolean finite;
    int tokens;
    try (var tape = Tape.record(backend, workspace, random.fork(step))) {
      TokenBatch batch = batches.batch(epoch, index, workspace);
      if (batch.fresh()) {
        state.clear();
      }
      tokens = batch.count();
      boolean learned = batch.fresh() && model.recurrent().options().learnsInitialState();
      var start = learned ? model.initialState(tape, batches.batchSize()) : state.on(tape);
      var run = model.forward(tape, batch.inputs(), start);
      var mean = CrossEntropy.mean(tape, run.logits(), batch.targets());
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
    } else {
      GradientStep.refuse(model.parameters(), options, step, loss, norm);
      state.clear();
    }
    return advance(loss, norm, rate, tokens, !finite);
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
  /// The file is also a model file. It holds no time, path, or count of threads.
  ///
  /// @param stopping the best model so far and when it was found; null if there is none
  /// @param extra text by key that [Checkpoint#extra] gives back; keys must not start with `rondo.`
  /// @throws IOException if it cannot be written; what was there before is then still there
  public void saveCheckpoint(Path file, EarlyStopping stopping, Map<String, String> extra)
      throws IOException {
    Checkpoint.save(
        file,
        model,
        optimizer,
        state,
        new Checkpoint.Position(step, epoch, index),
        stopping,
        extra);
  }

  /// Continues where a checkpoint was written. The trainer, its optimizer and its data must have
  /// been made with the same options.
  ///
  /// @param stopping receives the best model so far; null if the checkpoint has none
  /// @throws dev.rondo.io.ModelFormatException if the file does not fit
  /// @throws IOException if it cannot be read
  public void restore(SafeTensors file, EarlyStopping stopping) throws IOException {
    var position = Checkpoint.position(file, batches.batchesPerEpoch());
    Checkpoint.restore(file, model, optimizer, state, stopping);
    step = position.step();
    epoch = position.epoch();
    index = position.index();
  }

  /// Frees the state and the workspace; the model and the optimizer are the caller's.
  @Override
  public void close() {
    workspace.close();
    arena.close();
  }
}
