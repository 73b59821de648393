package dev.rondo.properties;


import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/// Training takes no more memory than its first steps took.
@Label("Law 4.1: the workspace stops growing")
class WorkspaceProperties extends Trainings {
  /// Batches of windows have one size but the last: after an epoch all sizes have been seen.
  @Property(tries = 20)
  void theWorkspaceStopsGrowing(@ForAll("plans") Plan plan) {
    var windows =
        new Plan(
            plan.cell(),
            plan.embeddingSize(),
            plan.hiddenSize(),
            plan.layers(),
            plan.optimizer(),
            Data.WINDOWS,
            plan.batchSize(),
            plan.steps(),
            plan.seed());
    try (var run = new Run(windows, Backend.best())) {
      run.steps(1);
      long bytes = run.trainer.workspaceBytes();
      run.steps(8);
      assertEquals(bytes, run.trainer.workspaceBytes());
    }
  }
}
