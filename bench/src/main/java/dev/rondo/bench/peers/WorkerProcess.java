package dev.rondo.bench.peers;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The caller's side of a [CommandLoop] in a process of its own.
public final class WorkerProcess implements AutoCloseable {
  /// The number of lines of a failed worker's errors that are shown.
  private static final int LAST_LINES = 15;

  private final String name;
  private final Process process;
  private final Path errors;
  private final PrintWriter commands;
  private final BufferedReader answers;

  private WorkerProcess(String name, Process process, Path errors) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    commands =
        new PrintWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /// Starts a process and waits until it is ready.
  ///
  /// @param name for messages
  /// @param arguments of `java`: options, class path, main class and its own
  /// @param environment variables that apply unless they are already set
  /// @param errors the file of its standard error
  /// @throws IOException if it fails before it is ready
  public static WorkerProcess start(
      String name, List<String> arguments, Map<String, String> environment, Path errors)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).redirectError(errors.toFile());
    environment.forEach(builder.environment()::putIfAbsent);
    var result = new WorkerProcess(name, builder.start(), errors);
    try {
      result.answer();
      return result;
    } catch (IOException | RuntimeException e) {
      result.close();
      throw e;
    }
  }

  /// Starts an engine with a work and waits until it is ready.
  ///
  /// @param classPath contains the engine's contender and everything that it needs
  /// @param operands the folder that [Numbers#writeOperands] has filled
  static WorkerProcess start(
      Engine engine, Work work, String classPath, Path operands, boolean vectorsOf512Bits)
      throws IOException {
    var arguments =
        new ArrayList<>(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    arguments.addAll(engine.javaOptions(vectorsOf512Bits));
    arguments.addAll(List.of("-cp", classPath, engine.mainClass()));
    arguments.addAll(List.of(work.line(), operands.toString()));
    return start(
        engine.label() + " at " + work.line(),
        arguments,
        engine.environment(work, vectorsOf512Bits),
        operands.resolve(engine.label() + ".log"));
  }

  /// Runs one command and returns the text after `done`.
  ///
  /// @throws IOException if it fails, or the process has ended
  public String ask(String command) throws IOException {
    commands.println(command);
    return answer();
  }

  /// The processor time of the process in seconds; 0 where the system does not tell.
  public double cpuSeconds() {
    return 1e-9 * process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private String answer() throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      int begin = line.indexOf(CommandLoop.ANSWER);
      if (begin < 0) {
        continue;
      }
      var text = line.substring(begin + CommandLoop.ANSWER.length());
      if (text.startsWith("done")) {
        return text.substring("done".length()).strip();
      }
      throw new IOException(name + " " + text + lastErrors());
    }
    throw new IOException(name + " has ended" + lastErrors());
  }

  private String lastErrors() throws IOException {
    var lines = Files.readString(errors, StandardCharsets.ISO_8859_1).lines().toList();
    return lines.stream()
        .skip(Math.max(0, lines.size() - LAST_LINES))
        .reduce("", (all, line) -> all + System.lineSeparator() + "  " + line);
  }

  /// Ends the process and waits for its end.
  @Override
  public void close() {
    commands.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
