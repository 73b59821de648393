package dev.rondo.bench;

import dev.rondo.bench.peers.PeersCommand;
import dev.rondo.bench.roofline.RooflineCommand;
import dev.rondo.bench.stream.ColdStartCommand;
import dev.rondo.bench.stream.SoakCommand;
import dev.rondo.bench.stream.StreamBenchCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `rondo bench`: measurements other than JMH benchmarks.
///
/// Tables go to standard output, progress to standard error. The exit code is 0, or 1 if the work
/// failed, or 2 if the command line was wrong. Each failure is reported in one line; `--debug` adds
/// the stack trace.
@Command(
    name = "rondo bench",
    description = "Measure the engine, beside others and against the machine.",
    subcommands = {
      BenchHelpCommand.class,
      ColdStartCommand.class,
      PeersCommand.class,
      RooflineCommand.class,
      SoakCommand.class,
      StreamBenchCommand.class
    },
    synopsisSubcommandLabel = "<command>",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n")
public final class Bench implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean helpRequested;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  private Bench() {}

  public static void main(String[] arguments) {
    var bench = new Bench();
    System.exit(
        new CommandLine(bench)
            .setParameterExceptionHandler((e, _) -> {
              var command = e.getCommandLine();
              var name = command.getCommandSpec().qualifiedName();
              command.getErr().println("%s: %s".formatted(name, e.getMessage()));
              return CommandLine.ExitCode.USAGE;
            })
            .setExecutionExceptionHandler((e, command, _) -> {
              command.getErr().println("rondo: " + e.getMessage());
              if (bench.debug) {
                e.printStackTrace(command.getErr());
              }
              return CommandLine.ExitCode.SOFTWARE;
            })
            .execute(arguments));
  }

  /// Shows the help of `rondo bench` without arguments.
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
