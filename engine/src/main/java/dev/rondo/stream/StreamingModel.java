package dev.rondo.stream;

import dev.rondo.io.ModelFormatException;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.SequenceModel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/// A trained model, compiled for single steps of many independent streams. A service embeds it.
///
///     try (var arena = Arena.ofShared(); var model = StreamingModel.load(path, arena)) {
///       var state = model.newState(arena);
///       model.step(input, state, output); // microseconds, nothing allocated
///     }
///
/// A model is immutable until it is closed, and any number of threads may share it. States belong to
/// the caller. A step runs on the caller's thread, takes no lock and allocates nothing, with one
/// exception: when more threads than ever before are in a step at once, the memory that one more
/// step needs is allocated in the model's arena, once. With float32 weights a stream gives the bits
/// of `Recurrent.forward` over the whole sequence.
///
/// An input is [#inputSize()] floats, or one token as an `int`. An output is [#outputSize()] floats.
/// Both lie in native memory, at any alignment; the forms with arrays copy.
public final class StreamingModel implements AutoCloseable {
  private final StreamingStack stack;
  private final StreamingOptions options;
  private final Backend backend;
  private final StateLayout layout;
  private final long fingerprint;

  /// The state before the first step.
  private final MemorySegment initial;

  private final StepArguments arguments;
  private final StreamSteps steps;
  private volatile boolean closed;

  private StreamingModel(StreamingStack stack, StreamingOptions options, Arena arena) {
    this.stack = stack;
    this.options = options;
    backend = options.backend() == null ? Backend.best() : options.backend();
    layout = InitialState.layout(stack);
    fingerprint = Fingerprint.of(stack, options.weights());
    initial = InitialState.image(stack, layout, backend, fingerprint, arena);
    arguments = new StepArguments(stack);
    steps = new StreamSteps(this, arena);
  }

  /// Compiles trained layers. The weights of products are copied, in the format of the options.
  /// Embedding tables, biases and gains are read where they are: their memory must outlive the
  /// model and must not be changed.
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
  /// @throws IllegalArgumentException if a layer does not run forward
  public static StreamingModel compile(SequenceModel model, StreamingOptions options, Arena arena) {
    return compile(StreamingStack.of(model, options.outputFunction(model)), options, arena);
  }

  /// Loads and compiles the model of a file.
  ///
  /// @param arena owns the model's memory; shared, unless one thread alone uses the model
  /// @throws ModelFormatException if the file is damaged or holds no sequence model
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if a layer does not run forward
  public static StreamingModel load(Path file, StreamingOptions options, Arena arena)
      throws IOException {
    var event = StreamEvents.load(file);
    var backend = options.backend() == null ? Backend.best() : options.backend();
    var model = SequenceModel.load(file, backend, arena, options.cells());
    var compiled = compile(model, options.backend(backend), arena);
    StreamEvents.loaded(event, compiled);
    return compiled;
  }

  /// Loads and compiles the model of a file with [StreamingOptions#standard()]; see [#load(Path,
  /// StreamingOptions, Arena)].
  ///
  /// @throws IOException if the file cannot be read, or holds no sequence model
  public static StreamingModel load(Path file, Arena arena) throws IOException {
    return load(file, StreamingOptions.standard(), arena);
  }

  /// The layers that a step computes.
  public StreamingStack stack() {
    return stack;
  }

  StreamingOptions options() {
    return options;
  }

  /// The format in which the weights of products are stored.
  public WeightFormat weights() {
    return options.weights();
  }

  /// The kernels.
  public Backend backend() {
    return backend;
  }

  /// The number of elements of an input; 1 if it is a token.
  public int inputSize() {
    return stack.inputSize();
  }

  /// The number of elements of an output.
  public int outputSize() {
    return stack.outputSize();
  }

  /// The layout of a state in memory.
  public StateLayout stateLayout() {
    return layout;
  }

  /// A number that identifies weights, architecture and weight format; states carry it.
  public long fingerprint() {
    return fingerprint;
  }

  /// Allocates a state, before its first step.
  ///
  /// @param allocator owns the memory, `stateLayout().bytes()` bytes
  public StreamingState newState(SegmentAllocator allocator) {
    requireOpen();
    var memory = allocator.allocate(layout.bytes(), StateLayout.HEADER_BYTES);
    initialize(memory, 0);
    return new StreamingState(this, memory);
  }

  /// Allocates room for many states at once.
  ///
  /// @param capacity the largest number of streams at a time
  /// @throws IllegalArgumentException if `capacity` is not positive
  public StateSlab newSlab(int capacity, SegmentAllocator allocator) {
    requireOpen();
    return new StateSlab(this, capacity, allocator);
  }

  StepArguments arguments() {
    return arguments;
  }

  void initialize(MemorySegment states, long base) {
    MemorySegment.copy(initial, 0, states, base, layout.bytes());
  }

  /// Steps one stream.
  ///
  /// @param input [inputSize] floats, or a token; read
  /// @param state read and written
  /// @param output [outputSize] floats, written
  /// @throws IllegalArgumentException if a segment is on the heap, too small or read-only, the
  ///   token is not in the vocabulary, or the state is of another model; the state is unchanged
  /// @throws IllegalStateException if the model is closed, or another thread uses the state
  public void step(MemorySegment input, StreamingState state, MemorySegment output) {
    requireOpen();
    arguments.require(input, output);
    steps.one(StepForm.MEMORY, input, 0, state.segment(), 0, output);
  }

  /// Steps one stream of a slab; see [#step(MemorySegment, StreamingState, MemorySegment)].
  ///
  /// @param id the stream
  /// @throws IndexOutOfBoundsException if there is no such id
  public void step(MemorySegment input, StateSlab slab, int id, MemorySegment output) {
    long base = slab.base(id);
    requireOpen();
    arguments.require(input, output);
    steps.one(StepForm.MEMORY, input, 0, slab.segment(), base, output);
  }

  /// Steps one stream with arrays; see [#step(MemorySegment, StreamingState, MemorySegment)].
  ///
  /// @param input [inputSize]; not for a model of tokens
  /// @param output [outputSize], written
  /// @throws IllegalArgumentException if an array has another length, or the model takes tokens
  public void step(float[] input, StreamingState state, float[] output) {
    arguments.requireVector(input);
    requireOpen();
    arguments.requireOutput(output);
    steps.one(StepForm.ARRAYS, input, 0, state.segment(), 0, output);
  }

  /// Steps one stream of tokens; see [#step(MemorySegment, StreamingState, MemorySegment)].
  ///
  /// @param output [outputSize], written
  /// @throws IllegalArgumentException if the token is not in the vocabulary, the model takes no
  ///   tokens, or `output` has another length
  public void step(int token, StreamingState state, float[] output) {
    arguments.requireTokens();
    requireOpen();
    arguments.requireOutput(output);
    steps.one(StepForm.TOKEN, null, token, state.segment(), 0, output);
  }

  /// Steps several streams of a slab once each, with the bits of single steps. This is several
  /// times as fast as single steps, since weights are read once for many streams.
  ///
  /// A mistake in any of the streams is found before the first one is stepped: all states then stay
  /// as they were.
  ///
  /// @param inputs [count, inputSize] floats without padding, or `count` tokens; read
  /// @param ids the streams, all different; the first `count` are read
  /// @param outputs [count, outputSize] floats without padding, written
  /// @throws IllegalArgumentException if a segment is on the heap, too small or read-only, a token
  ///   is not in the vocabulary, or a stream is not handed out or named twice
  /// @throws IndexOutOfBoundsException if there is no such id, or `ids` are fewer than `count`
  /// @throws IllegalStateException if the model is closed, or another thread was seen to use one of
  ///   the states
  public void stepAll(
      MemorySegment inputs, StateSlab slab, int[] ids, int count, MemorySegment outputs) {
    Objects.checkFromIndexSize(0, count, ids.length);
    requireOpen();
    arguments.requireMany(inputs, count, outputs);
    steps.several(inputs, slab, ids, null, count, outputs);
  }

  /// Steps states that lie anywhere, as [#stepAll(MemorySegment, StateSlab, int[], int,
  /// MemorySegment)] steps those of a slab.
  ///
  /// @param states all different; the first `count` are stepped
  public void stepAll(
      MemorySegment inputs, StreamingState[] states, int count, MemorySegment outputs) {
    Objects.checkFromIndexSize(0, count, states.length);
    requireOpen();
    arguments.requireMany(inputs, count, outputs);
    steps.several(inputs, null, null, states, count, outputs);
  }

  /// Spends up to half a second on having the kernels of single steps compiled, and says whether
  /// they are; see [#warmUp(int, Duration)].
  ///
  /// @throws IllegalStateException if the model is closed
  public WarmUp warmUp() {
    return warmUp(1, WarmUp.LIMIT);
  }

  /// Steps a model of the same layers with few units until the JIT compiler has compiled the
  /// kernels of steps, then times steps of this model. It ends as soon as steps are fast, or when
  /// the time is up. A second call goes on where the first one ended.
  ///
  /// @param streams stepped at once; from 4 on, the kernels of [#stepAll] are compiled too
  /// @param limit of the whole; the timed steps of a large model may take more
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

  /// Ends the model: further steps are refused. Its memory ends with the arena, which must not be
  /// closed while a step runs.
  @Override
  public void close() {
    closed = true;
  }
}
