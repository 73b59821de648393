package dev.rondo.tools.task;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options of all experiments, and their common code.
final class ExperimentOptions {
  private static final double SECONDS_A_MINUTE = 60;

  private static final long DEFAULT_STEPS = 2000;

  /// The smallest memory for which chrono biases are defined.
  private static final int SHORTEST_MEMORY = 2;

  /// Makes the task after the options have been checked.
  interface TaskSource {
    Task make(long seed) throws IOException;
  }

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description =
          "Which to compare, with commas between: rnn (tanh), irnn (rectifier, begins as the"
              + " identity), gru, lstm, window (feed-forward, sees the last steps), whole"
              + " (feed-forward, sees all steps). [all]")
  private List<String> models;

  @Option(
      names = "--lr",
      split = ",",
      paramLabel = "RATE",
      description = "Learning rates to choose from on validation sequences. [0.01,0.003,0.001]")
  private List<Double> learningRates = List.of(0.01, 0.003, 0.001);

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Steps to train each model with each learning rate: the same numbers again on every"
              + " machine, for any number of threads. [2000]")
  private Long steps;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description =
          "Time instead of steps; with --steps, a run that takes longer ends there and may differ"
              + " the next time.")
  private Double minutes;

  @Option(names = "--hidden", paramLabel = "N", description = "Units of each model. [100]")
  private int hidden = 100;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Steps that the model named window sees. [20]")
  private int window = 20;

  @Option(names = "--batch", paramLabel = "N", description = "Sequences of a step. [20]")
  private int batch = 20;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "Largest norm of the gradient of all weights; 0 not to clip. [1]")
  private double clip = 1;

  /// A forget gate of bias 1 keeps 0.73 of its cell per step: nothing is left after 200 steps.
  @Option(
      names = "--memory",
      paramLabel = "N",
      description =
          "Steps that the gates of gru and lstm begin able to bridge: their biases are drawn so that"
              + " units keep their state for 1 to N steps (\"chrono\", Tallec and Ollivier, 2018)."
              + " 0: forget gates of lstm begin with bias 1, which forgets within ten steps, and gru"
              + " as in PyTorch. [the steps of a sequence]")
  private Integer memory;

  @Option(
      names = "--evaluations",
      paramLabel = "N",
      description = "Measurements during a run, on validation sequences. [20]")
  private int evaluations = 20;

  @Option(
      names = "--validation-sequences",
      paramLabel = "N",
      description = "Sequences to choose learning rate and weights by. [1000]")
  private int validationSequences = 1000;

  @Option(
      names = "--test-sequences",
      paramLabel = "N",
      description = "Other sequences, for the measurement at the end. [10000]")
  private int testSequences = 10_000;

  @Option(names = "--seed", paramLabel = "N", description = "Of sequences and weights. [1]")
  private long seed = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to use; steps do not depend on it. [one for each processor]")
  private Integer threads;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where to put pictures of the results.")
  private Path out;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write what is measured, one JSON object a line.")
  private Path json;

  /// Runs the experiment and prints the results.
  ///
  /// @param spec the command that has these options
  int run(CommandSpec spec, TaskSource source) throws IOException {
    requireValid(spec);
    var kinds = kinds(spec);
    Task task;
    try {
      task = source.make(seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    requireWritable();
    var recipe = recipe(task);
    var budget = budget();
    var experiment = new Experiment(task, kinds, learningRates, recipe, budget);
    var err = spec.commandLine().getErr();
    int threadCount = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    List<Experiment.Comparison> results;
    try (var backend = Backend.best(Threads.of(threadCount));
        var file = ResultFile.open(json, task.name());
        var progress =
            new TaskProgress(err, terminal(), kinds.size() * learningRates.size(), file)) {
      results = experiment.run(backend, progress);
    }
    var standardOut = spec.commandLine().getOut();
    standardOut.print(ResultTables.of(experiment, results));
    standardOut.flush();
    if (out != null) {
      Pictures.write(out, task, results);
    }
    return 0;
  }

  @SuppressWarnings("SystemConsoleNull") // null without a terminal, with java.base's own console
  private static boolean terminal() {
    var console = System.console();
    return console != null && console.isTerminal();
  }

  private void requireValid(CommandSpec spec) {
    require(spec, "--steps", steps == null || steps > 0, "positive", steps);
    require(
        spec,
        "--minutes",
        minutes == null || (minutes > 0 && Double.isFinite(minutes)),
        "positive",
        minutes);
    for (double rate : learningRates) {
      require(spec, "--lr", rate > 0 && Double.isFinite(rate), "positive", rate);
    }
    require(spec, "--hidden", hidden > 0, "positive", hidden);
    require(spec, "--window", window > 0, "positive", window);
    require(spec, "--batch", batch > 0, "positive", batch);
    require(spec, "--clip", clip >= 0, "0 or positive", clip);
    require(
        spec,
        "--memory",
        memory == null || memory == 0 || memory >= SHORTEST_MEMORY,
        "0, or at least " + SHORTEST_MEMORY,
        memory);
    require(spec, "--evaluations", evaluations > 0, "positive", evaluations);
    require(
        spec, "--validation-sequences", validationSequences > 0, "positive", validationSequences);
    require(spec, "--test-sequences", testSequences > 0, "positive", testSequences);
    require(spec, "--threads", threads == null || threads > 0, "positive", threads);
  }

  private TrialSettings recipe(Task task) {
    return new TrialSettings(
        hidden,
        window,
        batch,
        clip == 0 ? Double.POSITIVE_INFINITY : clip,
        memory == null ? Math.max(task.steps(), SHORTEST_MEMORY) : memory,
        validationSequences,
        testSequences,
        (int) (budget().steps() == 0 ? evaluations : Math.min(evaluations, budget().steps())),
        seed);
  }

  private Budget budget() {
    if (minutes == null) {
      return Budget.ofSteps(steps == null ? DEFAULT_STEPS : steps);
    }
    return new Budget(steps == null ? 0 : steps, SECONDS_A_MINUTE * minutes);
  }

  private List<TaskModelKind> kinds(CommandSpec spec) {
    if (models == null) {
      return List.of(TaskModelKind.values());
    }
    try {
      return models.stream().map(TaskModelKind::of).distinct().toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /// Checks now that files can be written, not after an hour of training.
  private void requireWritable() throws IOException {
    if (out != null) {
      Files.createDirectories(out);
    }
    if (json != null) {
      var folder = json.toAbsolutePath().getParent();
      if (!Files.isDirectory(folder)) {
        throw new IOException("cannot write " + json + ": there is no folder " + folder);
      }
    }
  }

  private static void require(
      CommandSpec spec, String name, boolean holds, String rule, Object value) {
    if (!holds) {
      throw wrong(spec, "%s must be %s, was %s".formatted(name, rule, value));
    }
  }

  private static ParameterException wrong(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
