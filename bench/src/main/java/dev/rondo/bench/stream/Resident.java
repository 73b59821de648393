package dev.rondo.bench.stream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The memory of this process, according to Linux.
final class Resident {
  private static final Path STATUS = Path.of("/proc/self/status");

  private Resident() {}

  /// The current number of bytes; -1 where the system does not tell.
  static long bytes() {
    return bytes("VmRSS:");
  }

  /// The largest number of bytes so far.
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
