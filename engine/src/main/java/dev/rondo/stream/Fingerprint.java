package dev.rondo.stream;

import dev.rondo.autograd.Parameter;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// A number that identifies a model: two checksums of 32 bits over its layers and every weight. The
/// JVM computes both with intrinsics, at the speed of reading memory from the first call on.
final class Fingerprint {
  /// A buffer holds less than 2 GB.
  private static final long PIECE_BYTES = 1 << 30;

  private final Checksum upper = new CRC32();
  private final Checksum lower = new CRC32C();

  private Fingerprint() {}

  static long of(StreamingStack stack, WeightFormat format) {
    var fingerprint = new Fingerprint();
    fingerprint.add(format.name());
    fingerprint.add(stack.description());
    stack.parameters().forEach(fingerprint::add);
    long value = fingerprint.upper.getValue() << 32 | fingerprint.lower.getValue();
    return value == 0 ? 1 : value; // 0 says that a state is nobody's
  }

  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    upper.update(bytes);
    lower.update(bytes);
  }

  private void add(Parameter parameter) {
    Tensor value = parameter.value();
    long rowBytes = (long) value.columns() * value.type().bytes();
    boolean padded = value.stride() != value.columns();
    int runs = padded ? value.rows() : 1;
    long bytes = padded ? rowBytes : value.rows() * rowBytes;
    for (int r = 0; r < runs; r++) {
      add(value.segment().asSlice(value.byteOffset(r, 0), bytes));
    }
  }

  private void add(MemorySegment memory) {
    for (long at = 0; at < memory.byteSize(); at += PIECE_BYTES) {
      long bytes = Math.min(PIECE_BYTES, memory.byteSize() - at);
      var piece = memory.asSlice(at, bytes).asByteBuffer();
      upper.update(piece.duplicate());
      lower.update(piece);
    }
  }
}
