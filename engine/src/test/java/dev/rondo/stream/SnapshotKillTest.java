package dev.rondo.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that saves its stream after every step, and is killed, leaves a snapshot that is
/// complete.
class SnapshotKillTest {
  private static final int KILLS = 4;

  /// Longer than the process could take to go as far as it is waited for.
  private static final long PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  /// Goes on from the last snapshot, if there is one, until it is killed.
  static final class Saver {
    private Saver() {}

    public static void main(String[] args) throws IOException {
      try (var arena = Arena.ofConfined();
          var model = SmallModels.compile(SmallModels.lstm(arena, 1), arena)) {
        var state = model.newState(arena);
        var file = Path.of(args[0]);
        if (Files.exists(file)) {
          state.load(file);
        }
        for (; ; ) {
          step(model, state);
          state.save(file);
        }
      }
    }
  }

  /// A step whose input depends on where the stream is.
  private static void step(StreamingModel model, StreamingState state) {
    long t = state.steps();
    model.step(new float[] {1, t % 3, t % 7}, state, new float[2]);
  }

  private static Process start(Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Ddev.rondo.kernels=scalar",
            "-cp",
            System.getProperty("java.class.path"),
            Saver.class.getName(),
            file.toString())
        .inheritIO()
        .start();
  }

  /// Waits for this process to have saved, and then for another moment.
  private static void await(Path file, long steps, int kill, Process process) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (stepsOf(file) <= steps && process.isAlive() && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    Thread.sleep(kill * 3L);
  }

  /// As a reader sees it at any moment: the whole of a snapshot.
  private static long stepsOf(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    try (var arena = Arena.ofConfined();
        var model = SmallModels.compile(SmallModels.lstm(arena, 1), arena)) {
      var state = model.newState(arena);
      state.load(file);
      return state.steps();
    }
  }

  @Test
  void aKilledProcessLeavesTheLastSnapshotThatWasComplete() throws Exception {
    var file = folder.resolve("state");
    long steps = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      var process = start(file);
      try {
        await(file, steps, kill, process);
        assertTrue(process.isAlive(), "the process ended by itself");
      } finally {
        process.destroyForcibly();
      }
      assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
      assertFalse(process.isAlive());
      steps = assertIsWhereAStreamWouldBe(file, steps);
    }
  }

  /// @return steps of the snapshot, more than there were before
  private static long assertIsWhereAStreamWouldBe(Path file, long before) throws IOException {
    try (var arena = Arena.ofConfined();
        var model = SmallModels.compile(SmallModels.lstm(arena, 1), arena)) {
      var state = model.newState(arena);
      state.load(file);
      assertTrue(state.steps() > before, () -> "still at step " + before);
      var whole = model.newState(arena);
      while (whole.steps() < state.steps()) {
        step(model, whole);
      }
      assertArrayEquals(SmallModels.bytes(whole), SmallModels.bytes(state));
      return state.steps();
    }
  }
}
