package dev.rondo.bench.stream;

import com.sun.management.ThreadMXBean;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StateSlab;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingStack;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Many streams of an LSTM in one slab. Each thread steps its share of them all at once, again and
/// again, while the memory of the process is observed.
final class Soak implements AutoCloseable {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// The limit of allocation by the JIT compiler, which makes a few objects when it discards code.
  private static final double ALLOCATED_PER_STEP = 1e-4;

  /// The number of streams that are run again alone.
  private static final int SAMPLES = 3;

  /// The measurements at one moment, after a full collection.
  ///
  /// @param nanos the time
  /// @param heapBytes used bytes of the Java heap
  /// @param residentBytes resident bytes of the process; -1 where the system does not tell
  /// @param steps the steps of all streams together
  /// @param allocatedBytes the bytes that each thread has allocated since its start
  record Observation(
      long nanos, long heapBytes, long residentBytes, long steps, List<Long> allocatedBytes) {}

  private final int hiddenSize;
  private final Arena arena = Arena.ofShared();
  private final StreamingModel model;
  private final StateSlab slab;
  private final List<Walker> walkers = new ArrayList<>();
  private volatile boolean stopped;

  /// @param streams the number of streams
  Soak(int streams, int hiddenSize, int threads) {
    this.hiddenSize = hiddenSize;
    var parameters = new Parameters(Backend.best(), arena);
    var lstm = Lstm.of(hiddenSize, hiddenSize).create(parameters.at("layer"), new CounterRandom(1));
    model =
        StreamingModel.compile(
            StreamingStack.ofDense(hiddenSize).recurrent(lstm), StreamingOptions.standard(), arena);
    slab = model.newSlab(streams, arena);
    var random = new CounterRandom(2);
    for (int i = 0; i < threads; i++) {
      int share = streams / threads + (i < streams % threads ? 1 : 0);
      walkers.add(new Walker(i, share, random));
    }
  }

  /// A thread with its streams.
  private final class Walker extends Thread {
    final int[] ids;
    final MemorySegment inputs;
    final MemorySegment outputs;
    private volatile long rounds;
    private volatile RuntimeException failure;

    Walker(int number, int count, CounterRandom random) {
      super("soak-" + number);
      setDaemon(true);
      ids = new int[count];
      long bytes = (long) count * hiddenSize * Float.BYTES;
      inputs = arena.allocate(bytes, Tensor.BYTE_ALIGNMENT);
      outputs = arena.allocate(bytes, Tensor.BYTE_ALIGNMENT);
      for (int i = 0; i < count; i++) {
        ids[i] = slab.take();
        for (int k = 0; k < hiddenSize; k++) {
          inputs.setAtIndex(
              ValueLayout.JAVA_FLOAT, (long) i * hiddenSize + k, random.nextFloat() - 0.5f);
        }
      }
    }

    @Override
    public void run() {
      try {
        for (long round = 1; !stopped; round++) {
          model.stepAll(inputs, slab, ids, ids.length, outputs);
          rounds = round;
        }
      } catch (RuntimeException e) {
        failure = e;
      }
    }

    long steps() {
      return rounds * ids.length;
    }

    /// Whether a stream has the bits of one stepped alone.
    boolean isAsAlone(int i) {
      long bytes = (long) hiddenSize * Float.BYTES;
      try (var memory = Arena.ofConfined()) {
        var state = model.newState(memory);
        var input = inputs.asSlice(i * bytes, bytes);
        var output = memory.allocate(bytes, Tensor.BYTE_ALIGNMENT);
        for (long round = 0; round < rounds; round++) {
          model.step(input, state, output);
        }
        return output.mismatch(outputs.asSlice(i * bytes, bytes)) < 0;
      }
    }
  }

  /// The number of bytes of a stream's state.
  long bytesPerStream() {
    return model.stateLayout().bytes();
  }

  void start() {
    walkers.forEach(Thread::start);
  }

  /// Waits until no thread has allocated anything for a second, as is the case once kernels are
  /// compiled. On a busy machine the JIT compiler may take its time.
  ///
  /// @param latest the moment at which to give up
  void awaitCompiled(long latest) throws InterruptedException {
    var before = allocatedBytes();
    while (System.nanoTime() < latest) {
      TimeUnit.SECONDS.sleep(1);
      var now = allocatedBytes();
      if (now.equals(before)) {
        return;
      }
      before = now;
    }
  }

  private List<Long> allocatedBytes() {
    return walkers.stream().map(w -> THREADS.getThreadAllocatedBytes(w.threadId())).toList();
  }

  /// Measures now.
  ///
  /// @throws IllegalStateException if a thread has failed
  Observation mark() {
    for (var walker : walkers) {
      if (walker.failure != null) {
        throw new IllegalStateException("a thread has ended", walker.failure);
      }
    }
    var memory = ManagementFactory.getMemoryMXBean();
    // twice: objects that the first collection leaves to reference handlers are freed by the second
    memory.gc();
    memory.gc();
    long heap = memory.getHeapMemoryUsage().getUsed();
    long steps = walkers.stream().mapToLong(Walker::steps).sum();
    return new Observation(System.nanoTime(), heap, Resident.bytes(), steps, allocatedBytes());
  }

  /// Ends the threads.
  void stop() throws InterruptedException {
    stopped = true;
    for (var walker : walkers) {
      walker.join();
    }
  }

  /// Runs some streams again from the beginning, each alone; after [#stop()].
  ///
  /// @return whether each gives the same bits
  boolean sampledStreamsAreAsAlone() {
    for (var walker : walkers) {
      for (int s = 0; s < SAMPLES; s++) {
        int last = walker.ids.length - 1;
        if (last >= 0 && !walker.isAsAlone((int) ((long) last * s / (SAMPLES - 1)))) {
          return false;
        }
      }
    }
    return true;
  }

  /// The faults between two marks; empty if there are none.
  ///
  /// @param growthBytes the allowed growth of the heap, and of the process
  static List<String> complaints(Observation first, Observation last, long growthBytes) {
    var complaints = new ArrayList<String>();
    long heap = last.heapBytes - first.heapBytes;
    if (heap > growthBytes) {
      complaints.add("the used heap has grown by %d bytes".formatted(heap));
    }
    long resident = last.residentBytes - first.residentBytes;
    if (resident > growthBytes) {
      complaints.add("the process has grown by %d bytes".formatted(resident));
    }
    for (int i = 0; i < last.allocatedBytes.size(); i++) {
      long allocated = last.allocatedBytes.get(i) - first.allocatedBytes.get(i);
      if (allocated > ALLOCATED_PER_STEP * (last.steps - first.steps)) {
        complaints.add("thread %d has allocated %d bytes".formatted(i, allocated));
      }
    }
    if (last.steps <= first.steps) {
      complaints.add("no step was taken");
    }
    return complaints;
  }

  /// Frees all memory; after [#stop()].
  @Override
  public void close() {
    model.close();
    arena.close();
  }
}
