package dev.rondo.tools.lm;

import dev.rondo.train.TrainingStep;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// The progress of training: a bar on a terminal, elsewhere a plain line now and then. It is for
/// people only and goes to standard error.
final class Progress implements AutoCloseable {
  /// The time between two plain lines.
  private static final long LINE_NANOS = 10_000_000_000L;

  /// The weight of the newest loss in the displayed one.
  private static final double SMOOTHING = 0.05;

  private final PrintWriter err;
  private final long firstStep;
  private final long lastStep;
  private final long startNanos = System.nanoTime();
  private final ProgressBar bar;
  private long pausedNanos;
  private long tokens;
  private long lastLineNanos = startNanos;
  private double smoothedLoss = Double.NaN;

  /// @param firstStep the number of steps done before
  /// @param lastStep the number of steps at the end
  Progress(PrintWriter err, boolean terminal, long firstStep, long lastStep) {
    this.err = err;
    this.firstStep = firstStep;
    this.lastStep = lastStep;
    this.bar = terminal ? bar(firstStep, lastStep) : null;
  }

  private static ProgressBar bar(long firstStep, long lastStep) {
    return new ProgressBarBuilder()
        .setTaskName("training")
        .setInitialMax(lastStep)
        .startsFrom(firstStep, Duration.ZERO)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(500)
        .hideEta()
        .build();
  }

  /// Reports a step.
  ///
  /// @param step the number of steps so far
  void step(TrainingStep done, long step) {
    double loss = done.loss();
    tokens += done.tokens();
    smoothedLoss =
        Double.isNaN(smoothedLoss) ? loss : smoothedLoss + SMOOTHING * (loss - smoothedLoss);
    if (bar != null) {
      bar.stepTo(step);
      bar.setExtraMessage(" " + state(step));
      return;
    }
    long now = System.nanoTime();
    if (now - lastLineNanos >= LINE_NANOS) {
      lastLineNanos = now;
      err.println(
          String.format(
              Locale.ROOT,
              "step %d of %d, epoch %d, %s",
              step,
              lastStep,
              done.epoch() + 1,
              state(step)));
      err.flush();
    }
  }

  private String state(long step) {
    double done = step - firstStep;
    double left = done == 0 ? 0 : trainingSeconds() / done * (lastStep - step);
    return String.format(
        Locale.ROOT,
        "loss %.4f, %,.0f tokens/s, %d:%02d left",
        smoothedLoss,
        tokensPerSecond(),
        (long) left / 60,
        (long) left % 60);
  }

  /// Excludes time that is not training, such as validation.
  void pause(long nanos) {
    pausedNanos += nanos;
    if (bar != null) {
      bar.refresh();
    }
  }

  /// Tokens per second of training, so far.
  double tokensPerSecond() {
    return tokens / Math.max(trainingSeconds(), 1e-9);
  }

  private double trainingSeconds() {
    return (System.nanoTime() - startNanos - pausedNanos) * 1e-9;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
