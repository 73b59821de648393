package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.SnapshotException;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingState;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// A state is a value: wherever it is copied, written down or read back, its stream goes on as if
/// nothing had been done.
@Label("Law 6.4: a stream goes on wherever its state is copied, written or read back")
class StreamStateProperties {
  private final Backend backend = Backend.best();

  @Provide
  Arbitrary<StreamShape> shapes() {
    return StreamShape.any(2, 10);
  }

  @Provide
  Arbitrary<WeightFormat> formats() {
    return StreamShape.formats();
  }

  @Provide
  Arbitrary<List<Move>> moves() {
    return Arbitraries.of(Move.class).list().ofSize(10);
  }

  /// What is done between two steps.
  enum Move {
    NOTHING,
    WRITE_AND_READ,
    WRITE_AND_READ_BIG_ENDIAN,
    FORK,
    COPY,
    THROUGH_A_SLAB,
    WITHIN_A_SLAB,
    /// Through a model of its own with the same weights.
    OTHER_MODEL;

    /// The state in which the stream goes on.
    StreamingState apply(StreamCase layers, StreamingModel model, StreamingState state)
        throws SnapshotException {
      switch (this) {
        case NOTHING -> {
          return state;
        }
        case FORK -> {
          return state.fork(layers.arena);
        }
        case COPY -> {
          var copy = dirty(layers, model);
          state.copyTo(copy);
          return copy;
        }
        case WRITE_AND_READ, WRITE_AND_READ_BIG_ENDIAN -> {
          var copy = dirty(layers, model);
          copy.read(written(state, this == WRITE_AND_READ));
          return copy;
        }
        case THROUGH_A_SLAB -> {
          var slab = model.newSlab(2, layers.arena);
          slab.take();
          int id = slab.take();
          slab.read(id, written(state, true));
          var snapshot = ByteBuffer.allocate(state.snapshotBytes());
          slab.write(id, snapshot);
          var copy = dirty(layers, model);
          copy.read(snapshot.flip());
          return copy;
        }
        case WITHIN_A_SLAB -> {
          var slab = model.newSlab(3, layers.arena);
          int from = slab.take();
          int to = slab.take();
          state.copyTo(slab.state(from));
          slab.copy(from, to);
          slab.release(from);
          return slab.state(to);
        }
        case OTHER_MODEL -> {
          try (var other = layers.model(model.weights())) {
            var there = other.newState(layers.arena);
            there.read(written(state, true));
            var back = model.newState(layers.arena);
            there.copyTo(back);
            return back;
          }
        }
      }
      throw new AssertionError(this);
    }

    /// A state that holds something else.
    private static StreamingState dirty(StreamCase layers, StreamingModel model) {
      var state = model.newState(layers.arena);
      layers.step(model, state, 0, 0);
      return state;
    }

    private static ByteBuffer written(StreamingState state, boolean heap) {
      int bytes = state.snapshotBytes();
      var buffer = heap ? ByteBuffer.allocate(bytes + 5) : ByteBuffer.allocateDirect(bytes + 5);
      buffer.order(heap ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      buffer.position(3);
      state.write(buffer);
      assertEquals(3 + bytes, buffer.position());
      return buffer.flip().position(3);
    }
  }

  /// The state that was moved goes on too, as if it had not been.
  @Property(tries = 40)
  void whateverIsDoneBetweenStepsChangesNothing(
      @ForAll("shapes") StreamShape shape,
      @ForAll("formats") WeightFormat format,
      @ForAll("moves") List<Move> moves)
      throws SnapshotException {
    try (var layers = new StreamCase(shape, backend);
        var model = layers.model(format)) {
      var expected = layers.stream(model, 0);
      var left = new ArrayList<StreamingState>();
      var state = model.newState(layers.arena);
      var outputs = new ArrayList<float[]>();
      for (int t = 0; t < shape.steps(); t++) {
        var moved = moves.get(t).apply(layers, model, state);
        assertEquals(t, moved.steps());
        left.add(state);
        state = moved;
        outputs.add(layers.step(model, state, t, 0));
      }
      StreamCase.Result.assertSame(
          expected, new StreamCase.Result(outputs, StreamCase.state(state)), "moved");
      for (int t = 0; t < shape.steps(); t++) {
        if (moves.get(t) != Move.NOTHING) {
          var output = layers.step(model, left.get(t), t, 0);
          Batch.assertSame(expected.outputs().get(t), output, "left behind before step " + t);
        }
      }
    }
  }

  /// A stream that is reset, or whose id was returned and is handed out again, begins anew.
  @Property(tries = 20)
  void aStateThatBeginsAnewIsANewState(
      @ForAll("shapes") StreamShape shape, @ForAll boolean inSlab) {
    try (var layers = new StreamCase(shape, backend);
        var model = layers.model(WeightFormat.FLOAT32)) {
      var expected = layers.stream(model, 0);
      var slab = model.newSlab(1, layers.arena);
      int id = slab.take();
      var state = inSlab ? slab.state(id) : model.newState(layers.arena);
      for (int t = 0; t < shape.steps(); t++) {
        layers.step(model, state, t, 0);
      }
      if (inSlab && shape.seed() % 2 == 0) {
        slab.reset(id);
      } else if (inSlab) {
        slab.release(id);
        assertEquals(id, slab.take());
      } else {
        state.reset();
      }
      assertEquals(0, state.steps());
      var outputs = new ArrayList<float[]>();
      for (int t = 0; t < shape.steps(); t++) {
        outputs.add(layers.step(model, state, t, 0));
      }
      StreamCase.Result.assertSame(
          expected, new StreamCase.Result(outputs, StreamCase.state(state)), "anew");
    }
  }

  /// The layout is what it says: parts in order, none over another, on 64 bytes; a snapshot is 32
  /// bytes and every value, little-endian, in the same order.
  @Property(tries = 40)
  void theLayoutIsWhereTheValuesAre(@ForAll("shapes") StreamShape shape) {
    try (var layers = new StreamCase(shape, backend);
        var model = layers.model(WeightFormat.FLOAT32)) {
      var layout = model.stateLayout();
      var names = new HashSet<String>();
      long end = 64;
      for (var part : layout.parts()) {
        assertTrue(names.add(part.name()), part.name());
        assertEquals(end, part.byteOffset());
        assertEquals(0, part.byteOffset() % 64);
        assertEquals(part, layout.part(part.name()));
        end += part.bytes();
      }
      assertEquals(end, layout.bytes());
      var state = model.newState(layers.arena);
      for (int t = 0; t < shape.steps(); t++) {
        layers.step(model, state, t, 0);
      }
      assertEquals(layout.bytes(), state.segment().byteSize());
      assertEquals(
          model.fingerprint(), state.segment().get(ValueLayout.JAVA_LONG, 0), "bytes 0 to 7");
      assertEquals(shape.steps(), state.segment().get(ValueLayout.JAVA_LONG, 8), "bytes 8 to 15");
      for (long at = 16; at < 64; at++) {
        assertEquals(0, state.segment().get(ValueLayout.JAVA_BYTE, at), "byte " + at);
      }
      var snapshot = ByteBuffer.allocate(state.snapshotBytes()).order(ByteOrder.LITTLE_ENDIAN);
      state.write(snapshot);
      snapshot.flip().position(28);
      for (var part : StreamCase.state(state)) {
        for (float value : part) {
          assertEquals(Float.floatToRawIntBits(value), snapshot.getInt());
        }
      }
      assertEquals(4, snapshot.remaining(), "the checksum");
    }
  }

  /// Everything about a model that changes its streams changes its fingerprint, and nothing else.
  @Property(tries = 30)
  void theFingerprintTellsModelsApart(@ForAll("shapes") StreamShape shape) {
    try (var layers = new StreamCase(shape, backend);
        var again = new StreamCase(shape, backend)) {
      var fingerprints = new HashSet<Long>();
      for (var format : WeightFormat.values()) {
        try (var model = layers.model(format);
            var same = again.model(format)) {
          assertTrue(fingerprints.add(model.fingerprint()), format.name());
          assertEquals(model.fingerprint(), same.fingerprint());
        }
      }
      var random = new CounterRandom(shape.seed());
      for (var parameter : again.parameters.all()) {
        var value = parameter.value();
        int r = random.nextInt(value.rows());
        int c = random.nextInt(value.columns());
        value.set(r, c, Math.nextUp((float) value.get(r, c)));
        try (var model = again.model(WeightFormat.FLOAT32)) {
          assertTrue(fingerprints.add(model.fingerprint()), parameter.name());
        }
      }
    }
  }
}
