package dev.rondo.tools.task;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// The progress of an experiment: a bar on a terminal, and a line at the end of each run. It is for
/// people only and goes to standard error. Evaluations also go to the file of results.
final class TaskProgress implements Trial.Listener, AutoCloseable {
  /// Clears the line, where a progress bar may stand.
  private static final String CLEAR_LINE = "\r\u001B[K";

  /// Units of the bar for each run.
  private static final long RUN = 1000;

  private final PrintWriter err;
  private final ResultFile file;
  private final ProgressBar bar;
  private String running = "";
  private long runsDone;

  /// @param runs the number of runs
  TaskProgress(PrintWriter err, boolean terminal, int runs, ResultFile file) {
    this.err = err;
    this.file = file;
    this.bar = terminal ? bar(runs) : null;
  }

  private static ProgressBar bar(int runs) {
    return new ProgressBarBuilder()
        .setTaskName("training")
        .setInitialMax(runs * RUN)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(500)
        .hideEta()
        .build();
  }

  /// Begins a run.
  void begin(TaskModelKind kind, double learningRate) {
    running = kind.label() + " " + learningRate;
  }

  @Override
  public void progress(double used, double trainingLoss) {
    if (bar != null) {
      bar.stepTo(runsDone * RUN + (long) (Math.min(used, 1) * RUN));
      bar.setExtraMessage(String.format(Locale.ROOT, " %s, loss %.4f", running, trainingLoss));
    }
  }

  @Override
  public void evaluated(TaskModelKind kind, double learningRate, Trial.Measurement evaluation)
      throws IOException {
    file.evaluation(kind, learningRate, evaluation);
  }

  /// Ends a run.
  void end(Trial.Outcome result) throws IOException {
    runsDone++;
    file.result(result);
    if (bar != null) {
      bar.stepTo(runsDone * RUN);
      err.print(CLEAR_LINE);
    }
    err.println(
        String.format(
            Locale.ROOT,
            "rondo: %s: validation error %.4f after %d steps, %.0f s%s",
            running,
            result.validation().error(),
            result.last().step(),
            result.last().seconds(),
            result.diverged() ? "; diverged" : ""));
    err.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      err.print(CLEAR_LINE);
      err.flush();
    }
  }
}
