package dev.rondo.bench.stream;

/// One engine with one stream, in a process that does nothing else. It begins with a zero state.
public interface StreamContender {
  /// Sets the input of the steps that follow.
  void input(float[] values);

  /// One step: reads the input, goes on from the state of the step before, leaves an output.
  void step();

  /// What the last step gave.
  float[] output();
}
