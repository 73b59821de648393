package dev.rondo.properties;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/// Gives every property as many tries as the system property [#TRIES] says, if it is set: the long
/// run. Properties say themselves how many are enough for a short one. An example, which has no
/// parameters, is the same each time and runs once.
public final class TriesHook implements AroundPropertyHook {
  static final String TRIES = "dev.rondo.properties.tries";

  /// Made by jqwik.
  public TriesHook() {}

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) {
    var tries = Integer.getInteger(TRIES);
    if (tries != null && context.targetMethod().getParameterCount() > 0) {
      context.attributes().setTries(tries);
    }
    return property.execute();
  }
}
