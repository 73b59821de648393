package dev.rondo.properties;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.Linear;
import dev.rondo.nn.loss.ActivationRegularization;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.properties.LayerRun.Bits;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Layers without a recurrence, and losses.
enum Piece {
  LINEAR,
  LAYER_NORM,
  EMBEDDING,
  DROPOUT,
  LOCKED_DROPOUT,
  SOFTMAX,
  CROSS_ENTROPY,
  SQUARED_ERROR,
  BINARY_CROSS_ENTROPY,
  ACTIVATION_REGULARIZATION;

  private static final int VOCABULARY = 5;

  /// How large what goes in is.
  enum Values {
    ORDINARY(1),
    TINY(1e-20),
    /// Far into the flat parts of exp and sigmoid.
    SATURATED(60);

    final double scale;

    Values(double scale) {
      this.scale = scale;
    }
  }

  /// A piece and what goes in: `[steps, batchSize, size]`.
  record Case(Piece piece, int steps, int batchSize, int size, Values values, long seed) {}

  /// From what goes in to results.
  @FunctionalInterface
  interface Module {
    List<Variable> forward(Tape tape, Variable x);
  }

  /// Sizes around the padding.
  static Arbitrary<Case> cases() {
    return cases(Arbitraries.of(1, 2, 3, 15, 16, 17, 33), Arbitraries.integers().between(1, 5));
  }

  /// Sizes for a check of gradients.
  static Arbitrary<Case> smallCases() {
    return cases(Arbitraries.of(1, 2, 3, 5, 17), Arbitraries.integers().between(1, 3));
  }

  /// Large enough for work to be split over threads.
  static Arbitrary<Case> largeCases() {
    return cases(Arbitraries.of(63, 64, 80), Arbitraries.integers().between(20, 30));
  }

  private static Arbitrary<Case> cases(Arbitrary<Integer> sizes, Arbitrary<Integer> rows) {
    return Combinators.combine(
            Arbitraries.of(Piece.class),
            rows,
            rows,
            sizes,
            Arbitraries.of(Values.class),
            Arbitraries.longs())
        .as(Case::new);
  }

  static Tensor tensor(Arena arena, ElementType type, CounterRandom random, int... shape) {
    var tensor = Tensor.allocate(arena, type, shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextGaussian());
      }
    }
    return tensor;
  }

  /// The piece with all that it has beside its input; the same for equal cases.
  Module create(Parameters parameters, Arena arena, Case c) {
    var random = new CounterRandom(c.seed);
    int size = c.size;
    return switch (this) {
      case LINEAR -> {
        var linear = Linear.of(size, size + 1).create(parameters, random);
        yield (tape, x) -> List.of(linear.forward(tape, x));
      }
      case LAYER_NORM -> {
        var norm = LayerNorm.of(size).create(parameters);
        yield (tape, x) -> List.of(norm.forward(tape, x));
      }
      case EMBEDDING -> {
        var embedding = Embedding.of(VOCABULARY, size).create(parameters, random);
        var tokens = tokens(arena, c, random, VOCABULARY);
        yield (tape, x) -> List.of(tape.add(embedding.forward(tape, tokens), x));
      }
      case DROPOUT -> (tape, x) -> List.of(Dropout.apply(tape, x, 0.4));
      case LOCKED_DROPOUT -> (tape, x) -> List.of(Dropout.locked(tape, x, 0.4));
      case SOFTMAX -> (tape, x) -> List.of(tape.softmax(x));
      case CROSS_ENTROPY -> {
        var targets = tokens(arena, c, random, size);
        yield (tape, x) ->
            List.of(CrossEntropy.mean(tape, x, targets), CrossEntropy.sum(tape, x, targets));
      }
      case SQUARED_ERROR -> {
        var targets = like(parameters.backend(), arena, c, random);
        var counted = counted(parameters.backend(), arena, c, random);
        yield (tape, x) ->
            List.of(
                MeanSquaredError.mean(tape, x, targets),
                MeanSquaredError.sum(tape, x, targets, counted));
      }
      case BINARY_CROSS_ENTROPY -> {
        var targets = counted(parameters.backend(), arena, c, random);
        var counted = counted(parameters.backend(), arena, c, random);
        yield (tape, x) ->
            List.of(
                BinaryCrossEntropy.mean(tape, x, targets),
                BinaryCrossEntropy.sum(tape, x, targets, counted));
      }
      case ACTIVATION_REGULARIZATION -> {
        var lengths = lengths(c, random);
        yield (tape, x) ->
            List.of(
                ActivationRegularization.activations(tape, x, lengths, 2),
                ActivationRegularization.changes(tape, x, lengths, 0.5));
      }
    };
  }

  private static Tensor like(Backend backend, Arena arena, Case c, CounterRandom random) {
    return tensor(arena, backend.type(), random, c.steps, c.batchSize, c.size);
  }

  /// 0 or 1, the first always 1.
  private static Tensor counted(Backend backend, Arena arena, Case c, CounterRandom random) {
    var counted = Tensor.allocate(arena, backend.type(), c.steps, c.batchSize, c.size);
    for (int r = 0; r < counted.rows(); r++) {
      for (int i = 0; i < counted.columns(); i++) {
        counted.set(r, i, r + i == 0 ? 1 : random.nextInt(2));
      }
    }
    return counted;
  }

  /// Some of them ignored, the first never.
  private static Tokens tokens(Arena arena, Case c, CounterRandom random, int count) {
    var tokens = Tokens.allocate(arena, c.steps, c.batchSize);
    for (int t = 0; t < c.steps; t++) {
      for (int b = 0; b < c.batchSize; b++) {
        boolean ignored = t + b > 0 && random.nextInt(4) == 0;
        tokens.set(t, b, ignored ? Tokens.IGNORED : random.nextInt(count));
      }
    }
    return tokens;
  }

  /// From 0 to all steps, the first of all steps.
  private static Lengths lengths(Case c, CounterRandom random) {
    int[] lengths = new int[c.batchSize];
    for (int b = 0; b < lengths.length; b++) {
      lengths[b] = b == 0 ? c.steps : random.nextInt(c.steps + 1);
    }
    return Lengths.of(lengths);
  }

  /// What goes in.
  static Tensor input(Arena arena, ElementType type, Case c) {
    var random = new CounterRandom(c.seed).fork(1);
    var x = tensor(arena, type, random, c.steps, c.batchSize, c.size);
    for (int r = 0; r < x.rows(); r++) {
      for (int i = 0; i < x.columns(); i++) {
        x.set(r, i, c.values.scale * x.get(r, i));
      }
    }
    return x;
  }

  /// Forward, and back from a random gradient: every result and gradient, in bits.
  static Map<String, Bits> run(Backend backend, Case c) {
    var bits = new LinkedHashMap<String, Bits>();
    try (var arena = Arena.ofShared();
        var workspace = new Workspace()) {
      var parameters = new Parameters(backend, arena);
      var module = c.piece.create(parameters, arena, c);
      try (var tape = Tape.record(backend, workspace, new CounterRandom(c.seed + 1))) {
        var x = tape.input(input(arena, backend.type(), c));
        var random = new CounterRandom(c.seed + 2);
        Variable loss = null;
        for (var result : module.forward(tape, x)) {
          bits.put("result " + bits.size(), Bits.of("result", result.value()));
          var upstream = tensor(arena, backend.type(), random, result.value().shape());
          var part = tape.sum(tape.multiply(result, tape.constant(upstream)));
          loss = loss == null ? part : tape.add(loss, part);
        }
        tape.backward(loss);
        bits.put("gradient of x", Bits.of("x", x.gradient()));
      }
      for (var parameter : parameters.all()) {
        bits.put("gradient of " + parameter.name(), Bits.of("gradient", parameter.gradient()));
      }
    }
    return bits;
  }
}
