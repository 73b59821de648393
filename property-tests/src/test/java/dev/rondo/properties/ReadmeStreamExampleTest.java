package dev.rondo.properties;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.Architecture;
import dev.rondo.model.LayerStack;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of a service in README compiles, is what stands here, and computes what it says.
class ReadmeStreamExampleTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path THIS =
      Path.of("src/test/java/dev/rondo/properties/ReadmeStreamExampleTest.java");
  private static final List<float[]> EVENTS =
      List.of(new float[] {1, 0, 0.5f}, new float[] {0, -1, 0.25f}, new float[] {2, 1, -0.75f});

  @TempDir Path folder;

  private static float serve(Path file, Iterable<float[]> events, Path snapshot)
      throws IOException {
    float risk = 0;
    // example: begin
    var options = StreamingOptions.standard().weights(WeightFormat.BFLOAT16); // half the bytes
    try (var memory = Arena.ofShared();
        var model = StreamingModel.load(file, options, memory)) {
      model.warmUp(); // half a second at most; says whether kernels are compiled
      var streams = model.newSlab(100_000, memory); // the states of all streams, one allocation
      var input = memory.allocate(JAVA_FLOAT, model.inputSize()); // each thread has its own
      var output = memory.allocate(JAVA_FLOAT, model.outputSize());
      int stream = streams.take(); // one thread at a time steps a stream, whichever it is
      for (float[] event : events) {
        MemorySegment.copy(event, 0, input, JAVA_FLOAT, 0, event.length);
        model.step(input, streams, stream, output); // no allocation, no lock
        risk = output.get(JAVA_FLOAT, 0);
      }
      streams.state(stream).save(snapshot); // as a whole or not at all, even if the JVM is killed
      streams.release(stream);
    }
    // example: end
    return risk;
  }

  private Path savedModel() throws IOException {
    var file = folder.resolve("model.safetensors");
    try (var arena = Arena.ofConfined();
        var backend = Backend.best(Threads.one())) {
      var stack = LayerStack.of(Lstm.options().withPeepholes(), 8).layers(2);
      var architecture =
          Architecture.of(new Architecture.DenseInput(3), stack, 1)
              .layerNorm()
              .output(OutputFunction.SIGMOID);
      SequenceModel.create(architecture, backend, arena, new CounterRandom(1)).save(file);
    }
    return file;
  }

  @Test
  void theExampleServesAndItsSnapshotGoesOn() throws IOException {
    var file = savedModel();
    var snapshot = folder.resolve("stream.state");
    float first = serve(file, EVENTS.subList(0, 2), snapshot);
    try (var arena = Arena.ofConfined();
        var model =
            StreamingModel.load(
                file, StreamingOptions.standard().weights(WeightFormat.BFLOAT16), arena)) {
      var alone = model.newState(arena);
      float[] output = new float[1];
      model.step(EVENTS.get(0), alone, output);
      model.step(EVENTS.get(1), alone, output);
      assertEquals(output[0], first);
      assertTrue(first > 0 && first < 1, "a probability: " + first);
      var restored = model.newState(arena);
      restored.load(snapshot);
      assertEquals(2, restored.steps());
      model.step(EVENTS.get(2), alone, output);
      float[] goneOn = new float[1];
      model.step(EVENTS.get(2), restored, goneOn);
      assertEquals(output[0], goneOn[0]);
    }
  }

  @Test
  void readmeShowsThisExample() throws IOException {
    String source = Files.readString(THIS);
    String first = "// example: begin\n";
    int begin = source.indexOf("    " + first) + 4 + first.length();
    String lines = source.substring(begin, source.indexOf("    // example: end\n", begin));
    String example =
        lines
            .lines()
            .map(line -> line.startsWith("    ") ? line.substring(4) : line)
            .collect(Collectors.joining("\n", "", "\n"));
    assertTrue(Files.readString(README).contains("```java\n" + example + "```\n"), example);
  }
}
