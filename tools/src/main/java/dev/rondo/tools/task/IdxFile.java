package dev.rondo.tools.task;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// A file in the format of MNIST: bytes in a few dimensions, gzipped or not.
///
///     0 0 8 n   n sizes, big-endian int32   bytes, the last dimension fastest
///
/// @param shape the sizes
/// @param bytes all elements, 0 to 255
@SuppressWarnings("ArrayRecordComponent") // a whole file, passed on at once
record IdxFile(int[] shape, byte[] bytes) {
  private static final int UNSIGNED_BYTE = 8;
  private static final int GZIP_MAGIC = 0x1F8B;

  /// An upper bound of sizes; a header that says more is wrong.
  private static final long MOST_BYTES = 1L << 30;

  /// Reads a file by name: with a dash or a dot before `idx`, with or without `.gz`.
  ///
  /// @param name such as `train-images-idx3-ubyte`
  /// @param dimensions the number of dimensions that it must have
  /// @throws IOException if there is none, or it is damaged or another kind of file
  static IdxFile find(Path folder, String name, int dimensions) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    for (var spelling : List.of(name, name.replace("-idx", ".idx"))) {
      for (var suffix : List.of("", ".gz")) {
        var file = folder.resolve(spelling + suffix);
        if (Files.isRegularFile(file)) {
          return read(file, dimensions);
        }
      }
    }
    throw new IOException("there is neither %s nor %s.gz in %s".formatted(name, name, folder));
  }

  /// Reads a file.
  ///
  /// @throws IOException if it is damaged or another kind of file
  static IdxFile read(Path file, int dimensions) throws IOException {
    try (var raw = new BufferedInputStream(Files.newInputStream(file));
        var in = new DataInputStream(unpacked(raw))) {
      return read(in, file, dimensions);
    } catch (EOFException e) {
      throw new IOException(file + " is truncated", e);
    } catch (ZipException e) {
      throw new IOException("%s is damaged: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static InputStream unpacked(InputStream raw) throws IOException {
    raw.mark(2);
    int magic = raw.read() << 8 | raw.read();
    raw.reset();
    return magic == GZIP_MAGIC ? new BufferedInputStream(new GZIPInputStream(raw)) : raw;
  }

  private static IdxFile read(DataInputStream in, Path file, int dimensions) throws IOException {
    int magic = in.readInt();
    if (magic != (UNSIGNED_BYTE << 8 | dimensions)) {
      throw new IOException(
          "%s begins with 0x%08X, expected 0x%08X: bytes in %d dimensions"
              .formatted(file, magic, UNSIGNED_BYTE << 8 | dimensions, dimensions));
    }
    int[] shape = new int[dimensions];
    long size = 1;
    for (int i = 0; i < dimensions; i++) {
      shape[i] = in.readInt();
      if (shape[i] < 1 || size * shape[i] > MOST_BYTES) {
        throw new IOException(
            "%s says that its sizes are %s, expected positive ones of at most %d bytes in all"
                .formatted(file, Arrays.toString(Arrays.copyOf(shape, i + 1)), MOST_BYTES));
      }
      size *= shape[i];
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw new IOException(
          "%s is truncated: %d bytes of %s, expected %d"
              .formatted(file, bytes.length, Arrays.toString(shape), size));
    }
    if (in.read() >= 0) {
      throw new IOException(
          "%s goes on after %d bytes of %s".formatted(file, size, Arrays.toString(shape)));
    }
    return new IdxFile(shape, bytes);
  }
}
