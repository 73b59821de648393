package dev.rondo.bench.roofline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;

/// Sizes of the data caches that one core reaches, in bytes.
///
/// @param l1 first level
/// @param l2 second level
/// @param l3 third level, shared or not
record Caches(long l1, long l2, long l3) {
  /// Where Linux describes the caches of the first core.
  static final Path LINUX = Path.of("/sys/devices/system/cpu/cpu0/cache");

  /// The sizes of a desktop processor, used where nothing is known.
  static final Caches DEFAULT = new Caches(32L << 10, 1L << 20, 16L << 20);

  /// Checks that levels grow.
  Caches {
    if (!(0 < l1 && l1 < l2 && l2 < l3)) {
      throw new IllegalArgumentException(
          "caches must grow from level to level, were %d, %d and %d bytes".formatted(l1, l2, l3));
    }
  }

  /// Reads the sizes below `folder`, laid out as [#LINUX]. A missing level has the default size, or
  /// the smallest that keeps levels growing.
  static Caches detect(Path folder) {
    var sizes = new TreeMap<Integer, Long>();
    for (int index = 0; ; index++) {
      var cache = folder.resolve("index" + index);
      try {
        if (!Files.isDirectory(cache)) {
          break;
        }
        if (!read(cache, "type").equals("Instruction")) {
          sizes.put(Integer.valueOf(read(cache, "level")), bytes(read(cache, "size")));
        }
      } catch (IOException | IllegalArgumentException _) {
        // a level that cannot be read is missing
      }
    }
    long l1 = sizes.getOrDefault(1, DEFAULT.l1);
    long l2 = Math.max(2 * l1, sizes.getOrDefault(2, DEFAULT.l2));
    return new Caches(l1, l2, Math.max(2 * l2, sizes.getOrDefault(3, DEFAULT.l3)));
  }

  private static String read(Path cache, String file) throws IOException {
    return Files.readString(cache.resolve(file)).strip();
  }

  /// The number of bytes of a text such as `48K`, `1280k`, `32M`, `65536`.
  ///
  /// @throws IllegalArgumentException if it is no size
  static long bytes(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    int shift =
        switch (upper.isEmpty() ? ' ' : upper.charAt(upper.length() - 1)) {
          case 'K' -> 10;
          case 'M' -> 20;
          case 'G' -> 30;
          default -> 0;
        };
    String digits = shift == 0 ? upper : upper.substring(0, upper.length() - 1);
    try {
      return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("size must be like 48K or 2M, was " + text, e);
    }
  }
}
