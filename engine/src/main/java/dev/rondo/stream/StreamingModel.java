package dev.rondo.stream;

import dev.rondo.autograd.SharedForms;
import dev.rondo.io.ModelFormatException;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Plan;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/// A trained model compiled for single steps of many independent streams: what a service embeds.
///
///     try (var arena = Arena.ofShared(); var model = StreamingModel.load(path, arena)) {
///       var state = model.newState(arena);
///       model.step(input, state, output); // microseconds, nothing allocated
///     }
///
/// Immutable but for its closing, and safe for any number of threads; the states are the caller's. A
/// step runs on the caller's thread, takes no lock, and allocates nothing, except that as many
/// threads as were never in a step before at once make the memory that a step needs, once, in the
/// model's arena. With float32 weights a stream has the bits of the sequence: of
/// `Recurrent.forward` over all its steps.
///
/// Inputs are [#inputSize()] floats, or one token as an `int`; outputs [#outputSize()] floats. Both
/// are native memory, at any alignment; the forms with arrays copy.
public final class StreamingModel implements AutoCloseable {
  /// What is taken from the arena at a time.
  private static final long CHUNK_BYTES = 64 << 10;

  private final StreamingStack stack;
  private final StreamingOptions options;
  private final Backend backend;
  private final SharedForms shared = new SharedForms();
  private final Workspace workspace;
  private final StateLayout layout;
  private final long fingerprint;

  /// The state before the first step.
  private final MemorySegment initial;

  private final StreamPrograms.Pool pool = new StreamPrograms.Pool(this::programs);
  private final long inputBytes;
  private final long outputBytes;
  private volatile boolean closed;

  private StreamingModel(StreamingStack stack, StreamingOptions options, Arena arena) {
    this.stack = stack;
    this.options = options;
    backend = options.backend() == null ? Backend.best() : options.backend();
    workspace = new Workspace(arena, CHUNK_BYTES);
    layout = InitialState.layout(stack);
    fingerprint = Fingerprint.of(stack, options.weights());
    initial = InitialState.image(stack, layout, backend, fingerprint, arena);
    inputBytes = (long) stack.inputSize() * Float.BYTES;
    outputBytes = (long) stack.outputSize() * Float.BYTES;
    pool.give(programs());
  }

  /// Compiles layers that were trained. Weights of products are copied, in the format that the
  /// options say; tables of embeddings, biases and gains are read where they are: their memory must
  /// outlive the model, and must not be changed.
  ///
  /// @param arena owns the model's memory; shared, unless one thread alone uses the model
  public static StreamingModel compile(
      StreamingStack stack, StreamingOptions options, Arena arena) {
    Objects.requireNonNull(stack, "stack");
    Objects.requireNonNull(options, "options");
    return new StreamingModel(stack, options, arena);
  }

  /// Compiles a model; see [#compile(StreamingStack, StreamingOptions, Arena)].
  ///
  /// @throws IllegalArgumentException if a layer does not go forward
  public static StreamingModel compile(SequenceModel model, StreamingOptions options, Arena arena) {
    var stack =
        switch (options.output()) {
          case OF_MODEL -> StreamingStack.of(model);
          case IDENTITY -> StreamingStack.of(model, OutputFunction.IDENTITY);
          case SIGMOID -> StreamingStack.of(model, OutputFunction.SIGMOID);
          case SOFTMAX -> StreamingStack.of(model, OutputFunction.SOFTMAX);
        };
    return compile(stack, options, arena);
  }

  /// Loads and compiles the model of a file.
  ///
  /// @param arena owns the model's memory; shared, unless one thread alone uses the model
  /// @throws ModelFormatException if the file is damaged or holds no sequence model
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if a layer does not go forward
  public static StreamingModel load(Path file, StreamingOptions options, Arena arena)
      throws IOException {
    var event = StreamEvents.load(file);
    var backend = options.backend() == null ? Backend.best() : options.backend();
    var model = SequenceModel.load(file, backend, arena);
    var compiled = compile(model, options.backend(backend), arena);
    StreamEvents.loaded(event, compiled);
    return compiled;
  }

  /// Loads and compiles the model of a file with float32 weights.
  ///
  /// @throws ModelFormatException if the file is damaged or holds no sequence model
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if a layer does not go forward
  public static StreamingModel load(Path file, Arena arena) throws IOException {
    return load(file, StreamingOptions.standard(), arena);
  }

  private StreamPrograms programs() {
    return new StreamPrograms(this::program);
  }

  /// Notes a program; the plans of a model share its packed weights.
  private StreamProgram program(int rows) {
    synchronized (shared) {
      var plan = new Plan(backend, options.weights());
      return new StreamProgram(stack, layout, plan, workspace, shared, rows);
    }
  }

  /// What the model computes.
  public StreamingStack stack() {
    return stack;
  }

  StreamingOptions options() {
    return options;
  }

  /// How the weights of products are stored.
  public WeightFormat weights() {
    return options.weights();
  }

  /// The kernels.
  public Backend backend() {
    return backend;
  }

  /// Elements of an input; 1 if it is a token.
  public int inputSize() {
    return stack.inputSize();
  }

  /// Elements of an output.
  public int outputSize() {
    return stack.outputSize();
  }

  /// Where everything lies in the memory of a state.
  public StateLayout stateLayout() {
    return layout;
  }

  /// A number that other weights, another architecture or another format of weights would change:
  /// states and snapshots carry it.
  public long fingerprint() {
    return fingerprint;
  }

  /// A state before its first step.
  ///
  /// @param allocator owns the memory, `stateLayout().bytes()` bytes
  public StreamingState newState(SegmentAllocator allocator) {
    requireOpen();
    var memory = allocator.allocate(layout.bytes(), StateLayout.HEADER_BYTES);
    initialize(memory, 0);
    return new StreamingState(this, memory);
  }

  /// Room for many states in one allocation.
  ///
  /// @param capacity states at once
  /// @throws IllegalArgumentException if `capacity` is not positive
  public StateSlab newSlab(int capacity, SegmentAllocator allocator) {
    requireOpen();
    return new StateSlab(this, capacity, allocator);
  }

  void initialize(MemorySegment states, long base) {
    MemorySegment.copy(initial, 0, states, base, layout.bytes());
  }

  /// One step of one stream.
  ///
  /// @param input [inputSize] floats, or a token; read
  /// @param state read and written
  /// @param output [outputSize] floats, written
  /// @throws IllegalArgumentException if a segment is on the heap, too small or not to be written,
  ///   the token is not in the vocabulary, or the state is of another model; the state then stays
  ///   as it was
  /// @throws IllegalStateException if the model is closed, or another thread was seen to use the
  ///   state
  public void step(MemorySegment input, StreamingState state, MemorySegment output) {
    step(input, state.segment(), 0, output);
  }

  /// One step of one stream of a slab; see [#step(MemorySegment, StreamingState, MemorySegment)].
  ///
  /// @param id of the stream
  public void step(MemorySegment input, StateSlab slab, int id, MemorySegment output) {
    step(input, slab.segment(), slab.base(id), output);
  }

  private void step(MemorySegment input, MemorySegment states, long base, MemorySegment output) {
    requireOpen();
    requireMemory("input", input, inputBytes);
    requireWritable("output", output, outputBytes);
    var event = StreamEvents.slowStep();
    var programs = pool.take();
    int taken = 0;
    boolean begun = false;
    try {
      StateMemory.begin(states, base, fingerprint);
      begun = true;
      var program = programs.one();
      program.loadInput(0, input, 0);
      program.loadState(0, states, base);
      program.run();
      // what may still be refused comes before what changes the state
      program.storeOutput(0, output, 0);
      program.storeState(0, states, base);
      taken = 1;
    } finally {
      pool.give(programs);
      if (begun) {
        StateMemory.end(states, base, taken);
      }
    }
    StreamEvents.stepped(event, this, 1);
  }

  /// One step of one stream, with copies from and to the heap.
  ///
  /// @param input [inputSize]; not for a model of tokens
  /// @param output [outputSize], written
  /// @throws IllegalArgumentException if an array has another length, the model takes tokens, or
  ///   the state is of another model
  /// @throws IllegalStateException if the model is closed, or another thread was seen to use the
  ///   state
  public void step(float[] input, StreamingState state, float[] output) {
    if (stack.takesTokens() || input.length != stack.inputSize()) {
      throw new IllegalArgumentException(
          stack.takesTokens()
              ? "input is [%d], expected a token".formatted(input.length)
              : "input is [%d], expected [%d]".formatted(input.length, stack.inputSize()));
    }
    step(input, 0, state, output);
  }

  /// One step of one stream of tokens.
  ///
  /// @param output [outputSize], written
  /// @throws IllegalArgumentException if the token is not in the vocabulary, the model takes no
  ///   tokens, `output` has another length, or the state is of another model
  /// @throws IllegalStateException if the model is closed, or another thread was seen to use the
  ///   state
  public void step(int token, StreamingState state, float[] output) {
    if (!stack.takesTokens()) {
      throw new IllegalArgumentException(
          "input is a token, expected [%d]".formatted(stack.inputSize()));
    }
    step(null, token, state, output);
  }

  private void step(float[] input, int token, StreamingState state, float[] output) {
    requireOpen();
    if (output.length != stack.outputSize()) {
      throw new IllegalArgumentException(
          "output is [%d], expected [%d]".formatted(output.length, stack.outputSize()));
    }
    var states = state.segment();
    var event = StreamEvents.slowStep();
    var programs = pool.take();
    int taken = 0;
    boolean begun = false;
    try {
      StateMemory.begin(states, 0, fingerprint);
      begun = true;
      var program = programs.one();
      if (input == null) {
        program.loadToken(0, token);
      } else {
        program.loadInput(input);
      }
      program.loadState(0, states, 0);
      program.run();
      program.storeState(0, states, 0);
      program.storeOutput(output);
      taken = 1;
    } finally {
      pool.give(programs);
      if (begun) {
        StateMemory.end(states, 0, taken);
      }
    }
    StreamEvents.stepped(event, this, 1);
  }

  /// One step of each of several streams of a slab, with the bits of single steps. Weights are read
  /// once for many streams: several times as fast as single steps.
  ///
  /// What is wrong with any of the streams is found before one of them is stepped: all states then
  /// stay as they were.
  ///
  /// @param inputs [count, inputSize] floats without padding, or `count` tokens; read
  /// @param ids the streams, all different; the first `count` are read
  /// @param outputs [count, outputSize] floats without padding, written
  /// @throws IllegalArgumentException if a segment is on the heap, too small or not to be written,
  ///   a token is not in the vocabulary, or a stream is not handed out or named twice
  /// @throws IndexOutOfBoundsException if there is no such id, or `ids` are fewer than `count`
  /// @throws IllegalStateException if the model is closed, or another thread was seen to use one of
  ///   the states
  public void stepAll(
      MemorySegment inputs, StateSlab slab, int[] ids, int count, MemorySegment outputs) {
    Objects.checkFromIndexSize(0, count, ids.length);
    requireAll(inputs, count, outputs);
    ManyStreams.step(this, pool, inputs, slab, ids, null, count, outputs);
  }

  /// As [#stepAll(MemorySegment, StateSlab, int[], int, MemorySegment)], of states that lie
  /// anywhere.
  ///
  /// @param states all different; the first `count` are stepped
  public void stepAll(
      MemorySegment inputs, StreamingState[] states, int count, MemorySegment outputs) {
    Objects.checkFromIndexSize(0, count, states.length);
    requireAll(inputs, count, outputs);
    ManyStreams.step(this, pool, inputs, null, null, states, count, outputs);
  }

  private void requireAll(MemorySegment inputs, int count, MemorySegment outputs) {
    requireOpen();
    requireMemory("inputs", inputs, count * inputBytes);
    requireWritable("outputs", outputs, count * outputBytes);
    if (stack.takesTokens()) {
      for (int i = 0; i < count; i++) {
        int token = inputs.get(ValueLayout.JAVA_INT_UNALIGNED, (long) i * Integer.BYTES);
        StreamProgram.requireToken(token, stack.vocabularySize());
      }
    }
  }

  /// Spends up to half a second on bringing the kernels of single steps to their compiled form, and
  /// says whether it did; see [#warmUp(int, Duration)].
  ///
  /// @throws IllegalStateException if the model is closed
  public WarmUp warmUp() {
    return warmUp(1, WarmUp.LIMIT);
  }

  /// Brings the kernels that steps use to their compiled form, on a model of the same layers but a
  /// few units; then times steps of this model. Ends as soon as steps are fast, or when the time is
  /// up; a second call goes on where the first one ended.
  ///
  /// @param streams that are stepped at once: with 4 or more the kernels of [#stepAll] too
  /// @param limit of the whole; what the timed steps of a large model take may come on top
  /// @throws IllegalArgumentException if `streams` is not positive
  /// @throws IllegalStateException if the model is closed
  public WarmUp warmUp(int streams, Duration limit) {
    requireOpen();
    if (streams <= 0) {
      throw new IllegalArgumentException("streams must be positive, was " + streams);
    }
    var event = StreamEvents.warmUp();
    var result = WarmUp.of(this, streams, limit);
    StreamEvents.warmedUp(event, result);
    return result;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
  }

  static void requireMemory(String name, MemorySegment segment, long bytes) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(name + " is on the heap, expected native memory");
    }
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "%s has %d bytes, expected %d".formatted(name, segment.byteSize(), bytes));
    }
  }

  private static void requireWritable(String name, MemorySegment segment, long bytes) {
    requireMemory(name, segment, bytes);
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(name + " is read-only");
    }
  }

  /// Ends the model: further steps are refused. Its memory ends with the arena; no step may be
  /// running when that is closed.
  @Override
  public void close() {
    closed = true;
  }
}
