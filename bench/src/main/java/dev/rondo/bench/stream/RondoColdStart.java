package dev.rondo.bench.stream;

import dev.rondo.stream.StreamingModel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// Rondo's process of [ColdStart].
public final class RondoColdStart {
  /// The system property that enables a warm-up before the first step.
  static final String WARM_UP_PROPERTY = "dev.rondo.bench.warmUp";

  private RondoColdStart() {}

  /// Started by [ColdStartCommand].
  public static void main(String[] arguments) throws IOException {
    ColdStart.run(arguments, RondoColdStart::load);
  }

  private static RondoStream load(Path file) throws IOException {
    var model = StreamingModel.load(file, Arena.global());
    if (Boolean.getBoolean(WARM_UP_PROPERTY)) {
      model.warmUp();
    }
    return new RondoStream(model);
  }
}
