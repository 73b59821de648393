package dev.rondo.bench.roofline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachesTest {
  @TempDir private Path folder;

  @Test
  void dataCachesAreReadAndInstructionsPassedOver() throws IOException {
    cache(0, "1", "Data", "48K");
    cache(1, "1", "Instruction", "32K");
    cache(2, "2", "Unified", "1280K");
    cache(3, "3", "Unified", "49152K");
    assertEquals(new Caches(48 << 10, 1280 << 10, 48 << 20), Caches.detect(folder));
  }

  @Test
  void withoutAnswerDefaultsStand() {
    assertEquals(Caches.DEFAULT, Caches.detect(folder.resolve("nowhere")));
  }

  @Test
  void aMissingThirdLevelStaysLargerThanTheSecond() throws IOException {
    cache(0, "1", "Data", "128K");
    cache(1, "2", "Unified", "16M");
    assertEquals(new Caches(128 << 10, 16 << 20, 32 << 20), Caches.detect(folder));
  }

  @Test
  void sizesHaveUnitsOrNone() {
    assertEquals(49152, Caches.bytes("48k"));
    assertEquals(2L << 30, Caches.bytes("2G"));
    assertEquals(77, Caches.bytes(" 77 "));
    assertThrows(IllegalArgumentException.class, () -> Caches.bytes("big"));
    assertThrows(IllegalArgumentException.class, () -> Caches.bytes(""));
  }

  private void cache(int index, String level, String type, String size) throws IOException {
    var cache = Files.createDirectory(folder.resolve("index" + index));
    Files.writeString(cache.resolve("level"), level + "\n");
    Files.writeString(cache.resolve("type"), type + "\n");
    Files.writeString(cache.resolve("size"), size + "\n");
  }
}
