package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Flight Recorder hears of streams, and that it hears nothing unless it asks.
class StreamEventsTest {
  private static final List<String> EVENTS =
      List.of("dev.rondo.ModelLoad", "dev.rondo.WarmUp", "dev.rondo.SlowStep");

  @TempDir Path folder;

  private Path savedModel() throws IOException {
    var file = folder.resolve("model.safetensors");
    try (var arena = Arena.ofConfined();
        var backend = Backend.best()) {
      var architecture = new Architecture(new Architecture.DenseInput(2), CellKind.GRU, 3, 1, 0, 2);
      SequenceModel.create(architecture, backend, arena, new CounterRandom(1)).save(file);
    }
    return file;
  }

  /// Loads, warms up and steps a model, single and several at once, while something is recorded.
  private List<RecordedEvent> events(Recording recording) throws IOException {
    var file = savedModel();
    try (recording;
        var arena = Arena.ofShared()) {
      recording.start();
      var options = StreamingOptions.standard().weights(WeightFormat.INT8);
      var model = StreamingModel.load(file, options, arena);
      model.warmUp();
      model.step(new float[2], model.newState(arena), new float[2]);
      var slab = model.newSlab(4, arena);
      var memory = arena.allocate(4 * 2 * Float.BYTES, Float.BYTES);
      int[] ids = {slab.take(), slab.take(), slab.take(), slab.take()};
      model.stepAll(memory, slab, ids, 4, memory);
      model.close();
      recording.stop();
      var dump = folder.resolve("recording.jfr");
      recording.dump(dump);
      return RecordingFile.readAllEvents(dump);
    }
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }

  @Test
  void nothingIsRecordedUnlessItIsAskedFor() throws IOException {
    var events = events(new Recording());
    for (String name : EVENTS) {
      assertEquals(List.of(), of(events, name));
    }
  }

  @Test
  void nothingIsTimedWhereNobodyRecords() {
    assertNull(StreamEvents.slowStep());
    assertNull(StreamEvents.warmUp());
    assertNull(StreamEvents.load(folder));
  }

  @Test
  void whatIsAskedForIsRecorded() throws IOException {
    var recording = new Recording();
    EVENTS.forEach(name -> recording.enable(name).withThreshold(Duration.ZERO));
    var events = events(recording);
    var load = of(events, EVENTS.get(0)).getFirst();
    assertTrue(load.getString("file").endsWith("model.safetensors"), load.toString());
    assertEquals("INT8", load.getString("weights"));
    assertTrue(of(events, EVENTS.get(1)).getFirst().getLong("steps") > 0);
    var steps = new ArrayList<>(of(events, EVENTS.get(2)));
    steps.sort(Comparator.comparing(RecordedEvent::getStartTime));
    var last = steps.getLast();
    assertEquals(4, last.getLong("streams"));
    assertTrue(last.getString("fingerprint").matches("[0-9a-f]{16}"), last.toString());
    assertTrue(last.getDuration().isPositive());
  }

  @Test
  void aStepFasterThanTheThresholdIsNoEvent() throws IOException {
    var recording = new Recording();
    recording.enable("dev.rondo.SlowStep").withThreshold(Duration.ofHours(1));
    assertEquals(List.of(), of(events(recording), "dev.rondo.SlowStep"));
  }
}
