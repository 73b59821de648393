package dev.rondo.bench;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.bench.array.ArrayParameter;
import dev.rondo.bench.array.ArrayTraining;
import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;

/// One recurrent layer of the engine, input = hidden, with everything that a training step needs:
/// the contender of sequence and training benchmarks. Equal sizes give equal weights and operands.
final class EngineLayer implements AutoCloseable {
  /// So small that weights hardly change, however often a step is repeated.
  static final double LEARNING_RATE = 1e-7;

  /// Small enough to clip always.
  static final double MAXIMUM_NORM = 1e-2;

  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final Backend backend;
  private final int batchSize;
  private final Lengths lengths;
  private final Parameters parameters;
  private final Recurrent layer;
  private final Optimizer adam;
  private final Tensor x;
  private final Tensor upstream;

  EngineLayer(Backend backend, Cell kind, int steps, int batchSize, int hiddenSize) {
    this(backend, options(kind, hiddenSize), steps, batchSize, null);
  }

  /// @param lengths the lengths of the sequences; null if all have every step
  EngineLayer(
      Backend backend, RecurrentOptions options, int steps, int batchSize, Lengths lengths) {
    this.backend = backend;
    this.batchSize = batchSize;
    this.lengths = lengths;
    parameters = new Parameters(backend, arena);
    layer = options.create(parameters, new CounterRandom(42));
    adam = Optimizer.of(parameters, Adam.of(LEARNING_RATE));
    x = Operands.random(arena, 1, steps, batchSize, options.inputSize());
    upstream = Operands.random(arena, 2, steps, batchSize, options.outputSize());
  }

  private static RecurrentOptions options(Cell kind, int hiddenSize) {
    return RecurrentOptions.of(Cells.standard().parse(kind.label()), hiddenSize, hiddenSize);
  }

  /// 10⁹ floating-point operations of the products of a forward pass; a training step counts three
  /// times as many.
  static double forwardGigaflops(Cell kind, int steps, int batchSize, int hiddenSize) {
    return 2e-9 * steps * batchSize * kind.gates() * hiddenSize * (2.0 * hiddenSize);
  }

  Parameters parameters() {
    return parameters;
  }

  /// The input, step by step.
  Tensor x() {
    return x;
  }

  /// dL/d(output), step by step.
  Tensor upstream() {
    return upstream;
  }

  private Tensor steps(Tensor all, int count) {
    return all.rows(0, count * batchSize).reshape(count, batchSize, all.columns());
  }

  /// Runs the first `count` steps without recording.
  ///
  /// @return h of the steps, until the next call
  Tensor forward(int count) {
    try (var tape = Tape.evaluate(backend, workspace)) {
      return layer.forward(tape, tape.constant(steps(x, count)), lengths).output().value();
    }
  }

  /// A training step over the first `count` steps: forward and backward pass, clipping, Adam. The
  /// input needs no gradient.
  ///
  /// @return the norm of the gradients
  double train(int count) {
    double norm = gradients(count);
    adam.step();
    parameters.clearGradients();
    return norm;
  }

  /// Forward and backward pass and clipping alone, for a comparison.
  private double gradients(int count) {
    try (var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var run = layer.forward(tape, tape.constant(steps(x, count)), lengths);
      tape.backward(run.output(), steps(upstream, count));
    }
    return GradientClipping.byGlobalNorm(parameters, MAXIMUM_NORM);
  }

  /// Requires equal bits of outputs and clipped gradients of two contenders after some steps.
  /// Leaves gradients cleared.
  static void requireEqualBits(EngineLayer segment, EngineLayer vector, int count) {
    Operands.requireEqualBits(segment.forward(count), vector.forward(count));
    segment.gradients(count);
    vector.gradients(count);
    for (int i = 0; i < segment.parameters.all().size(); i++) {
      Operands.requireEqualBits(
          segment.parameters.all().get(i).gradient(), vector.parameters.all().get(i).gradient());
    }
    segment.parameters.clearGradients();
    vector.parameters.clearGradients();
  }

  /// Requires clipped gradients of arrays equal to this layer's within `tolerance` of the largest.
  void requireClose(ArrayTraining arrays, int count, double tolerance) {
    gradients(count);
    arrays.gradients();
    for (int i = 0; i < parameters.all().size(); i++) {
      var expected = parameters.all().get(i).gradient();
      double largest = 0;
      for (double g : expected.toArray()) {
        largest = Math.max(largest, Math.abs(g));
      }
      ArrayParameter actual = arrays.layer().parameters().get(i);
      Operands.requireClose(expected, actual.gradient(), tolerance * largest);
    }
    parameters.clearGradients();
  }

  @Override
  public void close() {
    backend.close();
    workspace.close();
    arena.close();
  }
}
