package dev.rondo.stream;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks of what a caller gives to the steps of one model. Each runs before anything has changed.
final class StepArguments {
  private final StreamingStack stack;
  private final long inputBytes;
  private final long outputBytes;

  StepArguments(StreamingStack stack) {
    this.stack = stack;
    inputBytes = (long) stack.inputSize() * Float.BYTES;
    outputBytes = (long) stack.outputSize() * Float.BYTES;
  }

  /// Bytes of one input: `inputSize` floats, or a token.
  long inputBytes() {
    return inputBytes;
  }

  /// Bytes of one output.
  long outputBytes() {
    return outputBytes;
  }

  void require(MemorySegment input, MemorySegment output) {
    requireNative("input", input, inputBytes);
    requireWritable("output", output, outputBytes);
  }

  void requireMany(MemorySegment inputs, int count, MemorySegment outputs) {
    requireNative("inputs", inputs, count * inputBytes);
    requireWritable("outputs", outputs, count * outputBytes);
    if (stack.takesTokens()) {
      for (int i = 0; i < count; i++) {
        requireToken(inputs.get(ValueLayout.JAVA_INT_UNALIGNED, (long) i * Integer.BYTES));
      }
    }
  }

  void requireVector(float[] input) {
    if (stack.takesTokens() || input.length != stack.inputSize()) {
      throw new IllegalArgumentException(
          stack.takesTokens()
              ? "input is [%d], expected a token".formatted(input.length)
              : "input is [%d], expected [%d]".formatted(input.length, stack.inputSize()));
    }
  }

  void requireTokens() {
    if (!stack.takesTokens()) {
      throw new IllegalArgumentException(
          "input is a token, expected [%d]".formatted(stack.inputSize()));
    }
  }

  void requireToken(int token) {
    requireToken(token, stack.vocabularySize());
  }

  static void requireToken(int token, int vocabularySize) {
    if (token < 0 || token >= vocabularySize) {
      throw new IllegalArgumentException(
          "token is %d, expected 0 to %d".formatted(token, vocabularySize - 1));
    }
  }

  void requireOutput(float[] output) {
    if (output.length != stack.outputSize()) {
      throw new IllegalArgumentException(
          "output is [%d], expected [%d]".formatted(output.length, stack.outputSize()));
    }
  }

  static void requireNative(String name, MemorySegment segment, long bytes) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(name + " is on the heap, expected native memory");
    }
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "%s has %d bytes, expected %d".formatted(name, segment.byteSize(), bytes));
    }
  }

  private static void requireWritable(String name, MemorySegment segment, long bytes) {
    requireNative(name, segment, bytes);
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(name + " is read-only");
    }
  }
}
