package dev.rondo.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final int DRAWS = 50_000;

  /// Draws are deterministic, so a bound holds always or never.
  private static final double STANDARD_ERRORS = 4.5;

  private final Arena memory = Arena.ofAuto();

  private Tensor row(ElementType type, double... logits) {
    var tensor = Tensor.allocate(memory, type, 1, logits.length);
    for (int i = 0; i < logits.length; i++) {
      tensor.set(0, i, logits[i]);
    }
    return tensor;
  }

  private Tensor row(double... logits) {
    return row(ElementType.FLOAT64, logits);
  }

  private Tensor logarithms(double... probabilities) {
    return row(Arrays.stream(probabilities).map(StrictMath::log).toArray());
  }

  private static Set<Integer> chosen(SamplerOptions options, Tensor logits, int draws) {
    var sampler = new Sampler(options);
    var random = new CounterRandom(1);
    var result = new TreeSet<Integer>();
    for (int i = 0; i < draws; i++) {
      result.add(sampler.choose(logits, 0, random));
    }
    return result;
  }

  private static void assertFrequencies(
      double[] probabilities, SamplerOptions options, Tensor logits) {
    var sampler = new Sampler(options);
    var random = new CounterRandom(2);
    var counts = new int[probabilities.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.choose(logits, 0, random)]++;
    }
    for (int i = 0; i < counts.length; i++) {
      double p = probabilities[i];
      double error = STANDARD_ERRORS * Math.sqrt(p * (1 - p) / DRAWS);
      assertEquals(p, counts[i] / (double) DRAWS, error, "token " + i);
    }
  }

  private static double[] normalized(double... weights) {
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void tokensAreAsFrequentAsTheSoftmaxSays(ElementType type) {
    double[] x = {1, -2, 0.5, 3, 3, -40, 2.25};
    for (double temperature : new double[] {0.5, 1, 3}) {
      double[] expected =
          normalized(Arrays.stream(x).map(v -> Math.exp(v / temperature)).toArray());
      assertFrequencies(expected, SamplerOptions.of(temperature), row(type, x));
    }
  }

  @Test
  void topKKeepsTheProportionsOfTheMostProbable() {
    var logits = logarithms(0.1, 0.4, 0.05, 0.25, 0.2);
    var options = SamplerOptions.of(1);
    assertFrequencies(normalized(0, 0.4, 0, 0.25, 0.2), options.topK(3), logits);
    assertFrequencies(new double[] {0, 1, 0, 0, 0}, options.topK(1), logits);
    assertFrequencies(normalized(0.1, 0.4, 0.05, 0.25, 0.2), options.topK(5), logits);
    assertFrequencies(normalized(0.1, 0.4, 0.05, 0.25, 0.2), options.topK(99), logits);
  }

  @Test
  void topPKeepsTheProportionsOfTheSmallestSetThatReachesIt() {
    var logits = logarithms(0.1, 0.4, 0.05, 0.25, 0.2);
    var options = SamplerOptions.of(1);
    assertFrequencies(new double[] {0, 1, 0, 0, 0}, options.topP(1e-9), logits);
    assertFrequencies(new double[] {0, 1, 0, 0, 0}, options.topP(0.399), logits);
    assertFrequencies(normalized(0, 0.4, 0, 0.25, 0), options.topP(0.401), logits);
    assertFrequencies(normalized(0, 0.4, 0, 0.25, 0), options.topP(0.649), logits);
    assertFrequencies(normalized(0, 0.4, 0, 0.25, 0.2), options.topP(0.651), logits);
    assertFrequencies(normalized(0.1, 0.4, 0, 0.25, 0.2), options.topP(0.949), logits);
    assertFrequencies(normalized(0.1, 0.4, 0.05, 0.25, 0.2), options.topP(0.951), logits);
  }

  /// Of 0.5, 0.3, 0.15, 0.05 top-k 2 leaves 0.625 and 0.375, so that top-p 0.6 leaves the first
  /// only. The other way round, top-p first, it would leave both.
  @Test
  void topPCountsWhatTopKHasLeft() {
    var logits = logarithms(0.5, 0.3, 0.15, 0.05);
    var options = SamplerOptions.of(1).topK(2);
    assertEquals(Set.of(0), chosen(options.topP(0.6), logits, 1000));
    assertEquals(Set.of(0, 1), chosen(options.topP(0.65), logits, 1000));
    assertEquals(Set.of(0, 1), chosen(SamplerOptions.of(1).topP(0.6), logits, 1000));
  }

  /// At temperature 1/2 the probabilities 0.4, 0.3, 0.3 become 16/34, 9/34, 9/34.
  @Test
  void theTemperatureComesFirst() {
    var logits = logarithms(0.4, 0.3, 0.3);
    assertEquals(Set.of(0), chosen(SamplerOptions.of(0.5).topP(0.47), logits, 1000));
    assertEquals(Set.of(0, 1), chosen(SamplerOptions.of(1).topP(0.47), logits, 1000));
    assertEquals(Set.of(0, 1), chosen(SamplerOptions.of(0.5).topP(0.72), logits, 1000));
    assertEquals(Set.of(0, 1, 2), chosen(SamplerOptions.of(1).topP(0.72), logits, 1000));
  }

  @Test
  void whereLogitsTieTheLowerTokensAreKept() {
    var equal = row(2, 2, 2, 2, 2, 2, 2, 2);
    assertEquals(Set.of(0, 1, 2), chosen(SamplerOptions.of(1).topK(3), equal, 1000));
    assertEquals(Set.of(0, 1, 2), chosen(SamplerOptions.of(1).topP(0.375), equal, 1000));
    var zeros = row(-0.0, 0.0, -1, 0.0);
    assertEquals(Set.of(0, 1), chosen(SamplerOptions.of(1).topK(2), zeros, 1000));
  }

  @Test
  void greedyTakesTheLargestAndOfEqualsTheFirstAndDrawsNothing() {
    var sampler = new Sampler(SamplerOptions.GREEDY);
    var random = new CounterRandom(3);
    assertEquals(2, sampler.choose(row(-5, -3, -1, -1, -2), 0, random));
    assertEquals(0, sampler.choose(row(-0.0, 0.0), 0, random));
    assertEquals(1, sampler.choose(row(Double.NEGATIVE_INFINITY, -1e308), 0, random));
    assertEquals(0, sampler.choose(row(7), 0, random));
    assertEquals(0, random.counter());
    assertTrue(SamplerOptions.of(0).topK(5).topP(0.5).isGreedy());
    assertFalse(SamplerOptions.of(1e-300).isGreedy());
  }

  @Test
  void theSmallestTemperatureIsAsGood() {
    var logits = row(1, 3, 2, -1e308, Double.NEGATIVE_INFINITY);
    for (double temperature : new double[] {Double.MIN_VALUE, 1e-300, 1e-3}) {
      assertEquals(Set.of(1), chosen(SamplerOptions.of(temperature), logits, 100));
    }
  }

  @Test
  void thereIsNoOverflow() {
    var logits = row(1e308, -1e308, 1e308, Double.NEGATIVE_INFINITY);
    assertFrequencies(new double[] {0.5, 0, 0.5, 0}, SamplerOptions.of(1), logits);
    var floats = row(ElementType.FLOAT32, Float.MAX_VALUE, -Float.MAX_VALUE);
    assertEquals(Set.of(0), chosen(SamplerOptions.of(1e-9).topP(0.9), floats, 100));
    assertFrequencies(new double[] {0.5, 0.5}, SamplerOptions.of(Double.MAX_VALUE), row(-1, 1));
  }

  @Test
  void negativeInfinityIsNeverChosen() {
    double no = Double.NEGATIVE_INFINITY;
    var logits = row(no, no, 1, no, 1, no);
    for (var options :
        List.of(
            SamplerOptions.of(1),
            SamplerOptions.of(1).topK(6),
            SamplerOptions.of(1).topK(5),
            SamplerOptions.of(1).topP(0.9999999999999999),
            SamplerOptions.of(1).topK(4).topP(0.9999999999999999))) {
      assertEquals(Set.of(2, 4), chosen(options, logits, 1000), options.toString());
    }
  }

  @Test
  void aChoiceDrawsOneBlockWhateverTheOptions() {
    var logits = row(1, 2, 3, 4);
    for (var options :
        List.of(
            SamplerOptions.of(1),
            SamplerOptions.of(1).topK(1),
            SamplerOptions.of(1).topP(0.1),
            SamplerOptions.of(2).topK(3).topP(0.9))) {
      var random = new CounterRandom(4);
      new Sampler(options).choose(logits, 0, random);
      assertEquals(1, random.counter(), options.toString());
    }
  }

  /// Logits from -8 to 7, so that many are equal.
  private static double[] integers(CounterRandom random, int size) {
    return IntStream.range(0, size).mapToDouble(_ -> random.nextInt(16) - 8).toArray();
  }

  /// The same choice by sorting all tokens, from the same random number.
  private static int reference(SamplerOptions options, double[] x, CounterRandom random) {
    double max = Arrays.stream(x).max().orElseThrow();
    double[] weight =
        Arrays.stream(x).map(v -> StrictMath.exp((v - max) / options.temperature())).toArray();
    boolean all = options.topK() == 0 || options.topK() >= x.length;
    List<Integer> tokens = IntStream.range(0, x.length).boxed().toList();
    if (!all || options.topP() < 1) {
      tokens =
          tokens.stream()
              .sorted(Comparator.comparingDouble((Integer i) -> -x[i]).thenComparing(i -> i))
              .limit(all ? x.length : options.topK())
              .toList();
    }
    double total = tokens.stream().mapToDouble(i -> weight[i]).sum();
    double kept = 0;
    int count = 0;
    while (count < tokens.size() && (options.topP() == 1 || kept < options.topP() * total)) {
      kept += weight[tokens.get(count++)];
    }
    double left = random.nextDouble() * kept;
    for (int i = 0; i < count; i++) {
      left -= weight[tokens.get(i)];
      if (left < 0) {
        return tokens.get(i);
      }
    }
    return tokens.get(count - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 16, 17, 100, 1001})
  void everyChoiceIsThatOfASortedReference(int size) {
    var random = new CounterRandom(size);
    for (int topK : new int[] {0, 1, 2, 5, size - 1, size, 2 * size}) {
      for (double topP : new double[] {1e-6, 0.3, 0.77, 0.999, 1}) {
        var options = new SamplerOptions(0.8, Math.max(topK, 0), topP);
        var sampler = new Sampler(options);
        for (int i = 0; i < 8; i++) {
          double[] x = integers(random, size);
          var here = new CounterRandom(i);
          var there = new CounterRandom(i);
          assertEquals(
              reference(options, x, there), sampler.choose(row(x), 0, here), options.toString());
        }
      }
    }
  }

  /// Worked out with another program, in another language. Whoever changes the order of a sum, the
  /// generator or the exponential changes what every seed says.
  @ParameterizedTest
  @CsvSource({
    "1, 0, 1, 6 6 6 2 1 6 9 6 6 6 6 6 6 2 6 6",
    "0.7, 5, 1, 2 2 4 6 6 6 7 2 6 6 6 6 6 6 6 2",
    "1.5, 0, 0.8, 4 4 7 6 6 2 9 4 2 2 2 6 4 6 6 4",
    "1, 6, 0.9, 2 2 7 6 6 6 9 4 2 2 6 6 2 6 6 2",
  })
  void aSeedSaysTheSameForever(double temperature, int topK, double topP, String expected) {
    var sampler = new Sampler(new SamplerOptions(temperature, topK, topP));
    var logits = row(0.5, -1, 2, 0, 1.25, -0.5, 3, 1, -3, 0.75);
    var random = new CounterRandom(2026);
    var tokens = IntStream.range(0, 16).mapToObj(_ -> "" + sampler.choose(logits, 0, random));
    assertEquals(expected, tokens.collect(Collectors.joining(" ")));
  }

  @Test
  void onlyTheRowThatWasAskedForCounts() {
    var logits = Tensor.allocate(memory, ElementType.FLOAT32, 2, 3, 17);
    logits.fill(Double.NaN);
    for (int c = 0; c < 17; c++) {
      logits.set(4, c, c == 11 ? 1 : -100);
    }
    // Padding is never a token, whatever stands there.
    for (int c = 17; c < logits.stride(); c++) {
      logits.columns(0, logits.stride()).set(4, c, 1000);
    }
    for (var options : List.of(SamplerOptions.GREEDY, SamplerOptions.of(1).topK(3).topP(0.9))) {
      assertEquals(11, new Sampler(options).choose(logits, 4, new CounterRandom(5)));
    }
    var greedy = new Sampler(SamplerOptions.GREEDY);
    var random = new CounterRandom(5);
    assertThrows(IndexOutOfBoundsException.class, () -> greedy.choose(logits, 6, random));
    assertThrows(IndexOutOfBoundsException.class, () -> greedy.choose(logits, -1, random));
  }

  @Test
  void whatWasSampledBeforeDoesNotMatter() {
    var options = SamplerOptions.of(1).topK(4).topP(0.9);
    var used = new Sampler(options);
    used.choose(row(integers(new CounterRandom(1), 500)), 0, new CounterRandom(6));
    for (int size = 1; size < 40; size++) {
      var logits = row(integers(new CounterRandom(size), size));
      assertEquals(
          new Sampler(options).choose(logits, 0, new CounterRandom(size)),
          used.choose(logits, 0, new CounterRandom(size)));
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void logitsThatAreNoNumbersAreRefused(ElementType type) {
    for (var options : List.of(SamplerOptions.GREEDY, SamplerOptions.of(1))) {
      var sampler = new Sampler(options);
      double no = Double.NEGATIVE_INFINITY;
      assertRefused(
          "the logit of class 2 in row 0 is NaN, expected a finite number or -Infinity",
          sampler,
          row(type, 1, 2, Double.NaN, 4));
      assertRefused(
          "the logit of class 0 in row 0 is Infinity, expected a finite number or -Infinity",
          sampler,
          row(type, Double.POSITIVE_INFINITY, 2));
      assertRefused(
          "row 0 has no class with a finite logit, logits are [1, 2] " + type,
          sampler,
          row(type, no, no));
      assertRefused(
          "row 0 has no class with a finite logit, logits are [1, 0] " + type, sampler, row(type));
    }
  }

  private static void assertRefused(String message, Sampler sampler, Tensor logits) {
    var random = new CounterRandom(7);
    var e = assertThrows(IllegalArgumentException.class, () -> sampler.choose(logits, 0, random));
    assertEquals(message, e.getMessage());
    assertEquals(0, random.counter());
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1, 'temperature must not be negative, was -1.0'",
    "-1e-300, 0, 1, 'temperature must not be negative, was -1.0E-300'",
    "NaN, 0, 1, 'temperature must be finite, was NaN'",
    "Infinity, 0, 1, 'temperature must be finite, was Infinity'",
    "-Infinity, 0, 1, 'temperature must not be negative, was -Infinity'",
    "1, -1, 1, 'topK must not be negative, was -1'",
    "1, 0, 0, 'topP must be in (0, 1], was 0.0'",
    "1, 0, -0.5, 'topP must be in (0, 1], was -0.5'",
    "1, 0, 1.0000001, 'topP must be in (0, 1], was 1.0000001'",
    "1, 0, NaN, 'topP must be in (0, 1], was NaN'",
  })
  void optionsAreChecked(double temperature, int topK, double topP, String message) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new SamplerOptions(temperature, topK, topP));
    assertEquals(message, e.getMessage());
  }

  @Test
  void optionsReadAsASentence() {
    assertEquals(new SamplerOptions(0.8, 40, 0.95), SamplerOptions.of(0.8).topK(40).topP(0.95));
    var sampler = new Sampler(SamplerOptions.GREEDY);
    assertEquals(new SamplerOptions(0, 0, 1), sampler.options());
  }

  @Test
  void aChoiceAllocatesNothing() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var logits = row(ElementType.FLOAT32, integers(new CounterRandom(8), 300));
    var random = new CounterRandom(8);
    for (var options :
        List.of(
            SamplerOptions.GREEDY, SamplerOptions.of(1), SamplerOptions.of(1).topK(9).topP(0.9))) {
      var sampler = new Sampler(options);
      long least = Long.MAX_VALUE;
      // The JVM itself allocates a little now and then, and loads classes; a choice that did would
      // cost 16 bytes, every time.
      for (int round = 0; round < 5; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
          sampler.choose(logits, 0, random);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      long allocated = least;
      assertTrue(allocated < 8_000, () -> options + " allocated " + allocated);
    }
  }
}
