package dev.rondo.properties;

import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// A stack of any direction and the sizes of its inputs; the seed decides everything else.
record SequenceShape(
    Variant kind,
    int layers,
    Direction direction,
    Merge merge,
    Skip skip,
    int inputSize,
    int hiddenSize,
    int batchSize,
    int steps,
    long seed) {
  /// Cells that leave nothing out at random.
  static final List<Variant> CERTAIN =
      Arrays.stream(Variant.values()).filter(kind -> !kind.isRandom()).toList();

  /// Any stack over few steps: hidden sizes around the padding, and batches around the eight rows
  /// from which a layer orders its products otherwise.
  static Arbitrary<SequenceShape> any(List<Variant> kinds) {
    var batchSizes =
        Arbitraries.oneOf(
            Arbitraries.integers().between(1, 5), Arbitraries.integers().between(7, 10));
    var stacks =
        Combinators.combine(
            Arbitraries.of(kinds),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(Direction.class),
            Arbitraries.of(Merge.class),
            Arbitraries.of(Skip.class));
    return stacks
        .as((kind, layers, direction, merge, skip) ->
            new SequenceShape(kind, layers, direction, merge, skip, 1, 1, 1, 1, 0))
        .flatMap(stack ->
            Combinators.combine(
                    Arbitraries.integers().between(1, 18),
                    Arbitraries.of(1, 2, 3, 16, 17),
                    batchSizes,
                    Arbitraries.integers().between(1, 12),
                    Arbitraries.longs())
                .as((input, hidden, batch, steps, seed) ->
                    stack.sizes(input, hidden, batch, steps, seed)))
        .withoutEdgeCases();
  }

  SequenceShape sizes(int input, int hidden, int batch, int time, long key) {
    return new SequenceShape(kind, layers, direction, merge, skip, input, hidden, batch, time, key);
  }

  SequenceShape direction(Direction order) {
    return new SequenceShape(
        kind, layers, order, merge, skip, inputSize, hiddenSize, batchSize, steps, seed);
  }

  SequenceShape layers(int count) {
    return new SequenceShape(
        kind, count, direction, merge, skip, inputSize, hiddenSize, batchSize, steps, seed);
  }

  /// The layers of a stack apart: `inputSize` of each, the first layer first.
  int inputSize(int layer) {
    if (layer == 0) {
      return inputSize;
    }
    return options().outputSize() + (skip == Skip.INPUT ? inputSize : 0);
  }

  RecurrentOptions options() {
    var options = kind.of(inputSize, hiddenSize).layers(layers).skip(skip);
    return direction == Direction.BIDIRECTIONAL
        ? options.bidirectional(merge)
        : options.direction(direction);
  }

  boolean hasCellState() {
    return options().cell().hasCellState();
  }

  /// Layers, those of both directions counted.
  int states() {
    return layers * options().directions();
  }

  /// Whether state `i` is of a layer that goes backward.
  boolean backward(int i) {
    return direction == Direction.REVERSE || (direction == Direction.BIDIRECTIONAL && i % 2 == 1);
  }

  CounterRandom random() {
    return new CounterRandom(seed).fork(1);
  }

  /// x, and h0, c0 and so on, the initial states.
  Batch inputs() {
    var batch = Batch.empty().gaussian(seed, "x", steps, batchSize, inputSize);
    for (int i = 0; i < states(); i++) {
      batch.gaussian(seed, "h" + i, batchSize, options().stateSize());
      if (hasCellState()) {
        batch.gaussian(seed, "c" + i, batchSize, hiddenSize);
      }
    }
    return batch;
  }

  /// Gradients from above: of the output, and of every last state.
  Batch upstream() {
    var batch =
        Batch.empty().gaussian(seed + 1, "output", steps, batchSize, options().outputSize());
    for (int i = 0; i < states(); i++) {
      batch.gaussian(seed + 1, "last h" + i, batchSize, options().stateSize());
      if (hasCellState()) {
        batch.gaussian(seed + 1, "last c" + i, batchSize, hiddenSize);
      }
    }
    return batch;
  }

  /// A length for every row, 0 and the whole among them.
  int[] lengths() {
    var random = random();
    var lengths = new int[batchSize];
    Arrays.setAll(lengths, _ -> random.nextInt(steps + 1));
    return lengths;
  }

  /// Any steps of any rows.
  boolean[][] mask() {
    var random = random();
    var mask = new boolean[steps][batchSize];
    for (var step : mask) {
      for (int b = 0; b < batchSize; b++) {
        step[b] = random.nextDouble() < 0.65;
      }
    }
    return mask;
  }

  /// One of the kinds of lengths: the ends padded, or gaps of either meaning.
  Lengths anyLengths() {
    return switch (Math.floorMod(seed, 3)) {
      case 0 -> Lengths.of(lengths());
      case 1 -> Lengths.ofMask(mask(), Lengths.Gap.CARRY);
      default -> Lengths.ofMask(mask(), Lengths.Gap.ZERO);
    };
  }
}
