package dev.rondo.bench.stream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A folder that is deleted with all its content.
///
/// @param path of the folder
record TemporaryFolder(Path path) implements AutoCloseable {
  /// Makes a folder whose name starts with `prefix`.
  TemporaryFolder(String prefix) throws IOException {
    this(Files.createTempDirectory(prefix));
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(path)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
