package dev.rondo.tools.task;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `rondo task copy`: see [CopyTask].
@Command(
    name = "copy",
    description = {
      "Remember ten symbols, wait, and repeat them.",
      "",
      "An answer is asked for after every step, blanks until the delimiter; the cross-entropy is the"
          + " mean over all of them, the accuracy that of the ten. Defaults in brackets.",
      ""
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class CopyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--delay",
      paramLabel = "N",
      description = "Steps from the last symbol to the delimiter. [100]")
  private int delay = 100;

  @Mixin private ExperimentOptions experiment;

  @Override
  public Integer call() throws IOException {
    return experiment.run(spec, seed -> new CopyTask(delay, seed));
  }
}
