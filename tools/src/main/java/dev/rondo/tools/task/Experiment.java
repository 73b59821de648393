package dev.rondo.tools.task;

import dev.rondo.kernel.Backend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// All kinds of model, each with all learning rates, under the same budget.
///
/// @param task the task
/// @param kinds the models
/// @param learningRates the rates
/// @param recipe the other settings, common to all runs
/// @param budget the budget of each run
record Experiment(
    Task task,
    List<TaskModelKind> kinds,
    List<Double> learningRates,
    TrialSettings recipe,
    Budget budget) {
  /// The warm-up before the timed runs of a kind.
  private static final double WARM_UP_SECONDS = 2;

  /// Copies the lists.
  Experiment {
    kinds = List.copyOf(kinds);
    learningRates = List.copyOf(learningRates);
  }

  /// The runs of one kind.
  ///
  /// @param trials one for each learning rate
  record Comparison(TaskModelKind kind, List<Trial.Outcome> trials) {
    /// Copies the list.
    Comparison {
      trials = List.copyOf(trials);
    }

    /// The run whose weights have the best validation score.
    Trial.Outcome best() {
      return trials.stream()
          .min(Comparator.comparingDouble(trial -> trial.validation().error()))
          .orElseThrow();
    }
  }

  /// Runs everything, one after the other.
  ///
  /// @throws IOException if results cannot be written
  List<Comparison> run(Backend backend, TaskProgress progress) throws IOException {
    var result = new ArrayList<Comparison>();
    for (var kind : kinds) {
      var trials = new ArrayList<Trial.Outcome>();
      if (budget.steps() == 0) {
        try (var trial = trial(kind, learningRates.getFirst(), backend)) {
          trial.warmUp(Math.min(WARM_UP_SECONDS, budget.seconds()));
        }
      }
      for (double rate : learningRates) {
        try (var trial = trial(kind, rate, backend)) {
          progress.begin(kind, rate);
          trials.add(trial.run(budget, progress));
          progress.end(trials.getLast());
        }
      }
      result.add(new Comparison(kind, trials));
    }
    return result;
  }

  private Trial trial(TaskModelKind kind, double rate, Backend backend) {
    return new Trial(kind, rate, task, recipe, backend);
  }
}
