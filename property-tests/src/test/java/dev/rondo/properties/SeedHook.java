package dev.rondo.properties;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutionResult.Status;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/// Gives every property a seed that depends on the seed of the run and on the property's name, and
/// on nothing else: neither on the order of properties nor on what others draw.
///
/// The system property [#SEED] is the seed of the run: a number, 1 if it is not set, or `new`,
/// which draws one and prints it. A property whose annotation has a seed keeps that.
public final class SeedHook implements AroundPropertyHook {
  static final String SEED = "dev.rondo.properties.seed";

  private static final long RUN = run(System.getProperty(SEED, "1"));

  /// Made by jqwik.
  public SeedHook() {}

  /// Returns the seed of this run: with the profile `long-properties` another one in every JVM.
  public static long run() {
    return RUN;
  }

  private static long run(String seed) {
    if (!seed.equals("new")) {
      return Long.parseLong(seed);
    }
    long drawn = new SplittableRandom().nextLong(1, Integer.MAX_VALUE);
    System.out.printf("seed of this run: %d, repeated by -Drondo.test.seed=%d%n", drawn, drawn);
    return drawn;
  }

  /// Returns the seed of one property in a run.
  static String seed(long run, String property) {
    return Long.toString(new SplittableRandom(31 * run + property.hashCode()).nextLong());
  }

  static String name(PropertyLifecycleContext context) {
    var method = context.targetMethod();
    return context.containerClass().getName()
        + "."
        + method.getName()
        + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList();
  }

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    if (context.attributes().seed().isEmpty()) {
      context.attributes().setSeed(seed(RUN, name(context)));
    }
    var result = property.execute();
    if (result.status() == Status.FAILED) {
      context.reporter().publishValue("again", command(context));
    }
    return result;
  }

  /// Returns what runs the same tries again: their number is part of what is drawn.
  private static String command(PropertyLifecycleContext context) {
    var tries = Integer.getInteger(TriesHook.TRIES);
    return "mvn -B -pl property-tests -am test -Drondo.skipKernelRuns=true -Dtest=%s -Drondo.test.seed=%d%s"
        .formatted(
            context.containerClass().getSimpleName(),
            RUN,
            tries == null ? "" : " -Drondo.test.tries=-D" + TriesHook.TRIES + "=" + tries);
  }
}
