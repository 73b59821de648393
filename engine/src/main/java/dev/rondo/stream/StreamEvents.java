package dev.rondo.stream;

import java.nio.file.Path;
import jdk.jfr.FlightRecorder;

/// What Flight Recorder is told, if it is there and its user asked: nothing is made or timed else.
final class StreamEvents {
  private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private StreamEvents() {}

  /// Whether the recorder has ever run. Asked first: the first event of a class costs as much as
  /// loading a small model, since it makes Flight Recorder load a hundred classes of its own.
  private static boolean recorderRuns() {
    return PRESENT && FlightRecorder.isInitialized();
  }

  /// Something that is being timed.
  interface Timing {
    /// Ends it.
    ///
    /// @param model may be null where it does not matter
    /// @param count what was done, in the event's own unit
    void end(StreamingModel model, long count);
  }

  /// Before a model is loaded; null if nobody wants to know.
  static Timing load(Path file) {
    return recorderRuns() && ModelLoadEvent.wanted() ? ModelLoadEvent.start(file) : null;
  }

  static void loaded(Timing timing, StreamingModel model) {
    if (timing != null) {
      timing.end(model, 0);
    }
  }

  /// Before a model is warmed up; null if nobody wants to know.
  static Timing warmUp() {
    return recorderRuns() && WarmUpEvent.wanted() ? WarmUpEvent.start() : null;
  }

  static void warmedUp(Timing timing, WarmUp result) {
    if (timing != null) {
      timing.end(null, result.steps());
    }
  }

  /// Before a step; null if nobody wants to know.
  static Timing slowStep() {
    return recorderRuns() && SlowStepEvent.wanted() ? SlowStepEvent.start() : null;
  }

  static void stepped(Timing timing, StreamingModel model, int streams) {
    if (timing != null) {
      timing.end(model, streams);
    }
  }
}
