package dev.rondo.bench.peers;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rondo, written as its users write it. Everything lives until the process ends.
public final class RondoContender implements Contender {
  private final Work work;
  private final Arena memory = Arena.ofShared();
  private final Backend backend;
  private final Workspace workspace = new Workspace();
  private final CounterRandom random = new CounterRandom(1);
  private final Parameters parameters;
  private final Recurrent layer;
  private final Optimizer adam;

  /// Null unless the work is a character model, like the other parts of it.
  private Embedding embedding;

  private Linear head;
  private Tokens letters;
  private Tokens targets;

  /// Null if the work is a character model.
  private Tensor input;

  /// Null unless one layer is trained.
  private Tensor upstream;

  private RondoContender(Work work, Numbers operands) throws IOException {
    this.work = work;
    backend = Backend.best(Threads.of(work.threads()));
    parameters = new Parameters(backend, memory);
    int size = work.hiddenSize();
    boolean model = work.kind() == Work.Kind.CHARLM;
    if (model) {
      embedding = Embedding.of(Work.SYMBOLS, size).create(parameters.at("embedding"), random);
    }
    layer = options(work).create(parameters.at("layer"), random);
    if (model) {
      head = Linear.of(size, Work.SYMBOLS).create(parameters.at("head"), random);
      letters = tokens(operands.readTokens("input"));
      targets = tokens(operands.readTokens("targets"));
    } else {
      input = sequence(operands.read("input"));
    }
    if (work.kind() == Work.Kind.TRAIN) {
      upstream = sequence(operands.read("upstream"));
    }
    for (var parameter : parameters.all()) {
      set(parameter.value(), operands.read(parameter.name()));
    }
    adam = Optimizer.of(parameters, Adam.of(Work.LEARNING_RATE));
  }

  /// Started by [PeersCommand].
  public static void main(String[] arguments) {
    Worker.serve(arguments, RondoContender::new);
  }

  private static RecurrentOptions options(Work work) {
    int size = work.hiddenSize();
    var cell = Cells.standard().parse(work.cell().label());
    return RecurrentOptions.of(cell, size, size).layers(work.layers());
  }

  private Tokens tokens(int[] values) {
    var result = Tokens.allocate(memory, work.steps(), work.batchSize());
    for (int i = 0; i < values.length; i++) {
      result.set(i / work.batchSize(), i % work.batchSize(), values[i]);
    }
    return result;
  }

  private Tensor sequence(float[] values) {
    var result =
        Tensor.allocate(
            memory, ElementType.FLOAT32, work.steps(), work.batchSize(), work.hiddenSize());
    set(result, values);
    return result;
  }

  private static void set(Tensor target, float[] values) {
    for (int r = 0; r < target.rows(); r++) {
      MemorySegment.copy(
          values,
          r * target.columns(),
          target.segment(),
          ValueLayout.JAVA_FLOAT,
          target.byteOffset(r, 0),
          target.columns());
    }
  }

  private static float[] values(Tensor source) {
    var wide = source.toArray();
    var values = new float[wide.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) wide[i];
    }
    return values;
  }

  @Override
  public void check(Numbers results) throws IOException {
    try (var tape = Tape.evaluate(backend, workspace)) {
      results.write("output", values(forward(tape).value()));
    }
    if (!work.trains()) {
      return;
    }
    for (int step = 0; step < Work.CHECKED_STEPS; step++) {
      differentiate();
      if (step == 0) {
        for (var parameter : parameters.all()) {
          results.write("gradient." + parameter.name(), values(parameter.gradient()));
        }
      }
      update();
    }
    for (var parameter : parameters.all()) {
      results.write("after." + parameter.name(), values(parameter.value()));
    }
  }

  @Override
  public void iterate() {
    if (work.trains()) {
      differentiate();
      update();
    } else {
      try (var tape = Tape.evaluate(backend, workspace)) {
        forward(tape);
      }
    }
  }

  private Variable forward(Tape tape) {
    if (work.kind() != Work.Kind.CHARLM) {
      return layer.forward(tape, tape.constant(input)).output();
    }
    var run = layer.forward(tape, embedding.forward(tape, letters));
    return CrossEntropy.mean(tape, head.forward(tape, run.output()), targets);
  }

  private void differentiate() {
    try (var tape = Tape.record(backend, workspace, random.next())) {
      var result = forward(tape);
      if (upstream == null) {
        tape.backward(result);
      } else {
        tape.backward(result, upstream);
      }
    }
  }

  private void update() {
    GradientClipping.byGlobalNorm(parameters, work.largestNorm());
    adam.step();
    parameters.clearGradients();
  }
}
