package dev.rondo.tools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `rondo bench`, as a line of the help: the launcher runs it, as a program of its own, and never
/// gets here.
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
