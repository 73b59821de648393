package dev.rondo.stream;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/// A step of one stream, or of several at once, that took longer than the threshold.
@Name("dev.rondo.SlowStep")
@Label("Slow Step")
@Description("A step of a stream, or of several at once, took longer than the threshold")
@Category("Rondo")
@Enabled(false)
@Threshold("1 ms")
@StackTrace(false)
final class SlowStepEvent extends Event implements StreamEvents.Timing {
  private static final SlowStepEvent PROBE = new SlowStepEvent();

  @Label("Streams")
  long streams;

  @Label("Model Fingerprint")
  String fingerprint;

  static boolean wanted() {
    return PROBE.isEnabled();
  }

  static SlowStepEvent start() {
    var event = new SlowStepEvent();
    event.begin();
    return event;
  }

  @Override
  public void end(StreamingModel model, long count) {
    end();
    if (shouldCommit()) {
      streams = count;
      fingerprint = "%016x".formatted(model.fingerprint());
      commit();
    }
  }
}
