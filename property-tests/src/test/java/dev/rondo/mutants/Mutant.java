package dev.rondo.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A mistake in one line of the engine.
///
/// @param name description of the mistake
/// @param file of the engine, below `dev/rondo`
/// @param line a part of a line that is in the file once
/// @param reads replacement of that part
/// @param test that finds it: `package.Class.method`, and arguments where it has some
record Mutant(String name, String file, String line, String reads, String test) {
  private static final String[] KEYS = {"in", "line", "reads", "found by"};

  /// Stands for a line that is left out.
  private static final String NOTHING = "(nothing)";

  /// All of them, from `mutants.txt`: a name at the margin, then what the keys say, each after two
  /// spaces.
  static List<Mutant> all() {
    try (var stream = Mutant.class.getResourceAsStream("mutants.txt")) {
      var text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      var mutants = new ArrayList<Mutant>();
      for (String block : text.strip().split("\n\n", -1)) {
        if (!block.startsWith("#")) {
          mutants.add(of(block.split("\n", -1)));
        }
      }
      return mutants;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Mutant of(String[] lines) {
    if (lines.length != KEYS.length + 1) {
      throw new IllegalArgumentException(
          "mutant has %d lines: %s".formatted(lines.length, lines[0]));
    }
    var values = new String[KEYS.length];
    for (int i = 0; i < KEYS.length; i++) {
      String key = "  %-10s".formatted(KEYS[i]);
      String line = lines[i + 1];
      if (!line.startsWith(key)) {
        throw new IllegalArgumentException(
            "expected %s in %s: %s".formatted(KEYS[i], lines[0], line));
      }
      values[i] = line.substring(key.length());
    }
    String reads = values[2].equals(NOTHING) ? "" : values[2];
    return new Mutant(lines[0], values[0], values[1], reads, values[3]);
  }

  /// The source of the file with the mistake in it.
  ///
  /// @throws AssertionError if the line is not there, or more than once
  String in(String source) {
    int at = source.indexOf(line);
    if (at < 0 || source.indexOf(line, at + 1) >= 0) {
      throw new AssertionError("%s: expected once in %s: %s".formatted(name, file, line));
    }
    return source.substring(0, at) + reads + source.substring(at + line.length());
  }

  @Override
  public String toString() {
    return name;
  }
}
