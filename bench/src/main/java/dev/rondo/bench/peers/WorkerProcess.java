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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A [Worker] in a process of its own, seen from here.
final class WorkerProcess implements AutoCloseable {
  /// Lines of a failed worker's errors that are shown.
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

  /// Starts an engine at a work and waits until it is ready.
  ///
  /// @param classPath with the engine's contender and all that it needs
  /// @param operands the folder that [Numbers#writeOperands] has filled
  static WorkerProcess start(
      Engine engine, Work work, String classPath, Path operands, boolean vectorsOf512Bits)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add("-XX:+UseSerialGC");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(engine.javaOptions(vectorsOf512Bits));
    command.addAll(List.of("-cp", classPath, engine.mainClass()));
    command.addAll(List.of(work.line(), operands.toString()));
    var errors = operands.resolve(engine.label() + ".log");
    var builder = new ProcessBuilder(command).redirectError(errors.toFile());
    engine.environment(work, vectorsOf512Bits).forEach(builder.environment()::putIfAbsent);
    var process = builder.start();
    var result = new WorkerProcess(engine.label() + " at " + work.line(), process, errors);
    try {
      result.answer();
      return result;
    } catch (IOException | RuntimeException e) {
      result.close();
      throw e;
    }
  }

  /// One command and what follows `done`.
  String ask(String command) throws IOException {
    commands.println(command);
    return answer();
  }

  private String answer() throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      int begin = line.indexOf(Worker.ANSWER);
      if (begin < 0) {
        continue;
      }
      var text = line.substring(begin + Worker.ANSWER.length());
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

  /// Ends the process and waits for that.
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
