package dev.rondo.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs `rondo lm` in this JVM, on a little text and with a little model.
final class LmRunner {
  /// What a run left behind.
  record Result(int exitCode, String out, String err) {
    String lastLine() {
      return out.lines().toList().getLast();
    }
  }

  /// The options of a model that learns next to nothing, quickly.
  private static final List<String> LITTLE =
      List.of("--hidden", "12", "--layers", "2", "--batch", "4", "--bptt", "9", "--dropout", "0.1");

  private final Path folder;
  private final Path text;

  LmRunner(Path folder) {
    this.folder = folder;
    text = folder.resolve("text.txt");
    try {
      Files.writeString(text, text(40));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Lines of some words, 29 characters each.
  static String text(int lines) {
    var result = new StringBuilder();
    var words = List.of("river", "stone", "cloud", "fl\u00FCgel", "\u65E5\u672C");
    for (int i = 0; i < lines; i++) {
      for (int w = 0; w < 4; w++) {
        result.append(words.get((i * i + w * w * i) % words.size())).append(w == 3 ? '\n' : ' ');
      }
    }
    return result.toString();
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  Path text() {
    return text;
  }

  byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exitCode =
        Rondo.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }

  /// Trains on the text, the little model, to a file.
  Result train(String out, String... more) {
    var arguments = new ArrayList<>(List.of("lm", "train", "--data", text.toString()));
    arguments.addAll(LITTLE);
    arguments.addAll(List.of("--out", file(out).toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  /// Continues from the checkpoint beside a model file.
  Result resume(String out, String... more) {
    var arguments = new ArrayList<>(List.of("lm", "train", "--data", text.toString()));
    arguments.addAll(List.of("--resume", file(out + ".checkpoint").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }
}
