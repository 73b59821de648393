package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistTaskTest {
  private static final int TRAINING = 48;

  @TempDir private Path folder;

  @BeforeEach
  void makeUpDigits() throws IOException {
    IdxFiles.writeDigits(folder, TRAINING, 15);
  }

  private MnistTask task(MnistTask.PixelOrder reading) throws IOException {
    return new MnistTask(folder, reading, 1);
  }

  /// Test image 7: pixel 7 is white, pixel 7·5 mod 12 = 11 has 51/255 = 0.2. By rows these are step
  /// 2, number 1, and step 3, number 2.
  @Test
  void rowsAndPixelsAreReadInOrder() throws IOException {
    try (var workspace = new Workspace()) {
      var rows = Batch.of(task(MnistTask.PixelOrder.ROW), Split.TEST, 6, 3, workspace);
      var pixels = Batch.of(task(MnistTask.PixelOrder.PIXEL), Split.TEST, 6, 3, workspace);
      assertEquals(4, rows.inputs().dimension(0));
      assertEquals(3, rows.inputs().columns());
      assertEquals(12, pixels.inputs().dimension(0));
      assertEquals(1, pixels.inputs().columns());
      assertEquals(1, rows.input(2, 1, 1));
      assertEquals(0.2, rows.input(3, 1, 2), 1e-7);
      for (int i = 0; i < 12; i++) {
        assertEquals(rows.input(i / 3, 1, i % 3), pixels.input(i, 1, 0));
        assertEquals(i == 7 ? 1 : i == 11 ? 0.2 : 0, pixels.input(i, 1, 0), 1e-7);
      }
      assertEquals(7, rows.classes().get(0, 1));
      assertEquals(8, pixels.classes().get(0, 2));
    }
  }

  /// A twelfth of 48 are 4: images 44 to 47, digits 4 to 7; training never draws those.
  @Test
  void validationIsTheEndOfTheTrainingImages() throws IOException {
    var task = task(MnistTask.PixelOrder.ROW);
    assertEquals(4, task.available(Split.VALIDATION));
    assertEquals(15, task.available(Split.TEST));
    try (var workspace = new Workspace()) {
      var batch = Batch.of(task, Split.VALIDATION, 0, 4, workspace);
      for (int b = 0; b < 4; b++) {
        assertEquals(4 + b, batch.classes().get(b));
      }
      // the gray pixel tells image from image of one digit: 44·5 mod 12 = 4 is covered by white
      var training = Batch.of(task, Split.TRAINING, 0, 2000, workspace);
      int[] count = new int[10];
      for (int b = 0; b < 2000; b++) {
        count[training.classes().get(b)]++;
      }
      // 44 images: digits 0 to 3 five times, the others four times
      assertEquals(2000 * 5 / 44.0, count[3], 60);
      assertEquals(2000 * 4 / 44.0, count[4], 60);
    }
  }

  @Test
  void filesThatDoNotFitTogetherAreErrors() throws IOException {
    var labels = folder.resolve("t10k-labels-idx1-ubyte");
    Files.write(labels, IdxFiles.idx(0x801, new int[] {14}, new byte[14]));
    assertSaid("has 15 t10k images and 14 labels");
    byte[] digits = new byte[15];
    digits[3] = 10;
    Files.write(labels, IdxFiles.idx(0x801, new int[] {15}, digits));
    assertSaid("t10k label 3 is 10, expected 0 to 9");
    Files.write(labels, IdxFiles.idx(0x801, new int[] {15}, new byte[15]));
    Files.write(
        folder.resolve("t10k-images-idx3-ubyte"),
        IdxFiles.idx(0x803, new int[] {15, 2, 2}, new byte[60]));
    assertSaid("4 x 3 pixels for training and 2 x 2 for the test");
    Files.delete(labels);
    assertSaid("there is neither t10k-labels-idx1-ubyte nor");
  }

  private void assertSaid(String said) {
    var message =
        assertThrows(IOException.class, () -> task(MnistTask.PixelOrder.ROW)).getMessage();
    assertTrue(message.contains(said), message);
  }
}
