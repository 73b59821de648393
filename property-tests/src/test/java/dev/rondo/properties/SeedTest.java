package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import org.junit.jupiter.api.Test;

/// A run draws what the run before it drew.
class SeedTest {
  private static final String NAME =
      "dev.rondo.properties.SeedTest.aPropertyDrawsFromItsOwnSeed[long]";

  private static final List<Long> DRAWN = new ArrayList<>();

  /// With the seed of a run that nobody chose, the numbers are those of every run on any machine.
  static final class AsEveryTime implements AroundPropertyHook {
    @Override
    public PropertyExecutionResult aroundProperty(
        PropertyLifecycleContext context, PropertyExecutor property) {
      DRAWN.clear();
      var result = property.execute();
      assertEquals(NAME, SeedHook.name(context));
      assertEquals(SeedHook.seed(SeedHook.run(), NAME), result.seed().orElseThrow());
      if (SeedHook.run() == 1 && Integer.getInteger(TriesHook.TRIES) == null) {
        assertEquals(List.of(-2L, -3536L, 195532L, 26L), DRAWN);
      }
      return result;
    }
  }

  @Property(tries = 4)
  @AddLifecycleHook(AsEveryTime.class)
  void aPropertyDrawsFromItsOwnSeed(@ForAll long number) {
    DRAWN.add(number);
  }

  @Test
  void seedsDifferByRunAndByProperty() {
    assertEquals("-8822918685989661716", SeedHook.seed(1, NAME));
    assertNotEquals(SeedHook.seed(1, NAME), SeedHook.seed(2, NAME));
    assertNotEquals(SeedHook.seed(1, NAME), SeedHook.seed(1, NAME + "s"));
  }
}
