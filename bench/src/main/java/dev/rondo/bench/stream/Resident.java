package dev.rondo.bench.stream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What Linux says about this process's memory.
final class Resident {
  private static final Path STATUS = Path.of("/proc/self/status");

  private Resident() {}

  /// Bytes of memory that the process has now; -1 where the system does not tell.
  static long bytes() {
    return bytes("VmRSS:");
  }

  /// The most that it ever had.
  static long peakBytes() {
    return bytes("VmHWM:");
  }

  private static long bytes(String field) {
    try {
      for (var line : Files.readAllLines(STATUS)) {
        if (line.startsWith(field)) {
          return 1024 * Long.parseLong(line.replaceAll("\\D+", ""));
        }
      }
    } catch (IOException _) {
      // another system
    }
    return -1;
  }
}
