package dev.rondo.tools.task;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `rondo task adding`: see [AddingTask].
@Command(
    name = "adding",
    description = {
      "Add two marked numbers of a long sequence.",
      "",
      "The answer is asked for after the last step; whoever always answers 1 has a mean squared"
          + " error of 0.167. Defaults in brackets.",
      ""
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class AddingCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--length", paramLabel = "N", description = "Steps of a sequence. [100]")
  private int length = 100;

  @Mixin private ExperimentOptions experiment;

  @Override
  public Integer call() throws IOException {
    return experiment.run(spec, seed -> new AddingTask(length, seed));
  }
}
