package dev.rondo.stream;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Models of a few units for tests.
final class SmallModels {
  static final int INPUTS = 3;
  static final int OUTPUTS = 2;
  static final int VOCABULARY = 7;

  private SmallModels() {}

  /// An LSTM of 5 units with a dense output.
  static StreamingStack lstm(Arena arena, long seed) {
    var parameters = new Parameters(Backend.best(), arena);
    var random = new CounterRandom(seed);
    var lstm = Lstm.of(INPUTS, 5).create(parameters.at("lstm"), random);
    var head = Linear.of(5, OUTPUTS).create(parameters.at("head"), random);
    return StreamingStack.ofDense(INPUTS).recurrent(lstm).linear(head);
  }

  /// A GRU of 4 units on tokens, with probabilities.
  static StreamingStack gruOfTokens(Arena arena, long seed) {
    var parameters = new Parameters(Backend.best(), arena);
    var random = new CounterRandom(seed);
    var embedding = Embedding.of(VOCABULARY, 6).create(parameters.at("embedding"), random);
    var gru = Gru.of(6, 4).create(parameters.at("gru"), random);
    var head = Linear.of(4, OUTPUTS).create(parameters.at("head"), random);
    return StreamingStack.ofTokens(embedding).recurrent(gru).linear(head).softmax();
  }

  static StreamingModel compile(StreamingStack stack, Arena arena) {
    return StreamingModel.compile(stack, StreamingOptions.standard(), arena);
  }

  static StreamingModel compile(StreamingStack stack, WeightFormat weights, Arena arena) {
    return StreamingModel.compile(stack, StreamingOptions.standard().weights(weights), arena);
  }

  static MemorySegment floats(Arena arena, float... values) {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  static MemorySegment tokens(Arena arena, int... tokens) {
    return arena.allocateFrom(ValueLayout.JAVA_INT, tokens);
  }

  static MemorySegment outputs(Arena arena, int count) {
    return arena.allocate((long) count * OUTPUTS * Float.BYTES, Float.BYTES);
  }

  /// Everything that a state consists of.
  static byte[] bytes(StreamingState state) {
    return state.segment().toArray(ValueLayout.JAVA_BYTE);
  }
}
