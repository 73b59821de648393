package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StateSlab;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingState;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// Many streams, stepped at once or by many threads, are each of them alone.
@Label("Law 1.11: streams that are stepped together are each of them alone")
class StreamSetProperties {
  private final Backend backend = Backend.best();

  /// Whole tiles of rows and what is left over, up to more streams than the largest program has.
  @Provide
  Arbitrary<StreamShape> manyStreams() {
    return StreamShape.any(70, 4);
  }

  @Provide
  Arbitrary<StreamShape> someStreams() {
    return StreamShape.any(9, 6);
  }

  @Provide
  Arbitrary<WeightFormat> formats() {
    return StreamShape.formats();
  }

  /// Streams in a slab, or states anywhere, of which each is some steps into its inputs.
  private static final class Streams {
    final StreamCase layers;
    final StreamingModel model;
    final StateSlab slab;
    final int[] ids;
    final StreamingState[] states;
    final int[] steps;
    final List<List<float[]>> outputs = new ArrayList<>();

    Streams(StreamCase layers, StreamingModel model) {
      this.layers = layers;
      this.model = model;
      int count = layers.shape.streams();
      slab = model.newSlab(count + 2, layers.arena);
      ids = new int[count];
      Arrays.setAll(ids, _ -> slab.take());
      states = new StreamingState[count];
      Arrays.setAll(states, _ -> model.newState(layers.arena));
      steps = new int[count];
      IntStream.range(0, count).forEach(_ -> outputs.add(new ArrayList<>()));
    }

    boolean isDone(int stream) {
      return steps[stream] == layers.shape.steps();
    }

    /// Those that have steps left, in any order, and some of them only.
    List<Integer> choose(CounterRandom random) {
      var left =
          new ArrayList<>(
              IntStream.range(0, steps.length).filter(s -> !isDone(s)).boxed().toList());
      var order = IntStream.range(0, left.size()).toArray();
      random.shuffle(order);
      boolean someOnly = left.size() > 1 && random.nextInt(4) == 0;
      int count = someOnly ? 1 + random.nextInt(left.size()) : left.size();
      return Arrays.stream(order).limit(count).mapToObj(left::get).toList();
    }

    /// One step of each at once.
    void stepAll(List<Integer> chosen, boolean inSlab) {
      int count = chosen.size();
      long inputBytes = layers.inputBytes();
      long outputBytes = (long) model.outputSize() * Float.BYTES;
      try (var memory = Arena.ofConfined()) {
        var inputs = memory.allocate(1 + count * inputBytes).asSlice(1);
        var target = memory.allocate(2 + count * outputBytes).asSlice(2);
        for (int i = 0; i < count; i++) {
          layers.put(steps[chosen.get(i)], chosen.get(i), inputs, i * inputBytes);
        }
        if (inSlab) {
          var named = chosen.stream().mapToInt(s -> ids[s]).toArray();
          model.stepAll(inputs, slab, named, count, target);
        } else {
          var named = chosen.stream().map(s -> states[s]).toArray(StreamingState[]::new);
          model.stepAll(inputs, named, count, target);
        }
        for (int i = 0; i < count; i++) {
          took(chosen.get(i), StreamCase.floats(target, i * outputBytes, model.outputSize()));
        }
      }
    }

    void step(int stream) {
      took(stream, layers.step(model, states[stream], steps[stream], stream));
    }

    private void took(int stream, float[] output) {
      outputs.get(stream).add(output);
      steps[stream]++;
    }

    List<StreamCase.Result> results(boolean inSlab) {
      var results = new ArrayList<StreamCase.Result>();
      for (int s = 0; s < steps.length; s++) {
        var state = inSlab ? slab.state(ids[s]) : states[s];
        assertEquals(layers.shape.steps(), state.steps());
        results.add(new StreamCase.Result(outputs.get(s), StreamCase.state(state)));
      }
      return results;
    }
  }

  @Property(tries = 25)
  void streamsThatAreSteppedAtOnceAreEachAlone(
      @ForAll("manyStreams") StreamShape shape,
      @ForAll("formats") WeightFormat format,
      @ForAll boolean inSlab) {
    try (var layers = new StreamCase(shape, backend);
        var model = layers.model(format)) {
      var random = new CounterRandom(shape.seed()).fork(2);
      var streams = new Streams(layers, model);
      for (var chosen = streams.choose(random);
          !chosen.isEmpty();
          chosen = streams.choose(random)) {
        streams.stepAll(chosen, inSlab);
      }
      StreamCase.assertSame(layers.streams(model), streams.results(inSlab));
    }
  }

  /// In every round each stream belongs to one thread, to another one in the next; a thread takes
  /// one or more steps of its streams in any order, at once now and then.
  @Property(tries = 15)
  void anyInterleavingOverThreadsIsEachStreamAlone(
      @ForAll("someStreams") StreamShape shape,
      @ForAll("formats") WeightFormat format,
      @ForAll @IntRange(min = 2, max = 4) int threads)
      throws Exception {
    try (var layers = new StreamCase(shape, backend);
        var model = layers.model(format);
        var executor = Executors.newFixedThreadPool(threads)) {
      var random = new CounterRandom(shape.seed()).fork(3);
      var streams = new Streams(layers, model);
      while (!IntStream.range(0, shape.streams()).allMatch(streams::isDone)) {
        round(streams, random, threads, executor);
      }
      StreamCase.assertSame(layers.streams(model), streams.results(false));
    }
  }

  private static void round(
      Streams streams, CounterRandom random, int threads, ExecutorService executor)
      throws Exception {
    var chosen = streams.choose(random);
    var work = new ArrayList<Callable<Void>>();
    for (int thread = 0; thread < threads; thread++) {
      int first = thread;
      var mine =
          IntStream.range(0, chosen.size())
              .filter(i -> i % threads == first)
              .mapToObj(chosen::get)
              .toList();
      var own = random.fork(thread);
      work.add(() -> {
        steps(streams, mine, own);
        return null;
      });
    }
    random.nextInt();
    for (var done : executor.invokeAll(work)) {
      done.get();
    }
  }

  private static void steps(Streams streams, List<Integer> mine, CounterRandom random) {
    if (mine.isEmpty()) {
      return;
    }
    if (random.nextInt(3) == 0) {
      streams.stepAll(mine, false);
      return;
    }
    for (int i = 0; i < 3 * mine.size(); i++) {
      int stream = mine.get(random.nextInt(mine.size()));
      if (!streams.isDone(stream)) {
        streams.step(stream);
      }
    }
  }
}
