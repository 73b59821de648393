package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Signals need a process of their own.
@DisabledOnOs(OS.WINDOWS)
class LmSignalTest {
  /// More than are done before the signal comes, however late.
  private static final int STEPS = 100_000_000;

  /// The bit of SIGINT in a mask of signals.
  private static final int SIGINT_BIT = 1 << 1;

  @TempDir Path folder;

  private Process start(LmRunner lm) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Rondo.class.getName()));
    command.addAll(
        List.of(
            "lm",
            "train",
            "--data",
            lm.text().toString(),
            "--hidden",
            "8",
            "--batch",
            "4",
            "--bptt",
            "5",
            "--steps",
            Integer.toString(STEPS),
            "--validation",
            "0",
            "--out",
            lm.file("model").toString(),
            "--checkpoint-every",
            "5"));
    return new ProcessBuilder(command)
        .redirectOutput(lm.file("out").toFile())
        .redirectError(lm.file("err").toFile())
        .start();
  }

  private static void awaitFile(Path file, Process process) throws InterruptedException {
    while (!Files.exists(file) && process.isAlive()) {
      Thread.sleep(20);
    }
  }

  private void assertStopsWith(int exitCode, String signal)
      throws IOException, InterruptedException {
    var lm = new LmRunner(folder);
    var process = start(lm);
    try {
      awaitFile(lm.file("model.checkpoint"), process);
      // A shell that starts a command in the background may have it ignore Ctrl-C.
      assumeTrue(!signal.equals("INT") || !ignoresInterrupts(process.pid()));
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it goes on");
    } finally {
      process.destroyForcibly();
    }
    var err = Files.readString(lm.file("err"));
    assertEquals(exitCode, process.exitValue(), err);
    var lastLine = err.lines().toList().getLast();
    assertTrue(lastLine.matches("rondo: stopped after step \\d+; continue with --resume .*"), err);
    int step = Integer.parseInt(lastLine.replaceAll(".*after step (\\d+);.*", "$1"));
    var steps = Integer.toString(step + 7);
    assertEquals(0, lm.resume("model", "--steps", steps).exitCode());
    var resumed = lm.bytes("model");
    assertEquals(
        0,
        LmRunner.run(
                "lm",
                "train",
                "--data",
                lm.text().toString(),
                "--hidden",
                "8",
                "--batch",
                "4",
                "--bptt",
                "5",
                "--steps",
                steps,
                "--validation",
                "0",
                "--out",
                lm.file("model").toString())
            .exitCode());
    assertArrayEquals(lm.bytes("model"), resumed);
  }

  private static boolean ignoresInterrupts(long pid) throws IOException {
    var status = Path.of("/proc", Long.toString(pid), "status");
    if (!Files.exists(status)) {
      return false;
    }
    for (var line : Files.readAllLines(status)) {
      if (line.startsWith("SigIgn:")) {
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT_BIT) != 0;
      }
    }
    return false;
  }

  @Test
  void controlCSavesAndEndsWith130() throws IOException, InterruptedException {
    assertStopsWith(130, "INT");
  }

  @Test
  void terminationSavesAndEndsWith143() throws IOException, InterruptedException {
    assertStopsWith(143, "TERM");
  }
}
