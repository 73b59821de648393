package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A snapshot is taken whole and of its own model, or not at all: the state that was to read it
/// stays as it was.
class SnapshotTest {
  @TempDir Path folder;

  private final Arena arena = Arena.ofConfined();
  private final StreamingModel model = SmallModels.compile(SmallModels.lstm(arena, 1), arena);
  private final MemorySegment input = SmallModels.floats(arena, 0.5f, -1, 2);
  private final MemorySegment output = SmallModels.outputs(arena, 1);
  private final StreamingState state = model.newState(arena);

  /// What is to stay as it is.
  private final StreamingState target = model.newState(arena);

  private byte[] snapshot;

  @BeforeEach
  void go() {
    for (int i = 0; i < 300; i++) {
      model.step(input, state, output);
    }
    model.step(input, target, output);
    snapshot = written(state);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private static byte[] written(StreamingState state) {
    var buffer = ByteBuffer.allocate(state.snapshotBytes());
    state.write(buffer);
    assertEquals(0, buffer.remaining());
    return buffer.array();
  }

  /// Fails unless these bytes are refused.
  private void assertRefused(String message, byte[] bytes) {
    byte[] before = SmallModels.bytes(target);
    var buffer = ByteBuffer.wrap(bytes);
    var e = assertThrows(SnapshotException.class, () -> target.read(buffer));
    assertTrue(e.getMessage().matches(message), e::getMessage);
    assertEquals(0, buffer.position());
    assertArrayEquals(before, SmallModels.bytes(target));
  }

  private void assertFileRefused(byte[] bytes) throws IOException {
    byte[] before = SmallModels.bytes(target);
    var file = Files.write(folder.resolve("damaged"), bytes);
    assertThrows(SnapshotException.class, () -> target.load(file));
    assertArrayEquals(before, SmallModels.bytes(target));
  }

  @Test
  void aSnapshotHasThePublishedSize() {
    // 32 bytes around h and c of 5 units
    assertEquals(32 + 2 * 5 * Float.BYTES, state.snapshotBytes());
  }

  @Test
  void aSnapshotThatIsCutShortAtAnyByteIsRefused() throws IOException {
    for (int length = 0; length < snapshot.length; length++) {
      byte[] cut = Arrays.copyOf(snapshot, length);
      assertRefused(
          "the snapshot has %d bytes(, expected 72: it is| and is) cut short".formatted(length),
          cut);
      assertFileRefused(cut);
    }
    target.read(ByteBuffer.wrap(snapshot));
    assertArrayEquals(SmallModels.bytes(state), SmallModels.bytes(target));
  }

  @Test
  void aSnapshotWithAnyBitFlippedIsRefused() throws IOException {
    for (int bit = 0; bit < 8 * snapshot.length; bit++) {
      byte[] flipped = snapshot.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      String message =
          switch (bit / 64) {
            case 0 -> "this is no snapshot of a stream: it begins with [0-9a-f]{16}";
            case 1 -> "the snapshot is of a model with fingerprint .*, this one has .*";
            default -> "the snapshot is damaged: .*";
          };
      assertRefused(message, flipped);
      if (bit % 8 == 0) {
        assertFileRefused(flipped);
      }
    }
  }

  @Test
  void aSnapshotOfAnotherModelIsRefused() throws IOException {
    for (var other :
        List.of(
            SmallModels.compile(SmallModels.lstm(arena, 2), arena),
            SmallModels.compile(SmallModels.lstm(arena, 1), WeightFormat.INT8, arena))) {
      assertRefused(
          "the snapshot is of a model with fingerprint %016x, this one has %016x"
              .formatted(other.fingerprint(), model.fingerprint()),
          written(other.newState(arena)));
    }
    var smaller = SmallModels.compile(SmallModels.gruOfTokens(arena, 1), arena);
    var file = folder.resolve("other");
    smaller.newState(arena).save(file);
    var e = assertThrows(SnapshotException.class, () -> target.load(file));
    assertEquals(
        file + " has 48 bytes, a snapshot of this model has 72: it is cut short", e.getMessage());
  }

  /// A file is one snapshot; a buffer may hold more behind it.
  @Test
  void aFileWithMoreThanASnapshotIsRefusedAndABufferIsNot() throws IOException {
    byte[] longer = Arrays.copyOf(snapshot, snapshot.length + 1);
    var file = Files.write(folder.resolve("longer"), longer);
    var e = assertThrows(SnapshotException.class, () -> target.load(file));
    assertEquals(file + " has 73 bytes, a snapshot of this model has 72", e.getMessage());
    var buffer = ByteBuffer.wrap(longer);
    target.read(buffer);
    assertEquals(1, buffer.remaining());
    assertArrayEquals(SmallModels.bytes(state), SmallModels.bytes(target));
  }

  @Test
  void aSavedStateIsLoadedAndReplacedAsAWhole() throws IOException {
    var file = folder.resolve("state");
    state.save(file);
    assertArrayEquals(snapshot, Files.readAllBytes(file));
    target.load(file);
    assertArrayEquals(SmallModels.bytes(state), SmallModels.bytes(target));
    model.step(input, state, output);
    state.save(file);
    target.load(file);
    assertEquals(301, target.steps());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    assertThrows(NoSuchFileException.class, () -> target.load(folder.resolve("missing")));
    assertEquals(301, target.steps());
  }

  @Test
  void aBufferWithoutRoomStaysAsItWas() {
    var small = ByteBuffer.allocate(snapshot.length - 1);
    var e = assertThrows(IllegalArgumentException.class, () -> state.write(small));
    assertEquals("target has room for 71 bytes, expected 72", e.getMessage());
    assertEquals(0, small.position());
    var readOnly = ByteBuffer.allocate(100).asReadOnlyBuffer();
    var order = readOnly.order();
    assertThrows(ReadOnlyBufferException.class, () -> state.write(readOnly));
    assertEquals(0, readOnly.position());
    assertEquals(order, readOnly.order());
  }

  /// NaN with its payload, infinity and -0 too.
  @Test
  void everyBitOfEveryValueIsKept() throws IOException {
    var part = model.stateLayout().part("c_l0");
    int[] bits = {0x7fc0dead, 0xff800000, 0x80000000, 1, 0x7f7fffff};
    for (int i = 0; i < bits.length; i++) {
      state
          .segment()
          .set(ValueLayout.JAVA_INT, part.byteOffset() + (long) i * Integer.BYTES, bits[i]);
    }
    target.read(ByteBuffer.wrap(written(state)));
    assertArrayEquals(SmallModels.bytes(state), SmallModels.bytes(target));
  }
}
