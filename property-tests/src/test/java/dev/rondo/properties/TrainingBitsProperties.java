package dev.rondo.properties;


import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/// Kernels, threads and equal seeds.
@Label("Law 1.6: a training run has the same bits whatever computes it")
class TrainingBitsProperties extends Trainings {
  @Tag("kernel")
  @Property(tries = 25)
  void scalarAndVectorKernelsTrainTheSameModel(@ForAll("plans") Plan plan) {
    try (var scalar = new Run(plan, Backend.scalar(Threads.one()));
        var vector = new Run(plan, Backend.vector(Threads.one()))) {
      assertSame(scalar.steps(5), vector.steps(5));
    }
  }

  @Tag("kernel")
  @Property(tries = 4)
  void oneTwoAndThreeThreadsTrainTheSameModel(@ForAll("largePlans") Plan plan) {
    try (var one = new Run(plan, Backend.best(Threads.one()));
        var two = new Run(plan, Backend.best(Threads.of(2)));
        var three = new Run(plan, Backend.best(Threads.of(3)))) {
      one.steps(4);
      assertSame(one, two.steps(4));
      assertSame(one, three.steps(4));
    }
  }

  /// The same run writes the same bytes, whatever the threads and kernels.
  @Property(tries = 10)
  void equalRunsWriteEqualCheckpoints(@ForAll("plans") Plan plan) throws IOException {
    var first = Files.createTempFile("first", ".safetensors");
    var second = Files.createTempFile("second", ".safetensors");
    try (var one = new Run(plan, Backend.scalar(Threads.one()));
        var two = new Run(plan, Backend.best(Threads.of(2)))) {
      one.steps(4).trainer.saveCheckpoint(first, one.stopping, Map.of("note", "a"));
      two.steps(4).trainer.saveCheckpoint(second, two.stopping, Map.of("note", "a"));
      assertEquals(-1, Files.mismatch(first, second));
    } finally {
      Files.deleteIfExists(first);
      Files.deleteIfExists(second);
    }
  }
}
