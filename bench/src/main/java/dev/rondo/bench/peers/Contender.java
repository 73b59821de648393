package dev.rondo.bench.peers;

import java.io.IOException;

/// One engine with one work, in a process that does nothing else. [Worker] calls the methods in
/// this order: check first, iterations afterwards.
public interface Contender {
  /// Does the work a few times and writes the results, for comparison with the others.
  ///
  /// | array | in it |
  /// |---|---|
  /// | `output` | of the top layer with the first weights; of a character model the loss |
  /// | `gradient.<parameter>` | of the first training step, before clipping |
  /// | `after.<parameter>` | the value after [Work#CHECKED_STEPS] training steps |
  ///
  /// Arrays that have no counterpart in an engine are left out.
  void check(Numbers results) throws IOException;

  /// Does the work once.
  void iterate();
}
