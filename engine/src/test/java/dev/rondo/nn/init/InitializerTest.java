package dev.rondo.nn.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class InitializerTest {
  /// How far from orthonormal a matrix may be that was rounded to float64.
  private static final double ORTHONORMAL = 1e-13;

  /// The same for float32: dot products of rounded elements.
  private static final double ORTHONORMAL_FLOAT = 1e-6;

  /// Samples are deterministic, so a bound either always holds or never; 4.5 standard errors would
  /// be missed by a good generator once in 150,000 choices of a seed.
  private static final double STANDARD_ERRORS = 4.5;

  private final Arena memory = Arena.ofConfined();

  @AfterEach
  void close() {
    memory.close();
  }

  record Named(String name, Initializer initializer, int drawsPerElement) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Named> all() {
    return Stream.of(
        new Named("zeros", Initializer.zeros(), 0),
        new Named("constant", Initializer.constant(0.1), 0),
        new Named("uniform", Initializer.uniform(-0.3, 0.7), 1),
        new Named("normal", Initializer.normal(0.5, 2), 2),
        new Named("xavierUniform", Initializer.xavierUniform(1.5), 1),
        new Named("xavierNormal", Initializer.xavierNormal(1.5), 2),
        new Named("truncatedNormal", Initializer.truncatedNormal(0.5, 2), 1),
        new Named("logUniform", Initializer.logUniform(1, 9), 1),
        new Named("kaimingUniform", Initializer.kaimingUniform(1.5, Fan.OUT), 1),
        new Named("kaimingNormal", Initializer.kaimingNormal(1.5, Fan.OUT), 2),
        new Named("lecunUniform", Initializer.lecunUniform(), 1),
        new Named("lecunNormal", Initializer.lecunNormal(), 2),
        new Named("noisy identity", Initializer.identity(0.1, 0.2), 2),
        new Named("orthogonal", Initializer.orthogonal(1.5), 2),
        new Named("identity", Initializer.identity(0.1), 0),
        new Named("per gate", Initializer.perGate(2, Initializer.orthogonal(1)), 2));
  }

  private Tensor float64(int... shape) {
    return Tensor.allocate(memory, ElementType.FLOAT64, shape);
  }

  private Tensor float32(int... shape) {
    return Tensor.allocate(memory, ElementType.FLOAT32, shape);
  }

  private Tensor filled(Initializer initializer, int... shape) {
    var result = float64(shape);
    initializer.fill(result, new CounterRandom(1));
    return result;
  }

  @ParameterizedTest
  @MethodSource("all")
  void equalSeedsGiveEqualBits(Named named) {
    var first = float32(6, 5);
    var second = float32(6, 5);
    second.fill(Double.NaN);
    named.initializer.fill(first, new CounterRandom(7));
    named.initializer.fill(second, new CounterRandom(7));
    assertArrayEquals(first.toArray(), second.toArray());
    if (named.drawsPerElement > 0) {
      named.initializer.fill(second, new CounterRandom(8));
      assertNotEquals(first.get(0, 0), second.get(0, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void float32HoldsTheRoundedValuesOfFloat64(Named named) {
    var wide = float64(6, 17);
    var narrow = float32(6, 17);
    named.initializer.fill(wide, new CounterRandom(7));
    named.initializer.fill(narrow, new CounterRandom(7));
    assertArrayEquals(
        Arrays.stream(wide.toArray()).map(x -> (float) x).toArray(), narrow.toArray());
  }

  @ParameterizedTest
  @MethodSource("all")
  void drawsCountElementsAndNotPadding(Named named) {
    var random = new CounterRandom(7);
    named.initializer.fill(float32(6, 17), random);
    assertEquals(6L * 17 * named.drawsPerElement, random.counter());
  }

  @ParameterizedTest
  @MethodSource("all")
  void paddingStaysZero(Named named) {
    var target = float32(6, 17);
    named.initializer.fill(target, new CounterRandom(7));
    var rows = target.columns(0, target.stride());
    for (int r = 0; r < 6; r++) {
      for (int c = 17; c < target.stride(); c++) {
        assertEquals(0.0, rows.get(r, c));
      }
    }
  }

  /// Of a view, nothing but its rows: the rows around it keep what they held.
  @ParameterizedTest
  @MethodSource("all")
  void aViewIsFilledAlone(Named named) {
    var target = float32(8, 5);
    target.fill(Double.NaN);
    named.initializer.fill(target.rows(2, 4), new CounterRandom(7));
    for (int r = 0; r < 8; r++) {
      for (int c = 0; c < 5; c++) {
        assertEquals(r < 2 || r >= 6, Double.isNaN(target.get(r, c)));
      }
    }
  }

  @Test
  void uniformTakesOneDrawForEachElementInOrder() {
    var target = filled(Initializer.uniform(-0.5, 0.25), 3, 5);
    var random = new CounterRandom(1);
    for (int r = 0; r < 3; r++) {
      for (int c = 0; c < 5; c++) {
        assertEquals(-0.5 + 0.75 * random.nextDouble(), target.get(r, c));
      }
    }
  }

  @Test
  void normalTakesOneGaussianForEachElementInOrder() {
    var target = filled(Initializer.normal(0.5, 2), 3, 5);
    var random = new CounterRandom(1);
    for (int r = 0; r < 3; r++) {
      for (int c = 0; c < 5; c++) {
        assertEquals(0.5 + 2 * random.nextGaussian(), target.get(r, c));
      }
    }
  }

  /// The bound is gain·√(6/(200 + 300)); the variance a third of its square, 2·gain²/500.
  @Test
  void xavierUniformKeepsItsBoundAndVariance() {
    double bound = 1.5 * Math.sqrt(6.0 / 500);
    var elements = filled(Initializer.xavierUniform(1.5), 200, 300).toArray();
    double largest = Arrays.stream(elements).map(Math::abs).max().orElseThrow();
    assertTrue(largest <= bound, "largest " + largest);
    assertTrue(largest > 0.999 * bound, "largest " + largest);
    // the fourth moment of this distribution is 9/5 of the squared variance
    assertVariance(elements, 2 * 1.5 * 1.5 / 500, 9.0 / 5);
  }

  /// The fourth moment of a normal distribution is 3 times the squared variance.
  @Test
  void xavierNormalKeepsItsVariance() {
    var elements = filled(Initializer.xavierNormal(1.5), 200, 300).toArray();
    assertVariance(elements, 2 * 1.5 * 1.5 / 500, 3);
  }

  private static void assertVariance(double[] elements, double variance, double kurtosis) {
    double squares = Arrays.stream(elements).map(x -> x * x).sum();
    double standardError = variance * Math.sqrt((kurtosis - 1) / elements.length);
    assertEquals(variance, squares / elements.length, STANDARD_ERRORS * standardError);
    double sum = Arrays.stream(elements).sum();
    assertEquals(0, sum / elements.length, STANDARD_ERRORS * Math.sqrt(variance / elements.length));
  }

  /// Both fans of [4, 3, 2, 5] count the 10 elements of its field: √(6/(10·(4 + 3))).
  @Test
  void xavierCountsTheFieldOfAConvolution() {
    double[] expected = filled(Initializer.uniform(-1, 1), 4, 3, 2, 5).toArray();
    double bound = Math.sqrt(6.0 / 70);
    assertArrayEquals(
        Arrays.stream(expected).map(x -> x * bound).toArray(),
        filled(Initializer.xavierUniform(1), 4, 3, 2, 5).toArray(),
        1e-15);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 9", "9, 1", "5, 5", "64, 64", "50, 17", "17, 50", "129, 128"})
  void theShorterSideOfAnOrthogonalMatrixIsOrthonormal(int rows, int columns) {
    assertOrthonormal(filled(Initializer.orthogonal(1), rows, columns), 1, ORTHONORMAL);
    var narrow = float32(rows, columns);
    Initializer.orthogonal(2).fill(narrow, new CounterRandom(3));
    assertOrthonormal(narrow, 2, ORTHONORMAL_FLOAT);
  }

  /// (1/gain²)·QᵀQ, or QQᵀ of a wide matrix, is the identity.
  private static void assertOrthonormal(Tensor q, double gain, double tolerance) {
    int rows = q.rows();
    int columns = q.columns();
    boolean wide = columns > rows;
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j <= i; j++) {
        double dot = 0;
        for (int k = 0; k < length; k++) {
          dot += wide ? q.get(i, k) * q.get(j, k) : q.get(k, i) * q.get(k, j);
        }
        assertEquals(
            i == j ? 1 : 0, dot / (gain * gain), tolerance, "%s at %d, %d".formatted(q, i, j));
      }
    }
  }

  /// A = Q·R, so R = QᵀA is upper triangular, and its diagonal positive: this Q and no other.
  @Test
  void orthogonalIsTheFactorWhoseDiagonalIsPositive() {
    int rows = 7;
    int columns = 4;
    var a = filled(Initializer.normal(0, 1), rows, columns);
    var q = filled(Initializer.orthogonal(1), rows, columns);
    for (int i = 0; i < columns; i++) {
      for (int j = 0; j < columns; j++) {
        double dot = 0;
        for (int k = 0; k < rows; k++) {
          dot += q.get(k, i) * a.get(k, j);
        }
        if (i == j) {
          assertTrue(dot > 0.1, "diagonal " + dot);
        } else if (i > j) {
          assertEquals(0, dot, ORTHONORMAL);
        }
      }
    }
  }

  /// The rows of a wide matrix are those of A, each made orthogonal to the rows above it: the first
  /// keeps its direction.
  @Test
  void aWideMatrixIsTheFactorOfItsTranspose() {
    double[] a = filled(Initializer.normal(0, 1), 3, 8).rows(0, 1).toArray();
    double length = Math.sqrt(Arrays.stream(a).map(x -> x * x).sum());
    assertArrayEquals(
        Arrays.stream(a).map(x -> x / length).toArray(),
        filled(Initializer.orthogonal(1), 3, 8).rows(0, 1).toArray(),
        1e-15);
  }

  /// [4, 3, 2, 5] is seen as [4, 30]: the same elements in the same order.
  @Test
  void orthogonalSeesMoreDimensionsAsAMatrix() {
    assertArrayEquals(
        filled(Initializer.orthogonal(1), 4, 30).toArray(),
        filled(Initializer.orthogonal(1), 4, 3, 2, 5).toArray());
  }

  @Test
  void orthogonalLeavesAnEmptyMatrixAlone() {
    var random = new CounterRandom(1);
    Initializer.orthogonal(1).fill(float32(0, 4), random);
    Initializer.orthogonal(1).fill(float32(4, 0), random);
    assertEquals(0, random.counter());
  }

  /// As one matrix [4·6, 5] only its 5 columns could be orthonormal.
  @Test
  void perGateMakesEachGateOrthogonal() {
    var target = filled(Initializer.perGate(4, Initializer.orthogonal(1)), 4 * 6, 5);
    for (int gate = 0; gate < 4; gate++) {
      assertOrthonormal(target.rows(gate * 6, 6), 1, ORTHONORMAL);
    }
    assertNotEquals(target.get(0, 0), target.get(6, 0));
  }

  /// Fans of one gate are 6 and 5, not 24 and 5.
  @Test
  void perGateTakesTheFansOfOneGate() {
    double[] gates = filled(Initializer.perGate(4, Initializer.xavierUniform(1)), 24, 5).toArray();
    double bound = Math.sqrt(6.0 / 11);
    assertArrayEquals(filled(Initializer.uniform(-bound, bound), 24, 5).toArray(), gates);
    var identity = filled(Initializer.perGate(2, Initializer.identity(3)), 4, 2);
    assertArrayEquals(new double[] {3, 0, 0, 3, 3, 0, 0, 3}, identity.toArray());
  }

  @Test
  void perGateKeepsFurtherDimensions() {
    double bound = Math.sqrt(6.0 / (10 * (2 + 3)));
    assertArrayEquals(
        filled(Initializer.uniform(-bound, bound), 4, 3, 2, 5).toArray(),
        filled(Initializer.perGate(2, Initializer.xavierUniform(1)), 4, 3, 2, 5).toArray());
  }

  @Test
  void identityNeedNotBeSquare() {
    assertArrayEquals(
        new double[] {0.5, 0, 0, 0, 0.5, 0}, filled(Initializer.identity(0.5), 2, 3).toArray());
    assertArrayEquals(
        new double[] {0.5, 0, 0, 0.5, 0, 0}, filled(Initializer.identity(0.5), 3, 2).toArray());
  }

  @Test
  void constantsOverwriteEverything() {
    var target = float64(2, 3);
    target.fill(Double.NaN);
    Initializer.constant(0.25).fill(target, new CounterRandom(1));
    assertArrayEquals(new double[] {0.25, 0.25, 0.25, 0.25, 0.25, 0.25}, target.toArray());
    Initializer.zeros().fill(target, new CounterRandom(1));
    assertArrayEquals(new double[6], target.toArray());
  }

  @Test
  void shapesWithoutMeaningAreRefused() {
    var vector = float32(8);
    var random = new CounterRandom(1);
    for (var initializer :
        List.of(
            Initializer.xavierUniform(1),
            Initializer.xavierNormal(1),
            Initializer.orthogonal(1),
            Initializer.identity(1),
            Initializer.perGate(4, Initializer.zeros()))) {
      assertThrows(IllegalArgumentException.class, () -> initializer.fill(vector, random));
    }
    var three = Initializer.perGate(3, Initializer.zeros());
    var matrix = float32(8, 2);
    assertEquals(
        "target is [8, 2] FLOAT32, expected rows in a multiple of 3 gates",
        assertThrows(IllegalArgumentException.class, () -> three.fill(matrix, random))
            .getMessage());
    var cube = float32(2, 2, 2);
    var identity = Initializer.identity(1);
    assertThrows(IllegalArgumentException.class, () -> identity.fill(cube, random));
  }

  @Test
  void valuesAreChecked() {
    assertEquals(
        "low must be at most high and both finite, were 1.0 and 0.0",
        assertThrows(IllegalArgumentException.class, () -> Initializer.uniform(1, 0)).getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> Initializer.uniform(0, Double.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> Initializer.uniform(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.normal(0, -1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.normal(Double.NaN, 1));
    assertThrows(IllegalArgumentException.class, () -> Initializer.xavierUniform(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Initializer.xavierNormal(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Initializer.orthogonal(Double.NaN));
    var zeros = Initializer.zeros();
    assertThrows(IllegalArgumentException.class, () -> Initializer.perGate(0, zeros));
  }
}
