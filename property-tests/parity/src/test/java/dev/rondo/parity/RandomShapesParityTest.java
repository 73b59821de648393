package dev.rondo.parity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.parity.OperationCase.Operation;
import dev.rondo.parity.RecurrentCase.Cell;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
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
  private static final int[] SIZES = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 67, 130};

  private static final int[] BATCHES = {1, 1, 2, 3, 8, 9, 17};
  private static final int[] STEPS = {1, 2, 3, 6, 13, 24, 50};

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
    int hiddenSize = Math.max(any(random, SIZES), fewestUnits(cell));
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

  /// PyTorch projects to fewer columns than units; a lonely rectifier is mostly dead.
  private static int fewestUnits(Cell cell) {
    return switch (cell) {
      case LSTM_PROJECTED -> 2;
      case RNN_RELU -> 3;
      default -> 1;
    };
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void recurrentStacksAgree(RecurrentCase stack) {
    compare(stack);
  }

  static Stream<ModelCase> models() {
    return Stream.of(Cell.values())
        .flatMap(cell ->
            Stream.of(false, true)
                .flatMap(adam ->
                    random("model " + cell + " " + adam)
                        .map(random -> {
                          var stack =
                              stack(cell, random.nextInt(2) == 0, random.nextInt(2) == 0, random);
                          return new ModelCase(adam, stack, 2 + random.nextInt(40));
                        })));
  }

  @ParameterizedTest
  @MethodSource("models")
  void tenStepsOfTrainingAgree(ModelCase model) {
    compare(model);
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
                        columns(operation, random),
                        any(random, SIZES),
                        random.nextLong())));
  }

  /// Fewer columns are 0, or 1 and -1, when they are normalized, whatever x is: its gradient would
  /// consist of rounding.
  private static int columns(Operation operation, CounterRandom random) {
    int columns = any(random, SIZES);
    return operation == Operation.LAYER_NORM ? Math.max(columns, 3) : columns;
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
  void stepsOnSchedulesAgree(ScheduleCase schedule) {
    compare(schedule);
  }

  /// What is allowed where rounding decides is not to become the rule.
  @AfterAll
  static void hardlyAnyTensorIsBeyondTheLimit() {
    assertTrue(ParityReport.shareBeyond() < 1e-3);
  }

  private static void compare(ParityCase parityCase) {
    ParityReport.add(Parity.of(parityCase)).assertAgreement();
  }
}
