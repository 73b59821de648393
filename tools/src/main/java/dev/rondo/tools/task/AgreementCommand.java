package dev.rondo.tools.task;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `rondo task agreement`: see [AgreementTask].
@Command(
    name = "agreement",
    description = {
      "Say whether a verb is singular or plural, when other nouns stand between it and its subject.",
      "",
      "Sentences are made up: \"the keys near the old table that the dog saw really were\"."
          + " Defaults in brackets.",
      ""
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class AgreementCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--min-distance",
      paramLabel = "N",
      description = "Words from the subject to the verb, at least. [5]")
  private int nearest = 5;

  @Option(names = "--max-distance", paramLabel = "N", description = "The same, at most. [50]")
  private int farthest = 50;

  @Mixin private ExperimentOptions experiment;

  @Override
  public Integer call() throws IOException {
    return experiment.run(spec, seed -> new AgreementTask(nearest, farthest, seed));
  }
}
