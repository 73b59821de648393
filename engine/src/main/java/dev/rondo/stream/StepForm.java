package dev.rondo.stream;

import java.lang.foreign.MemorySegment;

/// The source of the input and the target of the output of a single step. Each form is one constant
/// that receives the caller's arguments, so a step allocates nothing.
///
/// @param <I> holds the input
/// @param <O> receives the output
sealed interface StepForm<I, O> {
  /// Native memory that holds a vector or a token.
  StepForm<MemorySegment, MemorySegment> MEMORY = new Memory();

  /// Arrays.
  StepForm<float[], float[]> ARRAYS = new Arrays();

  /// A token as an `int`, and an array for the output.
  StepForm<Void, float[]> TOKEN = new Token();

  /// Copies the input into the program.
  ///
  /// @param input null if `token` is the input
  /// @param token read only if `input` is null
  void load(StreamProgram program, I input, int token);

  /// Copies the output out of the program.
  void store(StreamProgram program, O output);

  /// See [#MEMORY].
  final class Memory implements StepForm<MemorySegment, MemorySegment> {
    private Memory() {}

    @Override
    public void load(StreamProgram program, MemorySegment input, int token) {
      program.loadInput(0, input, 0);
    }

    @Override
    public void store(StreamProgram program, MemorySegment output) {
      program.storeOutput(0, output, 0);
    }
  }

  /// See [#ARRAYS].
  final class Arrays implements StepForm<float[], float[]> {
    private Arrays() {}

    @Override
    public void load(StreamProgram program, float[] input, int token) {
      program.loadInput(input);
    }

    @Override
    public void store(StreamProgram program, float[] output) {
      program.storeOutput(output);
    }
  }

  /// See [#TOKEN].
  final class Token implements StepForm<Void, float[]> {
    private Token() {}

    @Override
    public void load(StreamProgram program, Void input, int token) {
      program.loadToken(0, token);
    }

    @Override
    public void store(StreamProgram program, float[] output) {
      program.storeOutput(output);
    }
  }
}
