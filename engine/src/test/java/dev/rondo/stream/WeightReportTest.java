package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a report says of a model with stored weights.
class WeightReportTest {
  private static final double TOLERANCE = 1e-12;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  /// `y = [w, 1]·x` with bias 0 and one input.
  private StreamingStack linear(float w) {
    var parameters = new Parameters(Backend.best(), arena);
    var layer = Linear.of(1, 2).create(parameters, new CounterRandom(1));
    parameters.get("weight").value().set(0, 0, w);
    parameters.get("weight").value().set(1, 0, 1);
    parameters.get("bias").value().clear();
    return StreamingStack.ofDense(1).linear(layer);
  }

  /// w = 1 + 2^-8 becomes 1 in bfloat16: with x = 1, -3, 2 the first output differs by |x|/256, the
  /// second not at all.
  ///
  ///     largest    3/256
  ///     mean       (1 + 3 + 2)/256 / 6 = 1/256
  ///     magnitude  (1 + 3 + 2)·(2 + 1/256) / 6 = 2 + 1/256
  @Test
  void differencesAreThoseWorkedOutByHand() {
    var model = SmallModels.compile(linear(1 + 0x1p-8f), WeightFormat.BFLOAT16, arena);
    var report = WeightReport.of(model, new float[][] {{1}, {-3}, {2}});
    assertEquals(WeightFormat.BFLOAT16, report.weights());
    assertEquals(3, report.steps());
    assertEquals(3 / 256.0, report.largest(), TOLERANCE);
    assertEquals(1 / 256.0, report.mean(), TOLERANCE);
    assertEquals(2 + 1 / 256.0, report.magnitude(), TOLERANCE);
    assertEquals(
        "BFLOAT16 against FLOAT32 over 3 steps: largest difference 1.2e-02, mean 3.9e-03,"
            + " outputs 2.0e+00",
        report.text());
  }

  /// h = h₋₁·w with w = 1 + 2^-8 from h = 1, after two steps: (1 + 2^-8)² against 1.
  @Test
  void differencesAreCarriedFromStepToStep() {
    var parameters = new Parameters(Backend.best(), arena);
    var options = Rnn.of(1, 1, Rnn.options(Activation.IDENTITY)).learnedInitialState();
    var layer = options.create(parameters, new CounterRandom(1));
    parameters.all().forEach(parameter -> parameter.value().clear());
    double w = 1 + 0x1p-8;
    parameters.get("weight_hh_l0").value().set(0, 0, w);
    parameters.get("h0_l0").value().set(0, 0, 1);
    var stack = StreamingStack.ofDense(1).recurrent(layer);
    var model = SmallModels.compile(stack, WeightFormat.BFLOAT16, arena);
    assertEquals(w - 1, WeightReport.of(model, new float[1][1]).largest(), TOLERANCE);
    var report = WeightReport.of(model, new float[2][1]);
    assertEquals(w * w - 1, report.largest(), TOLERANCE);
    assertEquals((w - 1 + w * w - 1) / 2, report.mean(), TOLERANCE);
  }

  @Test
  void float32WeightsDifferInNothing() {
    var model = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
    var report = WeightReport.of(model, new float[][] {{1, 2, 3}, {-1, 0, 5}});
    assertEquals(0, report.largest());
    assertEquals(0, report.mean());
    assertTrue(report.magnitude() > 0);
    assertEquals(
        "FLOAT32 against FLOAT32 over 1 step: largest difference 0.0e+00, mean 0.0e+00",
        WeightReport.of(model, new float[1][3]).text().replaceAll(", outputs .*", ""));
  }

  @ParameterizedTest
  @EnumSource(names = "FLOAT32", mode = EnumSource.Mode.EXCLUDE)
  void storedWeightsDifferALittle(WeightFormat format) {
    var model = SmallModels.compile(SmallModels.gruOfTokens(arena, 1), format, arena);
    var report = WeightReport.of(model, new int[] {0, 6, 3, 3, 1, 2, 5});
    assertTrue(report.largest() > 0 && report.largest() < 0.02, report::text);
    assertTrue(report.mean() > 0 && report.mean() < report.largest(), report::text);
    assertEquals(0.5, report.magnitude(), 1e-6, "two probabilities");
    assertEquals(
        report,
        WeightReport.of(model, SmallModels.tokens(arena, 0, 6, 3, 3, 1, 2, 5), 7),
        "the same tokens in native memory");
  }

  /// 1e38·w overflows with either weight: no difference. NaN against a number is one.
  @Test
  void infinityIsTheSameAsInfinityAndNanIsSeen() {
    var model = SmallModels.compile(linear(10 + 0x1p-5f), WeightFormat.BFLOAT16, arena);
    var infinite = WeightReport.of(model, new float[][] {{1e38f}});
    assertEquals(0, infinite.largest());
    assertEquals(Double.POSITIVE_INFINITY, infinite.magnitude());
    // infinite with the larger of the two weights only: 3e38·(1.1328125 + 2^-9)
    var mixed = SmallModels.compile(linear(1.1328125f + 0x1p-9f), WeightFormat.BFLOAT16, arena);
    float edge = Float.MAX_VALUE / 1.1340f;
    assertEquals(
        Double.POSITIVE_INFINITY, WeightReport.of(mixed, new float[][] {{edge}}).largest());
    assertEquals(0, WeightReport.of(mixed, new float[][] {{Float.NaN}}).largest());
  }

  @Test
  void thePlaceOfTheModelIsNotTouched() {
    var model = SmallModels.compile(SmallModels.lstm(arena, 1), WeightFormat.INT8, arena);
    var state = model.newState(arena);
    var before = SmallModels.bytes(state);
    WeightReport.of(model, new float[4][3]);
    assertArrayEquals(before, SmallModels.bytes(state));
  }

  private static void assertRefused(String message, Runnable report) {
    var e = assertThrows(IllegalArgumentException.class, report::run);
    assertEquals(message, e.getMessage());
  }

  @Test
  void inputsThatDoNotFitAreRefused() {
    var dense = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
    var ofTokens = SmallModels.compile(SmallModels.gruOfTokens(arena, 1), arena);
    assertRefused("steps must be positive, was 0", () -> WeightReport.of(dense, new float[0][0]));
    assertRefused("steps must be positive, was 0", () -> WeightReport.of(ofTokens, new int[0]));
    assertRefused(
        "inputs[1] is [2], expected [3]",
        () -> WeightReport.of(dense, new float[][] {{1, 2, 3}, {1, 2}}));
    assertRefused(
        "inputs are tokens, expected [steps, 3]", () -> WeightReport.of(dense, new int[] {1}));
    assertRefused(
        "inputs are vectors, expected tokens",
        () -> WeightReport.of(ofTokens, new float[][] {{1}}));
    assertRefused("token is 7, expected 0 to 6", () -> WeightReport.of(ofTokens, new int[] {0, 7}));
    assertRefused(
        "inputs has 24 bytes, expected 36",
        () -> WeightReport.of(dense, SmallModels.floats(arena, new float[6]), 3));
    assertRefused(
        "inputs is on the heap, expected native memory",
        () -> WeightReport.of(dense, MemorySegment.ofArray(new float[6]), 2));
    dense.close();
    assertThrows(
        IllegalStateException.class, () -> WeightReport.of(dense, new float[][] {{1, 2, 3}}));
  }
}
