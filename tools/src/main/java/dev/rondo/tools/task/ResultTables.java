package dev.rondo.tools.task;

import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;

/// The results of an experiment as text and tables.
final class ResultTables {
  /// The number of columns of the course of training, without the evaluation before it.
  private static final int COURSE_COLUMNS = 5;

  private final Experiment experiment;
  private final List<Experiment.Comparison> comparisons;
  private final Formatter text = new Formatter(Locale.ROOT);

  private ResultTables(Experiment experiment, List<Experiment.Comparison> comparisons) {
    this.experiment = experiment;
    this.comparisons = comparisons;
  }

  /// The models, the baselines, all learning rates, the course of training with the best rate, and
  /// the test.
  static String of(Experiment experiment, List<Experiment.Comparison> comparisons) {
    var tables = new ResultTables(experiment, comparisons);
    tables.heading();
    tables.learningRates();
    tables.course();
    tables.test();
    tables.distances();
    return tables.text.toString();
  }

  private void heading() {
    var task = experiment.task();
    var recipe = experiment.recipe();
    text.format("%s: %s\n", task.name(), task.description());
    text.format(
        "%d units, batches of %d, Adam, gradients clipped to norm %s, seed %d; %s a run\n",
        recipe.hiddenSize(),
        recipe.batchSize(),
        recipe.clipNorm(),
        recipe.seed(),
        experiment.budget());
    for (var baseline : task.baselines(recipe.sequences(task, Split.TEST))) {
      var error =
          Double.isNaN(baseline.error())
              ? ""
              : " %s %s,".formatted(task.measure().error(), round(baseline.error()));
      text.format(
          "baseline, %s:%s %s %s\n",
          baseline.name(), error, task.measure().accuracy(), percent(baseline.accuracy()));
    }
  }

  private void learningRates() {
    text.format("\n%s on validation sequences, by learning rate (best marked)\n", error());
    row("model", experiment.learningRates().stream().map(rate -> rate + " ").toList());
    for (var comparison : comparisons) {
      var best = comparison.best();
      row(
          comparison.kind().label(),
          comparison.trials().stream()
              .map(trial -> round(trial.validation().error()) + (trial.equals(best) ? "*" : " "))
              .toList());
    }
  }

  /// If each run has the same time, a column has a different step in each row.
  private void course() {
    var budget = experiment.budget();
    boolean bySteps = budget.steps() > 0;
    text.format(
        "\n%s on validation sequences, by %s (best learning rate)\n",
        error(), bySteps ? "steps" : "share of the time");
    int parts = experiment.recipe().evaluations();
    int columns = Math.min(parts, COURSE_COLUMNS);
    var heads = new ArrayList<>(List.of(bySteps ? "0" : "0 %"));
    for (int i = 1; i <= columns; i++) {
      int part = parts * i / columns;
      heads.add(bySteps ? count(budget.stepsOf(part, parts)) : 100 * part / parts + " %");
    }
    row("model", heads);
    for (var comparison : comparisons) {
      var evaluations = comparison.best().evaluations();
      var cells = new ArrayList<>(List.of(round(evaluations.getFirst().validation().error())));
      for (int i = 1; i <= columns; i++) {
        int at = parts * i / columns;
        cells.add(at < evaluations.size() ? round(evaluations.get(at).validation().error()) : "-");
      }
      row(comparison.kind().label(), cells);
    }
  }

  private void test() {
    var task = experiment.task();
    text.format(
        "\non %,d test sequences (best learning rate, best weights)\n",
        experiment.recipe().sequences(task, Split.TEST));
    row(
        "model",
        List.of("weights", "rate", "steps", "minutes", "error", task.measure().accuracy()));
    for (var comparison : comparisons) {
      var best = comparison.best();
      row(
          comparison.kind().label(),
          List.of(
              count(best.parameters()),
              Double.toString(best.learningRate()),
              count(best.last().step()),
              String.format(Locale.ROOT, "%.2f", best.last().seconds() / 60),
              round(best.test().error()),
              percent(best.test().accuracy())));
    }
  }

  private void distances() {
    var ranges = experiment.task().distanceRanges();
    if (ranges.size() < 2) {
      return;
    }
    text.format("\n%s of these, by distance\n", experiment.task().measure().accuracy());
    row("model", ranges);
    for (var comparison : comparisons) {
      var accuracies = comparison.best().test().accuracyByDistance();
      row(comparison.kind().label(), accuracies.stream().map(ResultTables::percent).toList());
    }
  }

  private String error() {
    return experiment.task().measure().error();
  }

  private static String round(double value) {
    return value != 0 && Math.abs(value) < 0.001
        ? String.format(Locale.ROOT, "%.1e", value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private void row(String name, List<String> cells) {
    text.format("%-8s", name);
    for (var cell : cells) {
      text.format("%12s", cell);
    }
    text.format("\n");
  }
}
