package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.data.Batch;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleSupplier;

/// Trains any recurrent model by [TruncatedBptt]. For language models in windows of one length, `k1
/// = k2`, use [Trainer].
///
/// The model is a program that runs some steps from a state. This class chooses the steps,
/// accumulates gradients, keeps the states that are needed again, clips and updates:
///
///     var steps = trainer.train(new TruncatedBptt(10, 40), x.dimension(0), state,
///         (tape, part, update, start) -> {
///           var run = lstm.forward(tape, inputs(tape, part), start);
///           var loss = part.counted() ? loss(tape, run.output(), part) : null;
///           return new SequenceTrainer.WindowLoss(loss, run.lastState());
///         });
///
/// A segment is computed in a workspace that stops growing after the longest segment.
public final class SequenceTrainer implements AutoCloseable {
  /// A model with its training loss.
  @FunctionalInterface
  public interface Program {
    /// Runs the steps of `part` of the sequence from `state`.
    ///
    /// The losses of all parts of an update are added: a mean is a sum over the targets of this
    /// part divided by the number of targets of the whole window, `update.steps()` times the
    /// sequences.
    ///
    /// @param tape tape of this part; inputs may be placed in its workspace
    /// @param part steps of the sequence to run
    /// @param update the update that the steps are run for
    /// @param state the state before the first of the steps
    WindowLoss run(
        Tape tape, TruncatedBptt.Window part, TruncatedBptt.Update update, StackState state);

    /// A model over a batch: each part is a window of it, whose lengths are cut with it. The loss
    /// of an update is the mean over the targets that count in its window.
    ///
    /// @throws IllegalArgumentException when it runs, if the batch does not fit the model or the
    ///   loss
    static Program of(SequenceModel model, Batch batch, Loss loss) {
      return (tape, part, update, state) -> {
        var window = batch.window(part.from(), part.steps());
        var run = Forward.of(tape, model, window, state);
        int count = part.counted() ? window.count() : 0;
        if (count == 0) {
          return new WindowLoss(null, run.lastState());
        }
        int whole = batch.window(update.from(), update.steps()).count();
        var mean = loss.mean(tape, run.logits(), window);
        double share = (double) count / whole;
        return new WindowLoss(count == whole ? mean : tape.scale(share, mean), run.lastState());
      };
    }
  }

  /// The result of a program.
  ///
  /// @param loss of the part's targets, one element; null if they do not count; may be null if
  ///   there is nothing to learn
  /// @param lastState the state after the last step
  public record WindowLoss(Variable loss, StackState lastState) {
    /// Checks that there is a state.
    public WindowLoss {
      Objects.requireNonNull(lastState, "lastState");
    }
  }

  private final Parameters parameters;
  private final Optimizer optimizer;
  private final TrainerOptions options;
  private final CounterRandom random;
  private final Workspace workspace = new Workspace();
  private final Validations validations;
  private long step;
  private long sequence;

  /// Creates a trainer.
  ///
  /// @param parameters the model's parameters, whose gradients are cleared and clipped
  /// @param optimizer updates them; its learning rate is set by the schedule
  public SequenceTrainer(Parameters parameters, Optimizer optimizer, TrainerOptions options) {
    this.parameters = Objects.requireNonNull(parameters, "parameters");
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
    this.options = Objects.requireNonNull(options, "options");
    this.random = new CounterRandom(options.seed());
    this.validations = new Validations(options, parameters);
  }

  /// Number of updates so far.
  public long steps() {
    return step;
  }

  /// Number of sequences trained so far.
  public long sequences() {
    return sequence;
  }

  /// Bytes of native memory in which segments are computed.
  public long workspaceBytes() {
    return workspace.capacity();
  }

  /// Trains on one sequence, or several side by side.
  ///
  /// In the record of each update, `loss` is the sum of its parts' losses, `tokens` the steps of
  /// the window times the sequences of the state, and `epoch` the number of the sequence;
  /// `epochEnded` tells whether it was the last update of the sequence.
  ///
  /// @param bptt interval of updates and reach of gradients
  /// @param steps of the sequence
  /// @param state read as the state before the first step; at the end it holds the state after the
  ///   last one, from which training can continue
  /// @param program the model
  /// @return the record of each update
  /// @throws TrainingDivergedException if a loss or a gradient is not finite and the policy is
  ///   [NonFinitePolicy#STOP]. With [NonFinitePolicy#SKIP] the update is skipped and the state
  ///   begins from zero
  /// @throws IllegalArgumentException if `steps` is not positive, or a loss was given for targets
  ///   that do not count
  public List<TrainingStep> train(
      TruncatedBptt bptt, int steps, RecurrentState state, Program program) {
    var plan = bptt.plan(steps);
    var done = new ArrayList<TrainingStep>();
    for (var update : plan) {
      done.add(update(update, state, program, update.to() == steps));
    }
    sequence++;
    return done;
  }

  /// Trains a model on a batch, by the loss of the options.
  ///
  /// If the batch is [fresh][Batch#fresh()], the state is first set to the model's initial state.
  ///
  /// @param state as in [#train(TruncatedBptt, int, RecurrentState, Program)]
  /// @return the record of each update
  /// @throws TrainingDivergedException as there
  /// @throws IllegalArgumentException if the batch does not fit the model or the loss
  public List<TrainingStep> train(
      TruncatedBptt bptt, SequenceModel model, Batch batch, RecurrentState state) {
    if (batch.fresh()) {
      try (var tape = Tape.evaluate(parameters.backend(), workspace)) {
        model.initialState(tape, state.batchSize()).copyTo(state);
      }
    }
    return train(bptt, batch.steps(), state, Program.of(model, batch, options.loss()));
  }

  /// Measures the model, and passes the result to the plateau and to early stopping; see
  /// [Trainer#validate(DoubleSupplier, EarlyStopping)].
  ///
  /// @param stopping null if there is none
  public double validate(DoubleSupplier measure, EarlyStopping stopping) {
    return validations.validate(measure, stopping);
  }

  /// See [Trainer#averagedWeights()].
  ///
  /// @throws IllegalStateException if the model has them already
  public Trainer.Weights averagedWeights() {
    return validations.averagedWeights();
  }

  private TrainingStep update(
      TruncatedBptt.Update update, RecurrentState state, Program program, boolean last) {
    validations.requireTrainable();
    double rate = validations.rate(step);
    optimizer.setLearningRate(rate);
    parameters.clearGradients();
    double loss = 0;
    int tapes = 0;
    for (var segment : update.segments()) {
      var draws = tapes == 0 ? random.fork(step) : random.fork(step).fork(tapes);
      loss += accumulate(segment, update, state, program, draws);
      tapes++;
    }
    double norm = GradientStep.clip(parameters, options);
    boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
    if (finite) {
      optimizer.step();
      validations.updated(step + 1);
    } else {
      GradientStep.refuse(parameters, options, step, loss, norm);
      state.clear();
    }
    int tokens = update.steps() * state.batchSize();
    var done = new TrainingStep(step, sequence, loss, norm, rate, tokens, last, !finite);
    step++;
    return done;
  }

  /// Runs both passes of a segment, accumulates gradients, and keeps the requested state.
  private double accumulate(
      TruncatedBptt.Segment segment,
      TruncatedBptt.Update update,
      RecurrentState state,
      Program program,
      CounterRandom draws) {
    try (var tape = Tape.record(parameters.backend(), workspace, draws)) {
      var at = state.on(tape);
      StackState kept = null;
      Variable loss = null;
      for (var part : segment.parts()) {
        var run = program.run(tape, part, update, at);
        if (run.loss() != null) {
          requireCounted(part);
          loss = loss == null ? run.loss() : tape.add(loss, run.loss());
        }
        at = run.lastState();
        kept = part.to() == segment.keepAt() ? at : kept;
      }
      double value = 0;
      if (loss != null) {
        tape.backward(loss);
        value = loss.value().scalar();
      }
      if (kept != null) { // only now: until here the tape may read the state that it started from
        kept.copyTo(state);
      }
      return value;
    }
  }

  private static void requireCounted(TruncatedBptt.Window part) {
    if (!part.counted()) {
      throw new IllegalArgumentException(
          "steps %d to %d do not count, expected no loss of them"
              .formatted(part.from(), part.to()));
    }
  }

  /// Frees the workspace; the caller still owns the parameters, the optimizer and the state.
  @Override
  public void close() {
    workspace.close();
  }
}
