package dev.rondo.bench.roofline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RooflineChartTest {
  /// 100 GFLOP/s, a cache of 1000 bytes read at 200 GB/s, memory at 20.
  private static final Machine MACHINE =
      new Machine(
          100,
          List.of(
              new Machine.MemoryLevel("L1", 1000, 200),
              new Machine.MemoryLevel("memory", Long.MAX_VALUE, 20)));

  @TempDir private Path folder;

  private static Point point(String group, double flops, double bytes, long workingSet) {
    var kernel = new Kernel(group, group + " 1x1", flops, flops, bytes, workingSet, 1, () -> "");
    var level = MACHINE.holding(workingSet);
    return new Point(kernel, 1e-6, level, MACHINE.limit(kernel.intensity(), level));
  }

  /// 1000 operations on 100 bytes in the cache: 10 operations a byte, above the ridge of 0.5, so
  /// the peak limits; in a microsecond that is 1 of 100 GFLOP/s. 100 on 1000 in memory: 0.1 times
  /// 20.
  @Test
  void theLimitIsThePeakOrWhatTheLevelFeeds() {
    var inCache = point("gemm", 1000, 100, 1000);
    assertEquals(100, inCache.limit(), 1e-9);
    assertEquals(0.01, inCache.share(), 1e-9);
    var inMemory = point("optimizer", 100, 1000, 1001);
    assertEquals("memory", inMemory.level().name());
    assertEquals(2, inMemory.limit(), 1e-9);
    assertEquals(0.05, inMemory.share(), 1e-9);
    assertEquals(1, inMemory.gigabytes(), 1e-9);
  }

  @Test
  void thePictureIsDrawnInBothForms() throws IOException {
    var points =
        List.of(
            point("gemm", 1e5, 1000, 1000),
            point("gates", 1e4, 1000, 1000),
            point("activation", 5e3, 1000, 1000),
            point("rows", 4e3, 1000, 2000),
            point("optimizer", 3e3, 1000, 2000));
    System.setProperty("java.awt.headless", "true");
    new RooflineChart(MACHINE, points).save(folder);
    assertTrue(ImageIO.read(folder.resolve("roofline.png").toFile()).getWidth() > 1000);
    assertTrue(Files.readString(folder.resolve("roofline.svg")).contains("<svg"));
  }
}
