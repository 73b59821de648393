package dev.rondo.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A process that obeys: it reads commands from standard input, one a line, and answers each with
/// one line on standard output, which begins with [#ANSWER], then `done` and the result, or
/// `failed` and why. It ends with its input. Whatever else is printed goes to standard error.
public final class CommandLoop {
  /// How a line of ours begins; native code may write to the same file descriptor.
  static final String ANSWER = "rondo-worker: ";

  private CommandLoop() {}

  /// What obeys.
  public interface Commands {
    /// Runs one command.
    ///
    /// @param name its first word
    /// @param argument the rest of the line, empty if there is none
    /// @return what follows `done`, empty if nothing does
    String run(String name, String argument) throws IOException;
  }

  /// Makes ready; what it takes is answered like a command.
  public interface Opening {
    /// What obeys from now on.
    Commands open() throws IOException;
  }

  /// The whole of such a process's `main`.
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
