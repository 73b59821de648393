package dev.rondo.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CounterRandomTest {
  private static final int SAMPLES = 1_000_000;

  /// Samples are deterministic, so a bound either always holds or never; 4.5 standard errors would
  /// be missed by a good generator once in 150,000 choices of a seed.
  private static final double STANDARD_ERRORS = 4.5;

  /// Random123's `kat_vectors`, `threefry2x32 20`: counter, key and result, word 0 first.
  @ParameterizedTest
  @CsvSource({
    "00000000, 00000000, 00000000, 00000000, 6b200159, 99ba4efe",
    "ffffffff, ffffffff, ffffffff, ffffffff, 1cb996fc, bb002be7",
    "243f6a88, 85a308d3, 13198a2e, 03707344, c4923a9c, 483df7a0",
  })
  void blocksAreTheKnownAnswersOfRandom123(
      String counter0, String counter1, String key0, String key1, String word0, String word1) {
    long key = join(key0, key1);
    long counter = join(counter0, counter1);
    assertEquals(Integer.parseUnsignedInt(word0, 16), CounterRandom.bits(key, counter));
    assertEquals(join(word0, word1), CounterRandom.at(key, counter).nextLong());
    assertEquals(
        Integer.parseUnsignedInt(word0, 16), CounterRandom.at(key, counter).nextInt(), "nextInt");
  }

  private static long join(String low, String high) {
    return Long.parseUnsignedLong(high + low, 16);
  }

  @Test
  void theSeedIsTheKeyAndTheCounterStartsAtZero() {
    var random = new CounterRandom(-7);
    assertEquals(-7, random.key());
    assertEquals(0, random.counter());
    assertEquals("CounterRandom[key=-7, counter=0]", random.toString());
  }

  @Test
  void aDrawIsAFunctionOfKeyAndCounterOnly() {
    var random = new CounterRandom(42);
    for (int i = 0; i < 100; i++) {
      assertEquals(CounterRandom.bits(42, i), random.nextInt());
    }
  }

  @Test
  void aRestoredGeneratorContinuesWhateverWasDrawnBefore() {
    var random = new CounterRandom(99);
    for (int i = 0; i < 50; i++) {
      drawEverything(random);
      var restored = CounterRandom.at(random.key(), random.counter());
      assertArrayEquals(drawEverything(restored), drawEverything(random));
      assertEquals(random.counter(), restored.counter());
    }
  }

  private static double[] drawEverything(CounterRandom random) {
    int[] order = IntStream.range(0, 9).toArray();
    random.shuffle(order);
    return new double[] {
      random.nextInt(),
      random.nextInt(1000),
      random.nextLong(),
      random.nextFloat(),
      random.nextDouble(),
      random.nextGaussian(),
      random.next().nextInt(),
      random.fork(3).nextInt(),
      order[0]
    };
  }

  @Test
  void eachCallAdvancesTheCounterByItsBlocks() {
    var random = CounterRandom.at(5, 10);
    random.nextInt();
    assertEquals(11, random.counter());
    random.nextLong();
    assertEquals(12, random.counter());
    random.nextFloat();
    assertEquals(13, random.counter());
    random.nextDouble();
    assertEquals(14, random.counter());
    random.nextGaussian();
    assertEquals(16, random.counter());
    random.next();
    assertEquals(17, random.counter());
    random.fork(1);
    assertEquals(17, random.counter());
    random.skip(100);
    assertEquals(117, random.counter());
    assertEquals(CounterRandom.bits(5, 117), random.nextInt());
  }

  @Test
  void skippingBackwardsIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> new CounterRandom(1).skip(-1));
    assertEquals("draws must not be negative, was -1", e.getMessage());
  }

  @Test
  void theCounterMayPass32Bits() {
    var random = CounterRandom.at(1, 0xFFFF_FFFFL);
    int last = random.nextInt();
    int beyond = random.nextInt();
    assertEquals(0x1_0000_0000L, random.counter() - 1);
    assertNotEquals(last, beyond);
    assertNotEquals(CounterRandom.bits(1, 0), beyond);
  }

  @Test
  void everyBitOfADrawIsSetHalfOfTheTime() {
    var random = new CounterRandom(1);
    var ones = new int[Long.SIZE];
    for (int i = 0; i < SAMPLES; i++) {
      long bits = random.nextLong();
      for (int b = 0; b < Long.SIZE; b++) {
        ones[b] += (int) ((bits >>> b) & 1);
      }
    }
    double error = STANDARD_ERRORS * Math.sqrt(SAMPLES * 0.25);
    for (int b = 0; b < Long.SIZE; b++) {
      assertEquals(SAMPLES / 2.0, ones[b], error, "bit " + b);
    }
  }

  @Test
  void oneChangedBitOfSeedOrCounterChangesHalfOfTheResult() {
    int trials = 2000;
    for (int b = 0; b < Long.SIZE; b++) {
      int byKey = 0;
      int byCounter = 0;
      for (int i = 0; i < trials; i++) {
        int draw = CounterRandom.bits(i, 3L * i);
        byKey += Integer.bitCount(draw ^ CounterRandom.bits(i ^ (1L << b), 3L * i));
        byCounter += Integer.bitCount(draw ^ CounterRandom.bits(i, 3L * i ^ (1L << b)));
      }
      double error = STANDARD_ERRORS * Math.sqrt(trials * 32 * 0.25);
      assertEquals(trials * 16.0, byKey, error, "key bit " + b);
      assertEquals(trials * 16.0, byCounter, error, "counter bit " + b);
    }
  }

  @Test
  void floatsAreUniformMultiplesOfTheirUnitBelowOne() {
    var random = new CounterRandom(2);
    var values = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      values[i] = random.nextFloat();
      assertEquals(values[i] * 0x1p24, Math.rint(values[i] * 0x1p24));
    }
    assertUniform(values);
  }

  @Test
  void doublesAreUniformMultiplesOfTheirUnitBelowOne() {
    var random = new CounterRandom(3);
    var values = new double[SAMPLES];
    boolean fine = false;
    for (int i = 0; i < SAMPLES; i++) {
      values[i] = random.nextDouble();
      assertEquals(values[i] * 0x1p53, Math.rint(values[i] * 0x1p53));
      fine |= values[i] * 0x1p52 != Math.rint(values[i] * 0x1p52);
    }
    assertTrue(fine, "the last of 53 bits is never set");
    assertUniform(values);
  }

  private static void assertUniform(double[] values) {
    var summary = Arrays.stream(values).summaryStatistics();
    assertTrue(summary.getMin() >= 0 && summary.getMax() < 1, summary.toString());
    double count = values.length;
    assertEquals(0.5, summary.getAverage(), STANDARD_ERRORS * Math.sqrt(1 / 12.0 / count));
    // The variance of (x - 1/2)² is 1/80 - 1/144 = 1/180.
    double variance = Arrays.stream(values).map(x -> (x - 0.5) * (x - 0.5)).sum() / count;
    assertEquals(1 / 12.0, variance, STANDARD_ERRORS * Math.sqrt(1 / 180.0 / count));
    var bins = new int[1000];
    for (double value : values) {
      bins[(int) (value * bins.length)]++;
    }
    assertEvenlySpread(bins);
  }

  /// χ² has mean `n - 1` and variance `2(n - 1)`.
  private static void assertEvenlySpread(int[] bins) {
    double expected = Arrays.stream(bins).sum() / (double) bins.length;
    double chiSquared =
        Arrays.stream(bins).mapToDouble(b -> (b - expected) * (b - expected) / expected).sum();
    int freedom = bins.length - 1;
    assertEquals(freedom, chiSquared, STANDARD_ERRORS * Math.sqrt(2.0 * freedom));
  }

  @Test
  void gaussiansHaveTheMomentsAndTheTailsOfTheNormalDistribution() {
    var random = new CounterRandom(4);
    var moments = new double[5];
    double lagged = 0;
    double last = 0;
    int beyondOne = 0;
    int beyondThree = 0;
    for (int i = 0; i < SAMPLES; i++) {
      double z = random.nextGaussian();
      double power = 1;
      for (int m = 0; m < moments.length; m++) {
        moments[m] += power / SAMPLES;
        power *= z;
      }
      lagged += last * z / SAMPLES;
      last = z;
      beyondOne += Math.abs(z) > 1 ? 1 : 0;
      beyondThree += Math.abs(z) > 3 ? 1 : 0;
    }
    // The variance of z^m is E z^2m - (E z^m)²: 1, 2, 15, 96.
    double error = STANDARD_ERRORS / Math.sqrt(SAMPLES);
    assertEquals(0, moments[1], error);
    assertEquals(1, moments[2], error * Math.sqrt(2));
    assertEquals(0, moments[3], error * Math.sqrt(15));
    assertEquals(3, moments[4], error * Math.sqrt(96));
    assertEquals(0, lagged, error);
    assertEquals(0.317310507863, beyondOne / (double) SAMPLES, error * 0.5);
    assertEquals(0.002699796063, beyondThree / (double) SAMPLES, error * 0.052);
  }

  @Test
  void gaussiansAreFiniteAtTheEndsOfTheUniformNumbers() {
    // 1 - u is at least 2⁻⁵³, never 0.
    double furthest = StrictMath.sqrt(-2 * StrictMath.log(0x1p-53));
    assertEquals(8.572, furthest, 1e-3);
    assertEquals(0x1p-53, 1 - Math.nextDown(1.0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 10, 64, 1000})
  void boundedIntegersAreEvenlySpread(int bound) {
    var random = new CounterRandom(bound);
    var bins = new int[bound];
    for (int i = 0; i < SAMPLES; i++) {
      bins[random.nextInt(bound)]++;
    }
    if (bound > 1) {
      assertEvenlySpread(bins);
    }
  }

  @Test
  void largeBoundsAreUnbiasedToo() {
    // Of 2³² draws, 3·2³⁰ divide into 2³⁰ results of 1 or 2 each: without drawing again, every
    // third
    // result would be twice as probable, and the remainder by 3 would show it.
    int bound = 3 << 29;
    var random = new CounterRandom(6);
    var thirds = new int[3];
    var remainders = new int[3];
    for (int i = 0; i < SAMPLES; i++) {
      int value = random.nextInt(bound);
      assertTrue(value >= 0 && value < bound);
      thirds[value / (1 << 29)]++;
      remainders[value % 3]++;
    }
    assertEvenlySpread(thirds);
    assertEvenlySpread(remainders);
    assertTrue(random.counter() > SAMPLES, "nothing was drawn again");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void aBoundThatIsNotPositiveIsRefused(int bound) {
    var e = assertThrows(IllegalArgumentException.class, () -> new CounterRandom(1).nextInt(bound));
    assertEquals("bound must be positive, was " + bound, e.getMessage());
  }

  @Test
  void allOrdersOfAShuffleAreEquallyProbable() {
    var random = new CounterRandom(8);
    var bins = new int[24];
    for (int i = 0; i < 240_000; i++) {
      int[] order = {0, 1, 2, 3};
      random.shuffle(order);
      bins[rank(order)]++;
    }
    assertEvenlySpread(bins);
  }

  private static int rank(int[] order) {
    int rank = 0;
    for (int i = 0; i < order.length; i++) {
      int smaller = 0;
      for (int j = i + 1; j < order.length; j++) {
        smaller += order[j] < order[i] ? 1 : 0;
      }
      rank = rank * (order.length - i) + smaller;
    }
    return rank;
  }

  @Test
  void shufflingNothingOrOneThingDrawsNothing() {
    var random = new CounterRandom(9);
    random.shuffle(new int[0]);
    random.shuffle(new int[] {5});
    assertEquals(0, random.counter());
  }

  @Test
  void generatorsMadeOneAfterTheOtherDiffer() {
    var random = new CounterRandom(10);
    var keys = new HashSet<Long>();
    for (int i = 0; i < 10_000; i++) {
      var child = random.next();
      assertEquals(0, child.counter());
      keys.add(child.key());
      keys.add(random.fork(i).key());
    }
    assertEquals(20_000, keys.size(), "a fork or a child has another one's key");
  }

  @Test
  void aForkDependsOnKeyAndLabelOnly() {
    var random = new CounterRandom(11);
    var before = random.fork(77);
    random.nextLong();
    assertEquals(before.key(), random.fork(77).key());
    assertEquals(before.key(), CounterRandom.at(11, 1234).fork(77).key());
    assertNotEquals(before.key(), random.fork(78).key());
    assertNotEquals(before.key(), new CounterRandom(12).fork(77).key());
  }

  @Test
  void aChildIsUncorrelatedWithItsParent() {
    var parent = new CounterRandom(13);
    var child = parent.next();
    var fork = parent.fork(0);
    int equalToChild = 0;
    int equalToFork = 0;
    int draws = 100_000;
    for (int i = 0; i < draws; i++) {
      int bits = parent.nextInt();
      equalToChild += Integer.bitCount(bits ^ child.nextInt());
      equalToFork += Integer.bitCount(bits ^ fork.nextInt());
    }
    double error = STANDARD_ERRORS * Math.sqrt(draws * 32 * 0.25);
    assertEquals(draws * 16.0, equalToChild, error);
    assertEquals(draws * 16.0, equalToFork, error);
  }
}
