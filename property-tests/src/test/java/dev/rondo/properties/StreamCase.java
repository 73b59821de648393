package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingStack;
import dev.rondo.stream.StreamingState;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The layers of a [StreamShape] with their parameters, as a sequence and as a stream.
final class StreamCase implements AutoCloseable {
  private static final double PARAMETER_SIZE = 0.3;

  final StreamShape shape;
  final Arena arena = Arena.ofShared();
  final Parameters parameters;
  private final Backend backend;
  private final Embedding embedding;
  private final List<Recurrent> recurrents = new ArrayList<>();
  private final LayerNorm norm;
  private final Linear head;
  private final float[][][] vectors;
  private final int[][] tokens;

  StreamCase(StreamShape shape, Backend backend) {
    this.shape = shape;
    this.backend = backend;
    parameters = new Parameters(backend, arena);
    var random = new CounterRandom(shape.seed());
    embedding =
        shape.around().tokens()
            ? Embedding.of(StreamShape.VOCABULARY, shape.inputSize())
                .create(parameters.at("embedding"), random)
            : null;
    var layers = shape.layers();
    var options =
        layers
            .kind()
            .of(shape.inputSize(), shape.hiddenSize())
            .layers(layers.count())
            .skip(layers.skip());
    if (layers.learnsInitialState()) {
      options = options.learnedInitialState();
    }
    recurrents.add(options.create(parameters.at("first"), random));
    int size = options.outputSize();
    if (layers.second()) {
      recurrents.add(Gru.of(size, 18).create(parameters.at("second"), random));
      size = 18;
    }
    norm = shape.around().layerNorm() ? LayerNorm.of(size).create(parameters.at("norm")) : null;
    int outputs = shape.around().linear();
    head = outputs > 0 ? Linear.of(size, outputs).create(parameters.at("head"), random) : null;
    fill(random);
    vectors = shape.vectors();
    tokens = shape.tokens();
  }

  /// No parameter is 0 or 1, as some are before training.
  private void fill(CounterRandom random) {
    for (var parameter : parameters.all()) {
      var value = parameter.value();
      for (int r = 0; r < value.rows(); r++) {
        for (int c = 0; c < value.columns(); c++) {
          value.set(r, c, PARAMETER_SIZE * random.nextGaussian());
        }
      }
    }
  }

  StreamingStack stack() {
    var stack =
        embedding == null
            ? StreamingStack.ofDense(shape.inputSize())
            : StreamingStack.ofTokens(embedding);
    for (var recurrent : recurrents) {
      stack = stack.recurrent(recurrent);
    }
    stack = norm == null ? stack : stack.layerNorm(norm);
    stack = head == null ? stack : stack.linear(head);
    return switch (shape.around().output()) {
      case IDENTITY -> stack;
      case SIGMOID -> stack.sigmoid();
      case SOFTMAX -> stack.softmax();
      case AFFINE -> stack.activation(Activation.affine(0.5, 0.2));
    };
  }

  StreamingModel model(WeightFormat weights) {
    var options = StreamingOptions.standard().weights(weights).backend(backend);
    return StreamingModel.compile(stack(), options, arena);
  }

  /// What a pass gives.
  ///
  /// @param outputs `[steps][outputSize]`
  /// @param state the values of every part of the state at the end
  record Result(List<float[]> outputs, List<float[]> state) {
    static void assertSame(Result expected, Result actual, String name) {
      assertSame(expected.outputs, actual.outputs, name + ", output ");
      assertSame(expected.state, actual.state, name + ", state ");
    }

    static void assertSame(List<float[]> expected, List<float[]> actual, String name) {
      assertEquals(expected.size(), actual.size(), name + "s");
      for (int i = 0; i < expected.size(); i++) {
        Batch.assertSame(expected.get(i), actual.get(i), name + i);
      }
    }
  }

  private Variable input(Tape tape) {
    if (embedding != null) {
      return embedding.forward(tape, Tokens.of(arena, tokens));
    }
    var x =
        Tensor.allocate(
            arena, ElementType.FLOAT32, shape.steps(), shape.streams(), shape.inputSize());
    for (int t = 0; t < shape.steps(); t++) {
      for (int s = 0; s < shape.streams(); s++) {
        for (int i = 0; i < shape.inputSize(); i++) {
          x.set(t * shape.streams() + s, i, vectors[t][s][i]);
        }
      }
    }
    return tape.constant(x);
  }

  /// All streams as the rows of one batch, over whole sequences, by the layers themselves.
  List<Result> sequences() {
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      Variable output = input(tape);
      var states = new ArrayList<CellState>();
      for (var recurrent : recurrents) {
        var run = recurrent.forward(tape, output);
        output = run.output();
        states.addAll(run.lastState().layers());
      }
      output = norm == null ? output : norm.forward(tape, output);
      output = head == null ? output : head.forward(tape, output);
      output =
          switch (shape.around().output()) {
            case IDENTITY -> output;
            case SIGMOID -> tape.sigmoid(output);
            case SOFTMAX -> tape.softmax(output);
            case AFFINE -> tape.activation(Activation.affine(0.5, 0.2), output);
          };
      var results = new ArrayList<Result>();
      for (int s = 0; s < shape.streams(); s++) {
        var rows = new ArrayList<float[]>();
        for (int t = 0; t < shape.steps(); t++) {
          rows.add(row(output.value(), t * shape.streams() + s));
        }
        results.add(new Result(rows, state(states, s)));
      }
      return results;
    }
  }

  private static float[] row(Tensor tensor, int row) {
    var values = new float[tensor.columns()];
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) tensor.get(row, c);
    }
    return values;
  }

  private static List<float[]> state(List<CellState> states, int row) {
    var parts = new ArrayList<float[]>();
    for (var state : states) {
      parts.add(row(state.h().value(), row));
      if (state.c() != null) {
        parts.add(row(state.c().value(), row));
      }
    }
    return parts;
  }

  /// The values of a stream's state. Padding and what the header reserves must be zero.
  static List<float[]> state(StreamingState state) {
    var parts = new ArrayList<float[]>();
    for (var part : state.model().stateLayout().parts()) {
      var values = new float[part.size()];
      for (long at = 0; at < part.bytes(); at += Float.BYTES) {
        float value = state.segment().get(ValueLayout.JAVA_FLOAT, part.byteOffset() + at);
        if (at / Float.BYTES < values.length) {
          values[(int) (at / Float.BYTES)] = value;
        } else {
          assertEquals(0, Float.floatToRawIntBits(value), "padding of " + part);
        }
      }
      parts.add(values);
    }
    return parts;
  }

  /// The input of a stream's step, copied to memory.
  void put(int step, int stream, MemorySegment target, long at) {
    if (embedding != null) {
      target.set(ValueLayout.JAVA_INT_UNALIGNED, at, tokens[step][stream]);
    } else {
      var values = vectors[step][stream];
      MemorySegment.copy(values, 0, target, ValueLayout.JAVA_FLOAT_UNALIGNED, at, values.length);
    }
  }

  /// Bytes of one input.
  int inputBytes() {
    return (embedding != null ? 1 : shape.inputSize()) * Float.BYTES;
  }

  static float[] floats(MemorySegment segment, long at, int count) {
    var values = new float[count];
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT_UNALIGNED, at, values, 0, count);
    return values;
  }

  /// One step through memory that is not even aligned to a float.
  float[] step(StreamingModel model, StreamingState state, int step, int stream) {
    try (var memory = Arena.ofConfined()) {
      var input = memory.allocate(1 + inputBytes()).asSlice(1);
      long outputBytes = (long) model.outputSize() * Float.BYTES;
      var output = memory.allocate(3 + outputBytes).asSlice(3);
      put(step, stream, input, 0);
      model.step(input, state, output);
      return floats(output, 0, model.outputSize());
    }
  }

  /// As [#step], through arrays.
  float[] stepOnHeap(StreamingModel model, StreamingState state, int step, int stream) {
    var output = new float[model.outputSize()];
    if (embedding != null) {
      model.step(tokens[step][stream], state, output);
    } else {
      model.step(vectors[step][stream], state, output);
    }
    return output;
  }

  /// One stream, step by step.
  Result stream(StreamingModel model, int stream) {
    var state = model.newState(arena);
    var outputs = new ArrayList<float[]>();
    for (int t = 0; t < shape.steps(); t++) {
      outputs.add(t % 2 == 0 ? step(model, state, t, stream) : stepOnHeap(model, state, t, stream));
    }
    assertEquals(shape.steps(), state.steps());
    return new Result(outputs, state(state));
  }

  /// Every stream alone.
  List<Result> streams(StreamingModel model) {
    var results = new ArrayList<Result>();
    for (int s = 0; s < shape.streams(); s++) {
      results.add(stream(model, s));
    }
    return results;
  }

  static void assertSame(List<Result> expected, List<Result> actual) {
    assertEquals(expected.size(), actual.size());
    for (int s = 0; s < expected.size(); s++) {
      Result.assertSame(expected.get(s), actual.get(s), "stream " + s);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
