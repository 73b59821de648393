package dev.rondo.tools.lm;

import java.io.PrintWriter;
import picocli.CommandLine;

/// The output of a training run: results on standard output, the rest on standard error.
final class TrainingConsole {
  /// Clears the line, where a progress bar may stand.
  private static final String CLEAR_LINE = "\r\u001B[K";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;

  TrainingConsole(PrintWriter out, PrintWriter err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /// The console of a command; a terminal if the process has one.
  @SuppressWarnings("SystemConsoleNull") // null without a terminal, with java.base's own console
  static TrainingConsole of(CommandLine command) {
    var console = System.console();
    return new TrainingConsole(
        command.getOut(), command.getErr(), console != null && console.isTerminal());
  }

  /// Progress of steps `first` to `last`, to be closed.
  Progress progress(long first, long last) {
    return new Progress(err, terminal, first, last);
  }

  /// A line of results.
  void result(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  /// A line for people, not for programs.
  void note(String line) {
    clear();
    err.println("rondo: " + line);
    err.flush();
  }

  private void clear() {
    if (terminal) {
      err.print(CLEAR_LINE);
      err.flush();
    }
  }
}
