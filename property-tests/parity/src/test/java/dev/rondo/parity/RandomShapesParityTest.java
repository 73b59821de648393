package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.parity.OperationCase.Operation;
import dev.rondo.parity.RecurrentCase.Cell;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The engine against PyTorch over random shapes, in float64 and, by the vector kernels, in
/// float32.
///
/// A failing case says all that makes it. `-Drondo.parity.cases` is the number of shapes of each
/// operation, `-Drondo.parity.seed` what they are drawn from.
class RandomShapesParityTest {
  private static final int CASES = Integer.getInteger("rondo.parity.cases", 40);
  private static final long SEED = Long.getLong("rondo.parity.seed", 1);

  /// One, odd, about the widths of lanes, and beyond them.
  private static final int[] SIZES = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 67};

  private static final int[] BATCHES = {1, 1, 2, 3, 8, 9, 17};
  private static final int[] STEPS = {1, 2, 3, 6, 13, 24};

  private static int any(CounterRandom random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /// A source of shapes for each operation, whatever the others draw.
  private static Stream<CounterRandom> random(Object operation) {
    var ofOperation = new CounterRandom(SEED).fork(operation.toString().hashCode());
    return IntStream.range(0, CASES).mapToObj(ofOperation::fork);
  }

  static Stream<RecurrentCase> stacks() {
    return Stream.of(Cell.values())
        .flatMap(cell ->
            Stream.of(false, true)
                .flatMap(bidirectional ->
                    Stream.of(false, true)
                        .flatMap(packed ->
                            random(cell + " " + bidirectional + " " + packed)
                                .map(random -> stack(cell, bidirectional, packed, random)))));
  }

  private static RecurrentCase stack(
      Cell cell, boolean bidirectional, boolean packed, CounterRandom random) {
    int hiddenSize = Math.max(any(random, SIZES), cell == Cell.LSTM_PROJECTED ? 2 : 1);
    int batchSize = any(random, BATCHES);
    int steps = any(random, STEPS);
    var lengths = new ArrayList<Integer>();
    for (int b = 0; packed && b < batchSize; b++) {
      lengths.add(1 + random.nextInt(steps));
    }
    return new RecurrentCase(
        cell,
        1 + random.nextInt(3),
        bidirectional,
        any(random, SIZES),
        hiddenSize,
        batchSize,
        steps,
        lengths,
        random.nextLong());
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void recurrentStacksAgree(RecurrentCase stack) {
    compare(stack);
  }

  static Stream<OperationCase> operations() {
    return Stream.of(Operation.values())
        .flatMap(operation ->
            random(operation)
                .map(random ->
                    new OperationCase(
                        operation,
                        any(random, STEPS),
                        any(random, BATCHES),
                        any(random, SIZES),
                        any(random, SIZES),
                        random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void layersWithoutTimeAgree(OperationCase operation) {
    compare(operation);
  }

  static Stream<LossCase> losses() {
    return Stream.of(LossCase.Loss.values())
        .flatMap(loss ->
            random(loss)
                .map(random ->
                    new LossCase(
                        loss,
                        random.nextInt(2) == 0,
                        random.nextInt(2) == 0,
                        any(random, STEPS),
                        any(random, BATCHES),
                        any(random, SIZES),
                        random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void lossesAgree(LossCase loss) {
    compare(loss);
  }

  static Stream<ClippingCase> clipping() {
    return Stream.of(false, true)
        .flatMap(byNorm ->
            random(byNorm)
                .map(random ->
                    new ClippingCase(
                        byNorm,
                        0.1 * Math.pow(1000, random.nextDouble()),
                        any(random, SIZES),
                        any(random, SIZES),
                        random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("clipping")
  void clippedGradientsAgree(ClippingCase clipping) {
    compare(clipping);
  }

  static Stream<OptimizerCase> optimizers() {
    return Stream.of(OptimizerCase.Rule.values())
        .flatMap(rule ->
            random(rule)
                .map(random ->
                    new OptimizerCase(
                        rule, any(random, SIZES), any(random, SIZES), random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void tenStepsOfOptimizersAgree(OptimizerCase optimizer) {
    compare(optimizer);
  }

  static Stream<ScheduleCase> schedules() {
    return Stream.of(ScheduleCase.Schedule.values())
        .flatMap(schedule ->
            random(schedule)
                .map(random ->
                    new ScheduleCase(
                        schedule,
                        any(random, SIZES),
                        any(random, SIZES),
                        10 + random.nextInt(40),
                        random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void stepsOnASchedule(ScheduleCase schedule) {
    compare(schedule);
  }

  private static void compare(ParityCase parityCase) {
    var operands = parityCase.operands();
    try (var exact = Backend.float64(Threads.one());
        var vector = Backend.vector(Threads.one())) {
      var float64 = differences(parityCase, operands, ScalarType.Double, exact);
      var float32 = differences(parityCase, operands, ScalarType.Float, vector);
      ParityReport.add(parityCase.operation(), float64, float32);
      Comparison.assertWithin(Comparison.FLOAT64_TOLERANCE, float64, parityCase);
      Comparison.assertWithin(Comparison.FLOAT32_TOLERANCE, float32, parityCase);
    }
  }

  private static Map<String, Double> differences(
      ParityCase parityCase, Operands operands, ScalarType type, Backend backend) {
    return Comparison.differences(
        TorchRun.of(parityCase, operands, type), parityCase.onEngine(backend, operands));
  }
}
