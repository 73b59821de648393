package dev.rondo.bench.stream;

/// One engine with one stream, in a process that does nothing else. It starts with a zero state.
public interface StreamContender {
  /// Sets the input of the steps that follow.
  void input(float[] values);

  /// Takes one step: reads the input, continues from the last state, and leaves an output.
  void step();

  /// The output of the last step.
  float[] output();
}
