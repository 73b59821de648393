package dev.rondo.tools.lm;

import dev.rondo.tools.CellNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo lm train`: its options, and checks of their combinations.
@Command(
    name = "train",
    description = {
      "Train a language model.",
      "",
      "Without --data it learns from a corpus that it makes up itself: lines such as \"4,207 = four"
          + " thousand two hundred seven\". A tenth of the numbers is held out, and at the end the"
          + " model has to spell 200 of those. Defaults in brackets; where there are two, the"
          + " second is for that corpus.",
      ""
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n")
@SuppressWarnings("UnusedVariable") // the recipe's options are read by name
final class TrainCommand implements Callable<Integer> {
  /// The defaults of the length of a run.
  private static final int TEXT_EPOCHS = 10;

  private static final int NUMBERS_STEPS = 4000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Text files in UTF-8, read one after the other.")
  private List<Path> data;

  @Option(
      names = "--level",
      paramLabel = "char|word",
      description = "What a token is: a character (code point) or a word. [char]")
  private String level;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "Words that occur less often are one word, <unk>. [2]")
  private Integer minimumCount;

  @Option(
      names = "--max-words",
      paramLabel = "N",
      description = "The largest vocabulary of words, <unk> included. [10000]")
  private Integer mostWords;

  @Option(
      names = "--validation",
      paramLabel = "FRACTION",
      description = "Share of the text, at its end, to measure on instead of learning it. [0.1]")
  private Double validation;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      completionCandidates = CellNames.class,
      description =
          "Recurrence of the layers: ${COMPLETION-CANDIDATES}, or a family with its settings, such"
              + " as \"lstm peepholes\". [lstm]")
  private String cell;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      description = "Numbers that stand for a token. [as --hidden; 32]")
  private Integer embedding;

  @Option(names = "--hidden", paramLabel = "N", description = "Units of a layer. [128; 128]")
  private Integer hidden;

  @Option(names = "--layers", paramLabel = "N", description = "Layers. [2; 1]")
  private Integer layers;

  @Option(
      names = "--forget-bias",
      paramLabel = "B",
      description =
          "What an LSTM's forget gates start with, so that it remembers; 0: random, as in PyTorch."
              + " [0; 1]")
  private Double forgetBias;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description = "Probability of dropping an element after each layer. [0]")
  private Double dropout;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Columns of text that are read side by side. [50; 16]")
  private Integer batch;

  @Option(
      names = "--bptt",
      paramLabel = "N",
      description = "Steps of a window: how far back gradients reach. [50; 128]")
  private Integer bptt;

  @Option(names = "--epochs", paramLabel = "N", description = "Passes through the text. [10]")
  private Integer epochs;

  @Option(names = "--steps", paramLabel = "N", description = "Windows to learn from. [-; 4000]")
  private Integer steps;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stop after N epochs without a better validation loss; keep the best. [never]")
  private Integer patience;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      completionCandidates = TrainingRecipe.OptimizerNames.class,
      description =
          "${COMPLETION-CANDIDATES}; momentum is 0.9, the weight decay of adamw 0.01. [adam]")
  private String optimizer;

  @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate. [0.002; 0.005]")
  private Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description =
          "constant, step (halved after each quarter of the run) or cosine (down to a hundredth)."
              + " [constant; cosine]")
  private String schedule;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "Steps in which the rate rises to --lr. [0; 100]")
  private Integer warmUp;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "Largest norm of the gradient of all weights; 0 not to clip. [5; 1]")
  private Double clip;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same file, byte for byte. [1]")
  private Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to use; the result does not depend on it. [one for each processor]")
  private Integer threads;

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write the model.")
  private Path out;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "Steps after which FILE.checkpoint is written beside --out FILE. [each epoch]")
  private Integer checkpointEvery;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "Continue from a checkpoint, with its options; give the same --data. Of those it holds,"
              + " only --steps and --epochs may change. --out is where the checkpoint belongs.")
  private Path resume;

  @Option(
      names = "--metrics",
      paramLabel = "FILE",
      description = "Write what is measured, one JSON object a line.")
  private Path metrics;

  @Override
  public Integer call() throws IOException {
    requirePositive("--steps", steps);
    requirePositive("--epochs", epochs);
    requirePositive("--threads", threads);
    requirePositive("--checkpoint-every", checkpointEvery);
    if (steps != null && epochs != null) {
      throw wrongUse("--steps and --epochs cannot both be given");
    }
    var given = given();
    if (data == null && epochs != null) {
      throw wrongUse("--epochs needs --data: the made-up text is as long as --steps");
    }
    if (data == null) {
      for (var name : List.of("level", "min-count", "max-words", "validation")) {
        if (given.containsKey(name)) {
          throw wrongUse("--" + name + " needs --data");
        }
      }
    }
    if (resume != null) {
      resume = checkpoint(resume);
      if (out == null && resume.toString().endsWith(TrainingOutput.CHECKPOINT_SUFFIX)) {
        var name = resume.toString();
        out = Path.of(name.substring(0, name.length() - TrainingOutput.CHECKPOINT_SUFFIX.length()));
      }
    }
    TrainingRecipe recipe;
    try {
      recipe = TrainingRecipe.of(given, data == null);
    } catch (IllegalArgumentException e) {
      throw wrongUse(e.getMessage());
    }
    if (out == null && checkpointEvery != null) {
      throw wrongUse("--checkpoint-every needs --out");
    }
    var output = new TrainingOutput(out, checkpointEvery, metrics);
    output.requireWritable();
    var console = TrainingConsole.of(spec.commandLine());
    if (out == null) {
      console.note("the model will not be kept: --out FILE writes it to a file");
    }
    int threadCount = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    return new TrainingRun(recipe, given, data, length(), resume, output, threadCount, console)
        .run();
  }

  private TrainingLength length() {
    if (steps != null) {
      return new TrainingLength(steps, 0, true);
    }
    if (epochs != null) {
      return new TrainingLength(0, epochs, true);
    }
    return data == null
        ? new TrainingLength(NUMBERS_STEPS, 0, false)
        : new TrainingLength(0, TEXT_EPOCHS, false);
  }

  /// The options of the recipe on the command line, by name without dashes.
  private Map<String, String> given() {
    var result = new TreeMap<String, String>();
    for (var option : spec.commandLine().getParseResult().matchedOptions()) {
      var name = option.longestName().substring(2);
      if (TrainingRecipe.has(name)) {
        result.put(name, option.getValue().toString());
      }
    }
    return result;
  }

  /// The checkpoint for a given file: the file itself, or for a model the one beside it.
  private static Path checkpoint(Path file) {
    var beside = TrainingOutput.checkpointOf(file);
    return Files.exists(beside) ? beside : file;
  }

  private void requirePositive(String name, Integer value) {
    if (value != null && value <= 0) {
      throw wrongUse(name + " must be positive, was " + value);
    }
  }

  private ParameterException wrongUse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
