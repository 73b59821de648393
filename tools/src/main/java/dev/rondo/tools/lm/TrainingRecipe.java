package dev.rondo.tools.lm;

import dev.rondo.autograd.Parameters;
import dev.rondo.nn.recurrent.Cell;
import dev.rondo.optim.Algorithm;
import dev.rondo.optim.Algorithms;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.optim.Sgd;
import dev.rondo.tools.text.TokenLevel;
import dev.rondo.train.EarlyStopping;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The options that decide the weights of a training run, besides its text and its length. There is
/// one value per option, as text, so that a checkpoint can hold it and a resumed run can be
/// compared with it.
final class TrainingRecipe {
  /// Defaults to the size of the hidden state.
  private static final String EMBEDDING = "embedding";

  /// The defaults for a text.
  private static final Map<String, String> FOR_TEXT =
      defaults(
          "level", "char",
          "min-count", "2",
          "max-words", "10000",
          "cell", "lstm",
          "hidden", "128",
          "layers", "2",
          "forget-bias", "0.0",
          "dropout", "0.0",
          "batch", "50",
          "bptt", "50",
          "optimizer", "adam",
          "lr", "0.002",
          "schedule", "constant",
          "warm-up", "0",
          "clip", "5.0",
          "validation", "0.1",
          "patience", "0",
          "seed", "1");

  /// The defaults for the corpus of numbers, found by trying. Windows of 128 characters hold two
  /// long lines. Small batches allow many steps in the available time: with 64 columns nothing was
  /// learned in the same time.
  private static final Map<String, String> FOR_NUMBERS =
      defaults(
          "hidden", "128",
          "layers", "1",
          "embedding", "32",
          "forget-bias", "1.0",
          "batch", "16",
          "bptt", "128",
          "lr", "0.005",
          "schedule", "cosine",
          "warm-up", "100",
          "clip", "1.0");

  private static final List<String> POSITIVE =
      List.of("hidden", "embedding", "layers", "batch", "bptt", "min-count");
  private static final List<String> NOT_NEGATIVE = List.of("warm-up", "patience");

  /// Those of the engine, and gradient descent with momentum.
  private static final List<String> OPTIMIZERS = optimizers();

  private static final double MOMENTUM = 0.9;

  /// A step schedule halves the rate after each quarter of the run.
  private static final int STAIRS = 4;

  private static final double STAIR = 0.5;

  /// A cosine schedule ends at this fraction of the rate.
  private static final double COSINE_END = 0.01;

  private final Map<String, String> values;

  /// For the help text.
  static final class OptimizerNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return OPTIMIZERS.iterator();
    }
  }

  private static List<String> optimizers() {
    var names = new ArrayList<>(Algorithms.names());
    names.add(names.indexOf("sgd") + 1, "momentum");
    return List.copyOf(names);
  }

  private TrainingRecipe(Map<String, String> values) {
    this.values = values;
  }

  private static Map<String, String> defaults(String... namesAndValues) {
    var result = new LinkedHashMap<String, String>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      result.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return result;
  }

  /// The defaults, overridden by the given values.
  ///
  /// @param numbers whether the text is the corpus of numbers
  static TrainingRecipe of(Map<String, String> given, boolean numbers) {
    var values = new LinkedHashMap<>(FOR_TEXT);
    if (numbers) {
      values.putAll(FOR_NUMBERS);
    }
    values.putAll(given);
    values.putIfAbsent(EMBEDDING, values.get("hidden"));
    return new TrainingRecipe(values).checked();
  }

  /// The recipe of a checkpoint, from its [#values()].
  ///
  /// @throws IllegalArgumentException if a value is missing
  static TrainingRecipe saved(Map<String, String> values) {
    for (var name : FOR_TEXT.keySet()) {
      if (!values.containsKey(name)) {
        throw new IllegalArgumentException("the checkpoint does not say what --" + name + " was");
      }
    }
    return new TrainingRecipe(new LinkedHashMap<>(values)).checked();
  }

  /// Whether an option of this name is part of a recipe.
  static boolean has(String name) {
    return FOR_TEXT.containsKey(name) || name.equals(EMBEDDING);
  }

  /// Checks that given values agree with this recipe of a checkpoint.
  ///
  /// @throws IllegalArgumentException if one does not, with its name
  void requireAgreement(Map<String, String> given) {
    given.forEach((name, value) -> {
      if (!value.equals(values.get(name))) {
        throw new IllegalArgumentException(
            "--%s %s differs from the checkpoint's %s: leave it out, or train anew"
                .formatted(name, value, values.get(name)));
      }
    });
  }

  /// All values by option name, sorted.
  Map<String, String> values() {
    return new TreeMap<>(values);
  }

  TokenLevel level() {
    return TokenLevel.of(values.get("level"));
  }

  Cell cell() {
    try {
      return Cell.parse(values.get("cell"));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--cell: " + e.getMessage(), e);
    }
  }

  Optimizer optimizer(Parameters parameters) {
    return Optimizer.of(parameters, algorithm());
  }

  private Algorithm algorithm() {
    double rate = number("lr");
    var name = values.get("optimizer");
    return name.equals("momentum") ? Sgd.of(rate).momentum(MOMENTUM) : Algorithms.of(name, rate);
  }

  /// @param steps the number of steps of the whole run
  LearningRateSchedule schedule(long steps) {
    double rate = number("lr");
    int warmUp = integer("warm-up");
    long after = Math.max(steps - warmUp, 1);
    var schedule =
        switch (values.get("schedule")) {
          case "constant" -> LearningRateSchedule.constant(rate);
          case "step" -> LearningRateSchedule.step(rate, Math.ceilDiv(after, STAIRS), STAIR);
          case "cosine" -> LearningRateSchedule.cosine(rate, after, COSINE_END * rate);
          default -> throw unknown("schedule", "constant, step or cosine");
        };
    return schedule.withWarmUp(warmUp);
  }

  private IllegalArgumentException unknownOptimizer() {
    int last = OPTIMIZERS.size() - 1;
    return unknown(
        "optimizer",
        String.join(", ", OPTIMIZERS.subList(0, last)) + " or " + OPTIMIZERS.get(last));
  }

  private IllegalArgumentException unknown(String name, String expected) {
    return new IllegalArgumentException(
        "--%s must be %s, was %s".formatted(name, expected, values.get(name)));
  }

  /// The largest norm of all gradients together; infinite for no clipping.
  double clipNorm() {
    double clip = number("clip");
    return clip == 0 ? Double.POSITIVE_INFINITY : clip;
  }

  /// Early stopping, which keeps the best weights; null without patience.
  EarlyStopping stopping(Parameters parameters, Arena arena) {
    int patience = integer("patience");
    return patience == 0 ? null : new EarlyStopping(parameters, patience, arena);
  }

  int integer(String name) {
    return Integer.parseInt(values.get(name));
  }

  double number(String name) {
    return Double.parseDouble(values.get(name));
  }

  long seed() {
    return Long.parseLong(values.get("seed"));
  }

  /// Checks every value before anything is read or made.
  private TrainingRecipe checked() {
    for (var name : POSITIVE) {
      require(name, integer(name) >= 1, "positive");
    }
    for (var name : NOT_NEGATIVE) {
      require(name, integer(name) >= 0, "0 or positive");
    }
    require("max-words", integer("max-words") >= 2, "at least 2");
    require("dropout", number("dropout") >= 0 && number("dropout") < 1, "in [0, 1)");
    require("validation", number("validation") >= 0 && number("validation") < 1, "in [0, 1)");
    require("lr", number("lr") > 0 && Double.isFinite(number("lr")), "positive");
    require("forget-bias", Double.isFinite(number("forget-bias")), "finite");
    require("clip", number("clip") >= 0, "0 or positive");
    try {
      var _ = level();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--" + e.getMessage(), e);
    }
    var _ = cell();
    if (!OPTIMIZERS.contains(values.get("optimizer"))) {
      throw unknownOptimizer();
    }
    var _ = schedule(1);
    return this;
  }

  private void require(String name, boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(
          "--%s must be %s, was %s".formatted(name, rule, values.get(name)));
    }
  }
}
