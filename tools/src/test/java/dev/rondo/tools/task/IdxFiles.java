package dev.rondo.tools.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/// Makes up files in the format of MNIST.
public final class IdxFiles {
  private IdxFiles() {}

  /// Magic number, sizes, elements.
  public static byte[] idx(int magic, int[] shape, byte[] elements) {
    var result = ByteBuffer.allocate(4 + 4 * shape.length + elements.length).putInt(magic);
    for (int size : shape) {
      result.putInt(size);
    }
    return result.put(elements).array();
  }

  public static byte[] gzip(byte[] bytes) throws IOException {
    var result = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(result)) {
      out.write(bytes);
    }
    return result.toByteArray();
  }

  /// Images of 4 x 3 pixels: digit d has a white pixel in column d % 3 of row d / 3, another gray
  /// one anywhere. Training images are gzipped.
  public static void writeDigits(Path folder, int training, int test) throws IOException {
    write(folder, "train", training, true);
    write(folder, "t10k", test, false);
  }

  private static void write(Path folder, String set, int count, boolean gzipped)
      throws IOException {
    byte[] pixels = new byte[count * 12];
    byte[] digits = new byte[count];
    for (int i = 0; i < count; i++) {
      digits[i] = (byte) (i % 10);
      pixels[i * 12 + (i * 5) % 12] = 51;
      pixels[i * 12 + i % 10] = (byte) 255;
    }
    save(folder, set + "-images-idx3-ubyte", idx(0x803, new int[] {count, 4, 3}, pixels), gzipped);
    save(folder, set + "-labels-idx1-ubyte", idx(0x801, new int[] {count}, digits), gzipped);
  }

  private static void save(Path folder, String name, byte[] bytes, boolean gzipped)
      throws IOException {
    Files.write(folder.resolve(name + (gzipped ? ".gz" : "")), gzipped ? gzip(bytes) : bytes);
  }
}
