package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
  private static final byte[] ELEMENTS = {1, 2, 3, 4, 5, (byte) 255};
  private static final byte[] GOOD = IdxFiles.idx(0x802, new int[] {2, 3}, ELEMENTS);

  @TempDir private Path folder;

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("file"), bytes);
  }

  private void assertRefused(String said, byte[] bytes) throws IOException {
    var file = write(bytes);
    var message = assertThrows(IOException.class, () -> IdxFile.read(file, 2)).getMessage();
    assertTrue(message.startsWith(file.toString()) && message.contains(said), message);
  }

  @Test
  void plainAndGzippedFilesAreTheSame() throws IOException {
    for (byte[] bytes : new byte[][] {GOOD, IdxFiles.gzip(GOOD)}) {
      var idx = IdxFile.read(write(bytes), 2);
      assertArrayEquals(new int[] {2, 3}, idx.shape());
      assertArrayEquals(ELEMENTS, idx.bytes());
    }
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    for (int length = 0; length < GOOD.length; length++) {
      assertRefused("truncated", Arrays.copyOf(GOOD, length));
    }
    byte[] zipped = IdxFiles.gzip(GOOD);
    for (int length = 2; length < zipped.length; length++) {
      assertRefused("truncated", Arrays.copyOf(zipped, length));
    }
  }

  @Test
  void wrongFilesAreErrors() throws IOException {
    assertRefused("goes on after 6 bytes of [2, 3]", Arrays.copyOf(GOOD, GOOD.length + 1));
    assertRefused(
        "begins with 0x00000803, expected 0x00000802",
        IdxFiles.idx(0x803, new int[] {2, 3, 1}, ELEMENTS));
    assertRefused("begins with 0x0000", IdxFiles.idx(0xD02, new int[] {2, 3}, ELEMENTS));
    assertRefused(
        "sizes are [2, -3], expected positive", IdxFiles.idx(0x802, new int[] {2, -3}, ELEMENTS));
    assertRefused(
        "at most 1073741824 bytes", IdxFiles.idx(0x802, new int[] {1 << 30, 2}, ELEMENTS));
    byte[] zipped = IdxFiles.gzip(GOOD);
    zipped[zipped.length - 5] ^= 1; // of the checksum
    assertRefused("damaged", zipped);
  }

  @Test
  void aFileIsFoundInAllItsSpellings() throws IOException {
    for (var name : new String[] {"a-idx2-ubyte", "a.idx2-ubyte", "a-idx2-ubyte.gz"}) {
      var file = folder.resolve(name);
      Files.write(file, name.endsWith(".gz") ? IdxFiles.gzip(GOOD) : GOOD);
      assertArrayEquals(ELEMENTS, IdxFile.find(folder, "a-idx2-ubyte", 2).bytes());
      Files.delete(file);
    }
    var message =
        assertThrows(IOException.class, () -> IdxFile.find(folder, "a-idx2-ubyte", 2)).getMessage();
    assertEquals("there is neither a-idx2-ubyte nor a-idx2-ubyte.gz in " + folder, message);
    var nowhere = folder.resolve("nowhere");
    assertEquals(
        "there is no folder " + nowhere,
        assertThrows(IOException.class, () -> IdxFile.find(nowhere, "a", 2)).getMessage());
  }
}
