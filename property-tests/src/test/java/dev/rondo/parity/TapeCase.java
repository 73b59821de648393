package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import java.util.Map;

/// A case with derivatives: results, and gradients of all inputs.
sealed interface TapeCase extends ParityCase permits RecurrentCase, OperationCase, LossCase {
  /// Computes the results from inputs and parameters of the run.
  void record(EngineRun run);

  @Override
  default Map<String, Numbers> onEngine(Backend backend, Operands operands) {
    try (var run = new EngineRun(backend, operands)) {
      record(run);
      return run.results();
    }
  }
}
