package dev.rondo.bench;

import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.WeightFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The set-up of every benchmark compares its contenders and throws if they differ: here at small
/// sizes, so that a benchmark does not fail only when somebody wants its figures.
class ContendersTest {
  @ParameterizedTest
  @ValueSource(strings = {"33x65x37", "forward-9x65x64", "backward-50x65x37", "gradient-70x65x37"})
  void productsAgree(String shape) {
    var benchmark = new GemmBenchmark();
    benchmark.shape = shape;
    benchmark.prepare();
    benchmark.free();
  }

  @ParameterizedTest
  @EnumSource
  void activationsAgree(ActivationBenchmark.TimedFunction function) {
    var benchmark = new ActivationBenchmark();
    benchmark.function = function;
    benchmark.elements = 1024;
    benchmark.prepare();
    benchmark.free();
  }

  @ParameterizedTest
  @EnumSource
  void cellsAgree(Cell cell) {
    var gates = new GatesBenchmark();
    gates.cell = cell;
    gates.hiddenSize = 32;
    gates.batchSize = 3;
    gates.prepare();
    gates.free();

    var training = new TrainingStepBenchmark();
    training.cell = cell;
    training.hiddenSize = 24;
    training.batchSize = 5;
    training.threads = 1;
    training.prepare();
    training.free();

    var forward = new SequenceForwardBenchmark();
    forward.cell = cell;
    forward.hiddenSize = 24;
    forward.batchSize = 5;
    forward.threads = 1;
    forward.prepare();
    forward.free();
  }

  @Test
  void charModelsAgree() {
    var benchmark = new CharModelBenchmark();
    benchmark.hiddenSize = 24;
    benchmark.threads = 1;
    benchmark.prepare();
    benchmark.free();
  }

  @ParameterizedTest
  @EnumSource
  void optimizersAgree(OptimizerBenchmark.Operation operation) {
    var benchmark = new OptimizerBenchmark();
    benchmark.operation = operation;
    benchmark.rows = 8;
    benchmark.threads = 1;
    benchmark.prepare();
    benchmark.free();
  }

  @ParameterizedTest
  @EnumSource
  void streamsAgree(WeightFormat weights) {
    for (var cell : Work.Cell.values()) {
      var benchmark = new StreamingLatencyBenchmark();
      benchmark.cell = cell;
      benchmark.hiddenSize = 24;
      benchmark.weights = weights;
      benchmark.prepare();
      benchmark.free();
    }
  }
}
