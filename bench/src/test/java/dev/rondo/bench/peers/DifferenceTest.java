package dev.rondo.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DifferenceTest {
  private static final Work WORK = new Work(Work.Kind.FORWARD, Work.Cell.LSTM, 16, 2, 1);

  @TempDir private Path folder;

  private Numbers numbers(String name, float... output) throws IOException {
    var numbers = new Numbers(Files.createDirectory(folder.resolve(name)));
    numbers.write("output", output);
    return numbers;
  }

  private Difference between(Numbers ours, Numbers theirs) throws IOException {
    return Difference.between(WORK, new Numbers(folder), ours, theirs);
  }

  @Test
  void equalNumbersAreAccepted() throws IOException {
    var difference = between(numbers("ours", 1, 2, 3), numbers("theirs", 1, 2, 3));
    assertEquals(0, difference.output());
    assertTrue(difference.acceptable());
  }

  /// ‖(0, 0, 0.5)‖ / ‖(3, 0, 4)‖ = 0.5/5.
  @Test
  void otherNumbersAreRefused() throws IOException {
    var difference = between(numbers("ours", 3, 0, 4), numbers("theirs", 3, 0, 4.5f));
    assertEquals(0.1, difference.output(), 1e-7);
    assertFalse(difference.acceptable());
  }

  @Test
  void nanIsRefused() throws IOException {
    assertFalse(between(numbers("ours", 1, 2), numbers("theirs", 1, Float.NaN)).acceptable());
  }

  @Test
  void anotherSizeIsRefused() throws IOException {
    assertFalse(between(numbers("ours", 1, 2), numbers("theirs", 1)).acceptable());
  }

  @Test
  void aParameterIsComparedWithItsWay() {
    float[] ours = {1.5f, 2};
    float[] theirs = {1.25f, 2};
    float[] origin = {1, 2};
    assertEquals(0.5, Difference.relative(ours, theirs, origin), 1e-7);
  }
}
