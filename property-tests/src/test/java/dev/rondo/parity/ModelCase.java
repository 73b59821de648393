package dev.rondo.parity;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Ten training steps of a whole model, embedding, recurrent stack, linear layer and cross-entropy,
/// with clipped gradients: losses, norms, the first gradients and the last parameters.
///
/// @param adam whether Adam makes the steps, or else gradient descent with momentum
/// @param stack its input is what the embedding gives
/// @param vocabulary tokens, and classes
record ModelCase(boolean adam, RecurrentCase stack, int vocabulary) implements ParityCase {
  static final int STEPS = 10;

  /// Below the norm of the first gradients, which is about 1, at times.
  static final double LARGEST_NORM = 0.8;

  static final double ADAM_RATE = 0.01;

  /// Far above PyTorch's 1e-8, with which gradients that consist of rounding make whole steps.
  static final double ADAM_EPSILON = 1e-3;

  static final double SGD_RATE = 0.1;
  static final double MOMENTUM = 0.9;

  @Override
  public String operation() {
    return "model of %s, %s"
        .formatted(
            stack.cell().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            adam ? "adam" : "sgd with momentum");
  }

  @Override
  public Operands operands() {
    int outputSize = stack.directions() * stack.stateSize();
    double bound = 1 / Math.sqrt(outputSize);
    var operands =
        Operands.of(stack.seed())
            .whole("tokens", vocabulary, stack.steps(), stack.batchSize())
            .gaussian("embedding.weight", 1, vocabulary, stack.inputSize())
            .uniform("head.weight", -bound, bound, vocabulary, outputSize)
            .uniform("head.bias", -bound, bound, vocabulary);
    stack.addParameters(operands, "stack.");
    var random = new CounterRandom(stack.seed()).fork(1);
    return operands.add(
        "targets",
        new int[] {stack.steps(), stack.batchSize()},
        i -> isReal(i) ? random.nextInt(vocabulary) : Tokens.IGNORED);
  }

  private boolean isReal(int i) {
    var lengths = stack.lengths();
    return lengths.isEmpty() || i / stack.batchSize() < lengths.get(i % stack.batchSize());
  }

  /// The result that holds a parameter's gradient in the first step, as it was clipped.
  static String firstGradient(String name) {
    return "first gradient of " + name;
  }

  /// The result that holds a parameter after the last step.
  static String trained(String name) {
    return name + " trained";
  }

  @Override
  public Map<String, Numbers> onEngine(Backend backend, Operands operands) {
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      return new Model(backend, workspace, arena, operands).train();
    }
  }

  /// The model on the engine.
  private final class Model {
    private final Backend backend;
    private final Workspace workspace;
    private final Parameters parameters;
    private final Embedding embedding;
    private final Recurrent layers;
    private final Linear head;
    private final Tokens tokens;
    private final Tokens targets;

    Model(Backend backend, Workspace workspace, Arena arena, Operands operands) {
      this.backend = backend;
      this.workspace = workspace;
      parameters = new Parameters(backend, arena);
      var random = new CounterRandom(1);
      embedding =
          Embedding.of(vocabulary, stack.inputSize()).create(parameters.at("embedding"), random);
      layers = stack.options().create(parameters.at("stack"), random);
      head =
          Linear.of(stack.options().outputSize(), vocabulary).create(parameters.at("head"), random);
      for (var parameter : parameters.all()) {
        parameter.value().copyFrom(operands.get(parameter.name()).tensor(arena, backend.type()));
      }
      tokens = operands.get("tokens").tokens(arena);
      targets = operands.get("targets").tokens(arena);
    }

    Map<String, Numbers> train() {
      var optimizer = optimizer();
      var losses = new double[STEPS];
      var norms = new double[STEPS];
      var results = new LinkedHashMap<String, Numbers>();
      for (int step = 0; step < STEPS; step++) {
        losses[step] = differentiate();
        norms[step] = GradientClipping.byGlobalNorm(parameters, LARGEST_NORM);
        if (step == 0) {
          for (var parameter : parameters.all()) {
            results.put(firstGradient(parameter.name()), Numbers.of(parameter.gradient()));
          }
        }
        optimizer.step();
      }
      parameters.values().forEach((name, value) -> results.put(trained(name), Numbers.of(value)));
      results.put("losses", Numbers.of(losses));
      results.put("norms", Numbers.of(norms));
      return results;
    }

    private Optimizer optimizer() {
      return adam
          ? Adam.of(parameters, Adam.options(ADAM_RATE).epsilon(ADAM_EPSILON))
          : Sgd.of(parameters, Sgd.options(SGD_RATE).momentum(MOMENTUM));
    }

    private double differentiate() {
      parameters.clearGradients();
      try (var tape = Tape.record(backend, workspace, new CounterRandom(0))) {
        var x = embedding.forward(tape, tokens);
        var output = layers.forward(tape, x, stack.realSteps()).output();
        var loss = CrossEntropy.mean(tape, head.forward(tape, output), targets);
        tape.backward(loss);
        return loss.value().scalar();
      }
    }
  }
}
