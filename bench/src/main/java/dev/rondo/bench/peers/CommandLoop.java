package dev.rondo.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A process that runs commands. It reads them from standard input, one per line, and answers each
/// with one line on standard output, which starts with [#ANSWER], followed by `done` and the
/// result, or `failed` and the reason. It ends when its input ends. Anything else that is printed
/// goes to standard error.
public final class CommandLoop {
  /// The start of an answer; native code may write to the same file descriptor.
  static final String ANSWER = "rondo-worker: ";

  private CommandLoop() {}

  /// The commands of the process.
  public interface Commands {
    /// Runs one command.
    ///
    /// @param name the first word
    /// @param argument the rest of the line, empty if there is none
    /// @return the text after `done`; empty for none
    String run(String name, String argument) throws IOException;
  }

  /// Prepares the process; its result is answered like that of a command.
  public interface Opening {
    /// Prepares the commands.
    Commands open() throws IOException;
  }

  /// The whole `main` of such a process.
  @SuppressWarnings("CatchingUnchecked") // whatever goes wrong is an answer
  public static void serve(Opening opening) {
    var answers = System.out;
    System.setOut(System.err);
    try {
      var commands = opening.open();
      answer(answers, "done");
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        var words = line.split(" ", 2);
        var result = commands.run(words[0], words.length == 1 ? "" : words[1]);
        answer(answers, result.isEmpty() ? "done" : "done " + result);
      }
    } catch (Exception | LinkageError e) {
      e.printStackTrace();
      answer(answers, "failed " + String.valueOf(e).replaceAll("\\s*\\R\\s*", "; "));
    }
  }

  private static void answer(PrintStream answers, String text) {
    answers.println(ANSWER + text);
    answers.flush();
  }
}
