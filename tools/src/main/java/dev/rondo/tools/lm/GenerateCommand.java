package dev.rondo.tools.lm;

import dev.rondo.decode.SamplerOptions;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import dev.rondo.tools.text.Vocabulary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo lm generate`: generates text and prints each token at once.
@Command(
    name = "generate",
    description = "Write text with a language model. Defaults in brackets.",
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model or a checkpoint of lm train.")
  private Path modelFile;

  @Option(names = "--prompt", paramLabel = "TEXT", description = "What to go on from. [nothing]")
  private String prompt = "";

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Characters, or words, to write after the prompt. [500]")
  private int length = 500;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Below 1 more probable text, above 1 less; 0: always the most probable. [1]")
  private double temperature = 1;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Choose among the K most probable tokens only; 0: among all. [0]")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Choose among the fewest tokens that together have probability P. [1]")
  private double topP = 1;

  @Option(names = "--seed", paramLabel = "N", description = "Another seed, another text. [1]")
  private long seed = 1;

  @Override
  public Integer call() throws IOException {
    if (length < 0) {
      throw new ParameterException(
          spec.commandLine(), "--length must not be negative, was " + length);
    }
    var options = options();
    try (var arena = Arena.ofShared();
        var backend = Backend.best(Threads.one())) {
      var language = LanguageModel.load(modelFile, backend, arena);
      try (var writer = new TextWriter(language, options, 1, new CounterRandom(seed))) {
        write(language, writer);
      }
    }
    return 0;
  }

  private SamplerOptions options() {
    try {
      return new SamplerOptions(temperature, topK, topP);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void write(LanguageModel language, TextWriter writer) {
    var out = spec.commandLine().getOut();
    var vocabulary = language.vocabulary();
    var encoded = vocabulary.encode(prompt);
    if (!encoded.complete()) {
      var err = spec.commandLine().getErr();
      err.println(
          "rondo: the prompt has %s, which the model reads as %s"
              .formatted(
                  encoded.describeUnknown(),
                  vocabulary.number(Vocabulary.UNKNOWN) < 0 ? "nothing" : Vocabulary.UNKNOWN));
      err.flush();
    }
    out.print(prompt);
    out.flush();
    int[] tokens = encoded.tokens();
    int[] previous = {tokens.length == 0 ? -1 : tokens[tokens.length - 1]};
    writer.write(
        tokens,
        length,
        token -> {
          out.print(vocabulary.piece(previous[0], token));
          previous[0] = token;
          // flushes, and tells whether the output is still open
          return !out.checkError();
        });
    out.println();
    out.flush();
  }
}
