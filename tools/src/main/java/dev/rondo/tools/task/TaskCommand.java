package dev.rondo.tools.task;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `rondo task`: shows its subcommands.
@Command(
    name = "task",
    description = "Compare models on tasks with long dependencies.",
    subcommands = {
      AddingCommand.class,
      CopyCommand.class,
      MnistCommand.class,
      AgreementCommand.class
    },
    synopsisSubcommandLabel = "<command>",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  rondo task adding",
      "  rondo task adding --length 200 --out pictures",
      "  rondo task copy --delay 100 --models gru,lstm,whole",
      "  rondo task seqmnist --data mnist --by pixel --steps 20000 --minutes 20",
      "  rondo task agreement --steps 1000 --json results.jsonl",
    })
public final class TaskCommand implements Runnable {
  @Spec private CommandSpec spec;

  /// Made by picocli.
  public TaskCommand() {}

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
