package dev.rondo.tools.lm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files that a training run writes.
///
/// @param model the file of the model; null for none
/// @param checkpointEvery steps between checkpoints, besides those at the end of each epoch; null
///   for none between
/// @param metrics the file of measurements; null for none
record TrainingOutput(Path model, Integer checkpointEvery, Path metrics) {
  /// The suffix of a checkpoint's name, after that of its model.
  static final String CHECKPOINT_SUFFIX = ".checkpoint";

  /// Writes a file.
  interface Save {
    void to(Path file) throws IOException;
  }

  /// The checkpoint of a model file.
  static Path checkpointOf(Path model) {
    return model.resolveSibling(model.getFileName() + CHECKPOINT_SUFFIX);
  }

  /// The file of the checkpoint; null for none.
  Path checkpoint() {
    return model == null ? null : checkpointOf(model);
  }

  /// Whether a checkpoint is due after so many steps.
  boolean due(long steps) {
    return checkpointEvery != null && steps % checkpointEvery == 0;
  }

  /// Checks now that files can be written, not after hours of training.
  ///
  /// @throws IOException if a file cannot be written
  void requireWritable() throws IOException {
    requireWritable(model);
    requireWritable(metrics);
  }

  private static void requireWritable(Path file) throws IOException {
    if (file == null) {
      return;
    }
    if (Files.isDirectory(file)) {
      throw new IOException("cannot write " + file + ": it is a folder");
    }
    var folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("cannot write " + file + ": there is no folder " + folder);
    }
    if (!Files.isWritable(folder) && !Files.isWritable(file)) {
      throw new IOException("cannot write " + file + ": no permission to write to " + folder);
    }
  }

  /// Writes a file; an error names it.
  static void save(Path file, Save save) throws IOException {
    try {
      save.to(file);
    } catch (IOException e) {
      var reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException(
          "cannot write %s: %s; what was saved before is untouched".formatted(file, reason), e);
    }
  }
}
