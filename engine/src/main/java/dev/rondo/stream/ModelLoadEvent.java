package dev.rondo.stream;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// A model was loaded from a file and compiled.
@Name("dev.rondo.ModelLoad")
@Label("Model Load")
@Description("A model was loaded from a file and compiled")
@Category("Rondo")
@Enabled(false)
@StackTrace(false)
final class ModelLoadEvent extends Event implements StreamEvents.Timing {
  private static final ModelLoadEvent PROBE = new ModelLoadEvent();

  @Label("File")
  String file;

  @Label("Weights")
  String weights;

  static boolean wanted() {
    return PROBE.isEnabled();
  }

  static ModelLoadEvent start(Object file) {
    var event = new ModelLoadEvent();
    event.file = file.toString();
    event.begin();
    return event;
  }

  @Override
  public void end(StreamingModel model, long count) {
    weights = model.weights().name();
    commit();
  }
}
