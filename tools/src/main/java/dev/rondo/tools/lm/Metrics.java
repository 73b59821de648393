package dev.rondo.tools.lm;

import dev.rondo.train.TrainingStep;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Locale;
import java.util.regex.Pattern;

/// A file of measurements: one JSON object per line, written as they happen.
///
/// A resumed run keeps the lines up to the step of its checkpoint and appends to them, so the file
/// reads as if the run had not stopped. Its seconds continue from the last line kept.
final class Metrics implements AutoCloseable {
  /// Writes nothing.
  static final Metrics NONE = new Metrics(null, null, 0);

  private static final Pattern STEP = Pattern.compile("^\\{\"step\": (\\d+),.*\\}$");
  private static final Pattern SECONDS = Pattern.compile("\"seconds\": ([0-9.]+)");

  private final Path file;
  private final BufferedWriter writer;
  private final double secondsBefore;
  private final long startNanos = System.nanoTime();

  private Metrics(Path file, BufferedWriter writer, double secondsBefore) {
    this.file = file;
    this.writer = writer;
    this.secondsBefore = secondsBefore;
  }

  /// Opens a file for a run that starts after `step`; an empty one if that is 0.
  ///
  /// @throws IOException if it cannot be read or written
  static Metrics open(Path file, long step) throws IOException {
    var kept = new ArrayList<String>();
    double seconds = 0;
    if (step > 0 && Files.isRegularFile(file)) {
      for (var line : Files.readAllLines(file)) {
        var match = STEP.matcher(line);
        if (match.matches() && Long.parseLong(match.group(1)) <= step) {
          kept.add(line);
          var time = SECONDS.matcher(line);
          seconds = time.find() ? Double.parseDouble(time.group(1)) : seconds;
        }
      }
    }
    var writer =
        Files.newBufferedWriter(
            file,
            StandardCharsets.UTF_8,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    var metrics = new Metrics(file, writer, seconds);
    for (var line : kept) {
      metrics.write(line);
    }
    return metrics;
  }

  /// Writes a training step.
  void training(TrainingStep step, double tokensPerSecond) throws IOException {
    line(step, "train", step.loss(), step.gradientNorm(), tokensPerSecond);
  }

  /// Writes a validation after a step; it has no gradient.
  void validation(TrainingStep step, double loss, double tokensPerSecond) throws IOException {
    line(step, "validation", loss, null, tokensPerSecond);
  }

  private void line(
      TrainingStep step, String split, double loss, Double gradientNorm, double tokensPerSecond)
      throws IOException {
    if (writer == null) {
      return;
    }
    double seconds = secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
    write(
        String.format(
            Locale.ROOT,
            "{\"step\": %d, \"epoch\": %d, \"split\": \"%s\", \"loss\": %s, \"learningRate\": %s,"
                + " \"gradientNorm\": %s, \"tokensPerSecond\": %.0f, \"seconds\": %.3f}",
            step.step() + 1,
            step.epoch() + 1,
            split,
            loss,
            step.learningRate(),
            gradientNorm,
            tokensPerSecond,
            seconds));
  }

  private void write(String line) throws IOException {
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
