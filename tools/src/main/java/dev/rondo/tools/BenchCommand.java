package dev.rondo.tools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The line of `rondo bench` in the help. The launcher runs that command as a program of its own,
/// so this class never runs it.
@Command(
    name = "bench",
    description = "Measure the engine: beside others, and against the machine.")
final class BenchCommand implements Runnable {
  @Parameters(arity = "0..*", paramLabel = "argument", description = "See rondo help bench.")
  @SuppressWarnings("UnusedVariable") // picocli sets it
  private String[] arguments = {};

  @Override
  public void run() {
    throw new IllegalStateException("bench is started by the launcher, the script rondo");
  }
}
