package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SoakTest {
  private static final long MEGABYTE = 1_000_000;
  private static final Soak.Observation FIRST =
      new Soak.Observation(0, 10, 100, 1000, List.of(500L, 600L));

  private static List<String> complaints(
      long heapBytes, long residentBytes, long steps, Long... allocatedBytes) {
    var last = new Soak.Observation(1, heapBytes, residentBytes, steps, List.of(allocatedBytes));
    return Soak.complaints(FIRST, last, MEGABYTE);
  }

  @Test
  void nothingIsWrongWhereNothingGrows() {
    assertEquals(List.of(), complaints(10 + MEGABYTE, 100 + MEGABYTE, 2000, 500L, 600L));
  }

  @Test
  void whatGrowsIsSaid() {
    assertEquals(1, complaints(11 + MEGABYTE, 100, 2000, 500L, 600L).size());
    assertEquals(1, complaints(10, 101 + MEGABYTE, 2000, 500L, 600L).size());
    assertEquals(1, complaints(10, 100, 2000, 500L, 601L).size());
    assertEquals(1, complaints(10, 100, 1000, 500L, 600L).size());
  }

  /// Twenty seconds, ten of them after everything is compiled: the whole command in a process of
  /// its own, with all the streams of the long run. Ten seconds are some ten million steps, of
  /// which none may leave a byte behind; what the JIT compiler takes for itself is less.
  @Test
  void memoryDoesNotGrow() throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:+UseSerialGC",
                // what is compiled late is not interpreted meanwhile, which allocates
                "-Xbatch",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.rondo.bench.Bench",
                "soak",
                "--streams=100000",
                "--growth=8",
                "--minutes=0.334")
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("100000 streams"), output);
  }
}
