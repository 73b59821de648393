package dev.rondo.tools.lm;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.tools.text.TextFiles;
import dev.rondo.train.Evaluation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `rondo lm eval`: measures how well a model predicts a text.
@Command(
    name = "eval",
    description = "Measure a language model on a text: the loss of every token after the first.",
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
final class EvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model or a checkpoint of lm train.")
  private Path modelFile;

  @Option(
      names = "--data",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description = "Text files in UTF-8, read one after the other.")
  private List<Path> data;

  @Override
  public Integer call() throws IOException {
    try (var arena = Arena.ofShared();
        var backend = Backend.best(Threads.one())) {
      var language = LanguageModel.load(modelFile, backend, arena);
      var encoded = Corpus.forEvaluation(language.vocabulary(), TextFiles.read(data));
      if (!encoded.complete()) {
        var err = spec.commandLine().getErr();
        err.println("rondo: the text has " + encoded.describeUnknown());
        err.flush();
      }
      double nats = Evaluation.of(language.model(), encoded.tokens()).nats();
      var out = spec.commandLine().getOut();
      out.println(new TextScore(nats, language.vocabulary().level()));
      out.flush();
    }
    return 0;
  }
}
