package dev.rondo.stream;

import java.nio.file.Path;
import jdk.jfr.FlightRecorder;

/// The Flight Recorder events of streams. Nothing is allocated or timed unless the recorder is
/// present and a user has enabled the event.
final class StreamEvents {
  private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private StreamEvents() {}

  /// Whether the recorder has ever run. This is tested first, because the first event of a class
  /// costs as much as loading a small model: Flight Recorder then loads a hundred classes.
  private static boolean recorderRuns() {
    return PRESENT && FlightRecorder.isInitialized();
  }

  /// A running event.
  interface Timing {
    /// Ends it.
    ///
    /// @param model may be null where it does not matter
    /// @param count the amount of work, in the event's own unit
    void end(StreamingModel model, long count);
  }

  /// Starts the event of loading a model; null if it is not enabled.
  static Timing load(Path file) {
    return recorderRuns() && ModelLoadEvent.wanted() ? ModelLoadEvent.start(file) : null;
  }

  static void loaded(Timing timing, StreamingModel model) {
    if (timing != null) {
      timing.end(model, 0);
    }
  }

  /// Starts the event of a warm-up; null if it is not enabled.
  static Timing warmUp() {
    return recorderRuns() && WarmUpEvent.wanted() ? WarmUpEvent.start() : null;
  }

  static void warmedUp(Timing timing, WarmUp result) {
    if (timing != null) {
      timing.end(null, result.steps());
    }
  }

  /// Starts the event of a step; null if it is not enabled.
  static Timing slowStep() {
    return recorderRuns() && SlowStepEvent.wanted() ? SlowStepEvent.start() : null;
  }

  static void stepped(Timing timing, StreamingModel model, int streams) {
    if (timing != null) {
      timing.end(model, streams);
    }
  }
}
