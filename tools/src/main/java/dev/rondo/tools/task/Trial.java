package dev.rondo.tools.task;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import dev.rondo.train.EarlyStopping;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// One run: a model of one kind learns a task with one learning rate, by Adam with gradients
/// clipped by their norm. The weights with the best evaluation are kept.
///
/// For a budget of steps without a limit of time, the result depends on the arguments alone, and
/// neither on threads nor on kernels.
final class Trial implements AutoCloseable {
  /// A measurement of the model during training.
  ///
  /// @param step the number of steps before it
  /// @param seconds the time spent in them
  /// @param trainingLoss the mean loss since the previous evaluation; NaN for the first one
  record Measurement(long step, double seconds, double trainingLoss, TaskScore validation) {}

  /// The result of a run.
  ///
  /// @param parameters the number of learned numbers
  /// @param evaluations all evaluations; the first is before training
  /// @param bestStep the step of the best weights
  /// @param validation their validation score
  /// @param test their test score
  /// @param diverged whether a loss or gradient that was not finite ended the run
  /// @param gradientBefore the [GradientCurve] of the first weights; null if not recurrent
  /// @param gradientAfter the curve of the best weights; null if not recurrent
  @SuppressWarnings("ArrayRecordComponent") // curves, to be drawn
  record Outcome(
      TaskModelKind kind,
      double learningRate,
      long parameters,
      List<Measurement> evaluations,
      long bestStep,
      TaskScore validation,
      TaskScore test,
      boolean diverged,
      double[] gradientBefore,
      double[] gradientAfter) {
    /// The last evaluation.
    Measurement last() {
      return evaluations.getLast();
    }
  }

  /// Receives the progress of a run.
  interface Listener {
    /// After each step.
    ///
    /// @param used the part of the budget that is used
    void progress(double used, double trainingLoss);

    /// After each evaluation.
    ///
    /// @throws IOException if it cannot be written
    void evaluated(TaskModelKind kind, double learningRate, Measurement evaluation)
        throws IOException;
  }

  private static final double NANO = 1e-9;

  private final TaskModelKind kind;
  private final Task task;
  private final TrialSettings recipe;
  private final Backend backend;
  private final double learningRate;
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final TaskModel model;
  private final Optimizer adam;
  private final EarlyStopping best;
  private final List<Measurement> evaluations = new ArrayList<>();
  private long step;
  private long bestStep;
  private long nanos;
  private double lossSum;
  private long lossCount;

  Trial(TaskModelKind kind, double learningRate, Task task, TrialSettings recipe, Backend backend) {
    this.kind = kind;
    this.task = task;
    this.recipe = recipe;
    this.backend = backend;
    this.learningRate = learningRate;
    var parameters = new Parameters(backend, arena);
    var random = kind.weights(new CounterRandom(recipe.seed()));
    model = kind.create(task, recipe, parameters, random);
    adam = Optimizer.of(parameters, Adam.of(learningRate));
    best = new EarlyStopping(parameters, Integer.MAX_VALUE, arena);
  }

  /// Trains without a result, so that the steps of a timed run are compiled.
  void warmUp(double seconds) {
    while (nanos * NANO < seconds && step()) {
      // nothing else
    }
  }

  /// Trains and measures.
  Outcome run(Budget budget, Listener listener) throws IOException {
    double[] before = gradientCurve();
    boolean finite = evaluate(listener);
    int parts = recipe.evaluations();
    for (int part = 1; part <= parts && finite; part++) {
      while (finite && !budget.reached(part, parts, step, nanos * NANO)) {
        finite = step();
        listener.progress(budget.used(step, nanos * NANO), lossSum / lossCount);
      }
      if (finite) {
        finite = evaluate(listener);
      }
      if (budget.cutShort(nanos * NANO)) {
        break;
      }
    }
    if (Double.isFinite(best.bestLoss())) {
      best.restoreBest();
    }
    return new Outcome(
        kind,
        learningRate,
        model.parameters().count(),
        List.copyOf(evaluations),
        bestStep,
        measure(Split.VALIDATION),
        measure(Split.TEST),
        !finite,
        before,
        gradientCurve());
  }

  /// One step.
  ///
  /// @return false if loss or gradient is not finite; then the weights are unchanged
  private boolean step() {
    long begun = System.nanoTime();
    model.parameters().clearGradients();
    double loss;
    try (var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
      int count = recipe.batchSize();
      var batch = Batch.of(task, Split.TRAINING, step * count, count, workspace);
      var outputs = model.forward(tape, batch.inputs(), task.outputSteps());
      var mean = task.measure().loss(tape, outputs, batch);
      tape.backward(mean);
      loss = mean.value().scalar();
    }
    double norm = GradientClipping.byGlobalNorm(model.parameters(), recipe.clipNorm());
    boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
    if (finite) {
      adam.step();
    }
    lossSum += loss;
    lossCount++;
    step++;
    nanos += System.nanoTime() - begun;
    return finite;
  }

  /// @return false if the error is not finite
  private boolean evaluate(Listener listener) throws IOException {
    var score = measure(Split.VALIDATION);
    var evaluation =
        new Measurement(
            step, nanos * NANO, lossCount == 0 ? Double.NaN : lossSum / lossCount, score);
    lossSum = 0;
    lossCount = 0;
    evaluations.add(evaluation);
    listener.evaluated(kind, learningRate, evaluation);
    if (best.observe(score.error())) {
      bestStep = step;
    }
    return Double.isFinite(score.error());
  }

  /// Measures the model on the sequences of a split.
  private TaskScore measure(Split split) {
    int wanted = recipe.sequences(task, split);
    int answers = task.scoredSteps();
    double error = 0;
    long right = 0;
    int ranges = task.distanceRanges().size();
    long[] rangeRight = new long[ranges];
    long[] rangeAnswers = new long[ranges];
    for (int first = 0; first < wanted; first += recipe.batchSize()) {
      int count = Math.min(recipe.batchSize(), wanted - first);
      try (var tape = Tape.evaluate(backend, workspace)) {
        var batch = Batch.of(task, split, first, count, workspace);
        var outputs = model.forward(tape, batch.inputs(), task.outputSteps());
        error += count * task.measure().loss(tape, outputs, batch).value().scalar();
        int[] rightOf = task.measure().right(outputs.value(), batch, answers);
        for (int b = 0; b < count; b++) {
          right += rightOf[b];
          if (ranges > 0) {
            int range = task.distanceRange(split, first + b);
            rangeRight[range] += rightOf[b];
            rangeAnswers[range] += answers;
          }
        }
      }
    }
    var byDistance =
        IntStream.range(0, ranges)
            .mapToObj(range -> (double) rangeRight[range] / rangeAnswers[range])
            .toList();
    return new TaskScore(error / wanted, (double) right / wanted / answers, byDistance);
  }

  private double[] gradientCurve() {
    return model instanceof RecurrentTaskModel recurrent
        ? GradientCurve.of(recurrent, task, recipe)
        : null;
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
  }
}
