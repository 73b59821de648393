package dev.rondo.stream;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A model was warmed up.
@Name("dev.rondo.WarmUp")
@Label("Warm Up")
@Description("The kernels of a model were brought to their compiled form")
@Category("Rondo")
@Enabled(false)
@StackTrace(false)
final class WarmUpEvent extends Event implements StreamEvents.Timing {
  private static final WarmUpEvent PROBE = new WarmUpEvent();

  @Label("Steps")
  long steps;

  static boolean wanted() {
    return PROBE.isEnabled();
  }

  static WarmUpEvent start() {
    var event = new WarmUpEvent();
    event.begin();
    return event;
  }

  @Override
  public void end(StreamingModel model, long count) {
    steps = count;
    commit();
  }
}
