package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// A checkpoint holds everything that a run consists of.
@Label("Law 1.7: a run that is continued is the run that never stopped")
class ContinuedRunProperties extends Trainings {
  @Property(tries = 40)
  void aRunThatIsContinuedHasTheBitsOfOneThatNeverStopped(
      @ForAll("plans") Plan plan, @ForAll @IntRange(max = 9) int before) throws IOException {
    var file = Files.createTempFile("checkpoint", ".safetensors");
    try (var whole = new Run(plan, Backend.best());
        var interrupted = new Run(plan, Backend.best());
        var continued = new Run(plan, Backend.best())) {
      whole.steps(before).steps(6);
      interrupted.steps(before).trainer.saveCheckpoint(file, interrupted.stopping, Map.of());
      // as a new process would: other random parameters, and a run that has moved on
      continued.steps(2).losses.clear();
      restore(continued, file);
      assertEquals(before, continued.trainer.steps());
      continued.losses.addAll(interrupted.losses);
      assertSame(whole, continued.steps(6));
      assertEquals(whole.optimizer.stepCount(), continued.optimizer.stepCount());
      assertEquals(whole.optimizer.learningRate(), continued.optimizer.learningRate());
      assertSameBest(whole, continued);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void restore(Run run, Path file) throws IOException {
    try (var tensors = SafeTensors.open(file)) {
      run.trainer.restore(tensors, run.stopping);
    }
  }

  private static void assertSameBest(Run expected, Run actual) {
    assertEquals(expected.stopping.bestLoss(), actual.stopping.bestLoss());
    assertEquals(expected.stopping.sinceBest(), actual.stopping.sinceBest());
    expected.stopping.restoreBest();
    actual.stopping.restoreBest();
    LayerRun.assertSame(expected.bits(), actual.bits());
  }
}
