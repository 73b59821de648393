package dev.rondo.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `rondo help bench [command...]`: shows the page that `--help` of that command shows.
@Command(name = "help", description = "Show the commands, or what one command does.")
final class BenchHelpCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "command", description = "The command to explain.")
  private String[] path = {};

  @Override
  public void run() {
    var command = spec.commandLine().getParent();
    for (var name : path) {
      var next = command.getSubcommands().get(name);
      if (next == null) {
        throw new ParameterException(spec.commandLine(), "unknown command " + name);
      }
      command = next;
    }
    command.usage(spec.commandLine().getOut());
  }
}
