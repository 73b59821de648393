package dev.rondo.tools.lm;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `rondo lm`: shows its subcommands.
@Command(
    name = "lm",
    description = "Train, measure and use a language model of characters or words.",
    subcommands = {TrainCommand.class, EvalCommand.class, GenerateCommand.class},
    synopsisSubcommandLabel = "<command>",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  rondo lm train",
      "  rondo lm train --data book.txt --steps 2000 --out book.safetensors",
      "  rondo lm eval --model book.safetensors --data another.txt",
      "  rondo lm generate --model book.safetensors --prompt \"Once \" --length 500",
    })
public final class LmCommand implements Runnable {
  @Spec private CommandSpec spec;

  /// Made by picocli.
  public LmCommand() {}

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
