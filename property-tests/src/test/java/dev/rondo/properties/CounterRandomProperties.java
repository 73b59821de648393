package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/// Random numbers are a function of key and counter, and of nothing else.
@Label("Law 1.9: random numbers are a function of a key and a counter")
class CounterRandomProperties {
  @Property
  void aDrawIsWhatItsKeyAndCounterSay(
      @ForAll long key, @ForAll @IntRange(max = 100) int draws, @ForAll long counter) {
    var drawn = CounterRandom.at(key, counter);
    for (int i = 0; i < draws; i++) {
      assertEquals(CounterRandom.bits(key, counter + i), drawn.nextInt());
    }
    assertEquals(counter + draws, drawn.counter());
    var skipped = CounterRandom.at(key, counter);
    skipped.skip(draws);
    assertEquals(drawn.nextLong(), skipped.nextLong());
  }

  @Property
  void aForkTakesNoDrawAndIsAnotherSequence(@ForAll long key, @ForAll long label) {
    var random = new CounterRandom(key);
    var fork = random.fork(label);
    assertEquals(0, random.counter());
    assertEquals(fork.nextLong(), random.fork(label).nextLong());
    assertTrue(random.fork(label + 1).key() != random.fork(label).key());
  }

  @Property
  void drawsStayInTheirRange(@ForAll long key, @ForAll @IntRange(min = 1) int bound) {
    var random = new CounterRandom(key);
    for (int i = 0; i < 20; i++) {
      int bounded = random.nextInt(bound);
      assertTrue(bounded >= 0 && bounded < bound);
      double unit = random.nextDouble();
      assertTrue(unit >= 0 && unit < 1);
      float single = random.nextFloat();
      assertTrue(single >= 0 && single < 1);
      // the longest tail that 53 bits reach: sqrt(-2·ln 2^-53)
      assertTrue(Math.abs(random.nextGaussian()) < 8.6);
    }
  }

  @Property
  void aShuffleKeepsWhatItOrders(@ForAll long key, @ForAll @Size(max = 50) int[] values) {
    int[] shuffled = values.clone();
    new CounterRandom(key).shuffle(shuffled);
    int[] again = values.clone();
    new CounterRandom(key).shuffle(again);
    assertArrayEquals(shuffled, again);
    Arrays.sort(shuffled);
    Arrays.sort(values);
    assertArrayEquals(values, shuffled);
  }
}
