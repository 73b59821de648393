package dev.rondo.tools.task;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// A file of measurements: one JSON object per line, written as they happen.
///
/// It has one line for each evaluation of each run (`"split": "validation"`), one for the test at
/// the end of a run (`"split": "test"`), and for recurrent models two for the norms of gradients by
/// lag (`"gradient": "before"`, `"after"`). Numbers that are not finite are null.
final class ResultFile implements AutoCloseable {
  private final Path file;
  private final String task;
  private final BufferedWriter writer;

  private ResultFile(Path file, String task, BufferedWriter writer) {
    this.file = file;
    this.task = task;
    this.writer = writer;
  }

  /// Opens an empty file; null for none.
  ///
  /// @throws IOException if it cannot be written
  static ResultFile open(Path file, String task) throws IOException {
    var writer = file == null ? null : Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    return new ResultFile(file, task, writer);
  }

  /// Writes an evaluation during a run.
  void evaluation(TaskModelKind kind, double learningRate, Trial.Measurement evaluation)
      throws IOException {
    write(
        String.format(
            Locale.ROOT,
            "%s, \"split\": \"validation\", \"step\": %d, \"seconds\": %.3f, \"error\": %s,"
                + " \"accuracy\": %s, \"trainingLoss\": %s}",
            begin(kind, learningRate),
            evaluation.step(),
            evaluation.seconds(),
            number(evaluation.validation().error()),
            number(evaluation.validation().accuracy()),
            number(evaluation.trainingLoss())));
  }

  /// Writes the result of a run.
  void result(Trial.Outcome result) throws IOException {
    var begin = begin(result.kind(), result.learningRate());
    write(
        String.format(
            Locale.ROOT,
            "%s, \"split\": \"test\", \"step\": %d, \"seconds\": %.3f, \"error\": %s,"
                + " \"accuracy\": %s, \"parameters\": %d, \"diverged\": %s}",
            begin,
            result.bestStep(),
            result.last().seconds(),
            number(result.test().error()),
            number(result.test().accuracy()),
            result.parameters(),
            result.diverged()));
    gradient(begin, "before", result.gradientBefore());
    gradient(begin, "after", result.gradientAfter());
  }

  private void gradient(String begin, String when, double[] norms) throws IOException {
    if (norms == null) {
      return;
    }
    var line = new StringBuilder(begin);
    line.append(", \"gradient\": \"").append(when).append("\", \"norms\": [");
    for (int lag = 0; lag < norms.length; lag++) {
      line.append(lag == 0 ? "" : ", ").append(number(norms[lag]));
    }
    write(line.append("]}").toString());
  }

  private String begin(TaskModelKind kind, double learningRate) {
    return "{\"task\": \"%s\", \"model\": \"%s\", \"learningRate\": %s"
        .formatted(task, kind.label(), learningRate);
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  private void write(String line) throws IOException {
    if (writer == null) {
      return;
    }
    try {
      writer.write(line);
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
    }
  }
}
