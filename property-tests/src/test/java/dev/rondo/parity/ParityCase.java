package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import java.util.Map;

/// One computation that the engine and PyTorch both do. Its text describes it completely: a failed
/// case can be made again from its name.
sealed interface ParityCase permits TapeCase, ModelCase, ClippingCase, OptimizerCase, ScheduleCase {
  /// What is computed, whatever the shapes: a row of the table.
  String operation();

  /// What goes in.
  Operands operands();

  /// What the engine makes of it, by name.
  Map<String, Numbers> onEngine(Backend backend, Operands operands);
}
