package dev.rondo.tools.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo task seqmnist`: see [MnistTask].
@Command(
    name = "seqmnist",
    description = {
      "Read an image of a digit row by row or pixel by pixel, and say which digit it is.",
      "",
      "Guessing is right for 10 %%. Defaults in brackets.",
      ""
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class MnistCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description =
          "The folder with MNIST's four files (train-images-idx3-ubyte, ...), gzipped or not.")
  private Path data;

  @Option(
      names = "--by",
      paramLabel = "row|pixel",
      description = "What a step reads: 28 steps of 28 numbers, or 784 of one. [row]")
  private String by = "row";

  @Mixin private ExperimentOptions experiment;

  @Override
  public Integer call() throws IOException {
    var reading =
        switch (by.toLowerCase(Locale.ROOT)) {
          case "row" -> MnistTask.PixelOrder.ROW;
          case "pixel" -> MnistTask.PixelOrder.PIXEL;
          default ->
              throw new ParameterException(
                  spec.commandLine(), "--by must be row or pixel, was " + by);
        };
    return experiment.run(spec, seed -> new MnistTask(data, reading, seed));
  }
}
