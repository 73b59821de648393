package dev.rondo.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

class RondoTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int rondo(String... arguments) {
    return Rondo.commandLine()
        .addSubcommand(new Failing())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  @Test
  void aloneItShowsItsCommands() {
    assertEquals(0, rondo());
    assertTrue(out.toString().contains("Commands:"), out.toString());
    assertTrue(out.toString().contains("Examples:"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void helpShowsTheSameAsNothingAtAll() {
    rondo();
    var alone = out.toString();
    out.getBuffer().setLength(0);
    assertEquals(0, rondo("help"));
    assertEquals(alone, out.toString());
  }

  @Test
  void helpOfACommandIsThatCommandsPage() {
    assertEquals(0, rondo("help", "failing"));
    assertTrue(out.toString().contains("rondo failing"), out.toString());
  }

  @Test
  void anUnknownOptionIsOneLineAndExitCodeTwo() {
    assertEquals(2, rondo("--nonsense"));
    assertEquals(
        "rondo: unknown option --nonsense (see rondo help)", err.toString().stripTrailing());
    assertEquals("", out.toString());
  }

  @Test
  void anUnknownCommandIsOneLineAndExitCodeTwo() {
    assertEquals(2, rondo("nonsense"));
    assertEquals(
        "rondo: unknown command nonsense (see rondo help)", err.toString().stripTrailing());
  }

  @Test
  void anUnknownOptionOfACommandPointsToThatCommandsPage() {
    assertEquals(2, rondo("failing", "--nonsense"));
    assertEquals(
        "rondo failing: unknown option --nonsense (see rondo help failing)",
        err.toString().stripTrailing());
  }

  @Test
  void helpOfAnUnknownCommandIsOneLineAndExitCodeTwo() {
    assertEquals(2, rondo("help", "nonsense"));
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  @Test
  void aFailureIsOneLineAndExitCodeOne() {
    assertEquals(1, rondo("failing"));
    assertEquals(
        "rondo: hiddenSize must be positive, was 0; said twice", err.toString().stripTrailing());
  }

  @Test
  void debugAddsTheStackTraceWhereverItStands() {
    assertEquals(1, rondo("--debug", "failing"));
    assertTrue(err.toString().contains("\tat " + Failing.class.getName()), err.toString());
    err.getBuffer().setLength(0);
    assertEquals(1, rondo("failing", "--debug"));
    assertTrue(err.toString().contains("\tat " + Failing.class.getName()), err.toString());
  }

  @Command(name = "failing", description = "Fails.")
  static final class Failing implements Runnable {
    @Override
    public void run() {
      throw new IllegalArgumentException("hiddenSize must be positive, was 0\n  said twice\n");
    }
  }
}
