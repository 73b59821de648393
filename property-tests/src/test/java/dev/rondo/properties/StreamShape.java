package dev.rondo.properties;

import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.recurrent.Skip;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// A stack that can be streamed, and how many streams of how many steps it is given; the seed
/// decides every number.
///
/// @param inputSize elements of a dense input, or of a token's vector
record StreamShape(
    Layers layers,
    Around around,
    int inputSize,
    int hiddenSize,
    int streams,
    int steps,
    long seed) {
  /// Different tokens where the input is one.
  static final int VOCABULARY = 11;

  /// The recurrent part.
  ///
  /// @param second whether a GRU of its own stands on top
  record Layers(Variant kind, int count, Skip skip, boolean learnsInitialState, boolean second) {}

  /// What is below and above the recurrent part.
  record Around(boolean tokens, boolean layerNorm, int linear, Output output) {}

  /// The last function.
  enum Output {
    IDENTITY,
    SIGMOID,
    SOFTMAX,
    /// A function that is not 0 at 0.
    AFFINE
  }

  private static Arbitrary<Layers> anyLayers() {
    // dropout and its kin have no part in a stream; of zoneout the expectation has
    return Combinators.combine(
            Arbitraries.of(Variant.class),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(Skip.class),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false))
        .as(Layers::new);
  }

  private static Arbitrary<Around> anyAround() {
    return Combinators.combine(
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(0, 0, 1, 5, 16, 32, 70),
            Arbitraries.of(Output.class))
        .as(Around::new);
  }

  /// Any stack, sizes around lanes and panels.
  static Arbitrary<StreamShape> any(int mostStreams, int mostSteps) {
    return Combinators.combine(
            anyLayers(),
            anyAround(),
            Arbitraries.of(1, 2, 15, 16, 17, 33),
            Arbitraries.of(1, 2, 3, 15, 16, 17, 33, 65),
            Arbitraries.integers().between(1, mostStreams),
            Arbitraries.integers().between(1, mostSteps),
            Arbitraries.longs())
        .as(StreamShape::new)
        .withoutEdgeCases();
  }

  static Arbitrary<WeightFormat> formats() {
    return Arbitraries.of(WeightFormat.class);
  }

  /// The inputs of every stream, `[steps][streams][inputSize]`.
  float[][][] vectors() {
    var x = Batch.empty().gaussian(seed, "x", steps, streams, inputSize);
    return x.sequences().get("x");
  }

  /// The inputs of every stream as tokens, `[steps][streams]`.
  int[][] tokens() {
    var tokens = new int[steps][streams];
    var vectors = vectors();
    for (int t = 0; t < steps; t++) {
      var step = vectors[t];
      Arrays.setAll(tokens[t], s -> Math.floorMod(Float.floatToIntBits(step[s][0]), VOCABULARY));
    }
    return tokens;
  }
}
