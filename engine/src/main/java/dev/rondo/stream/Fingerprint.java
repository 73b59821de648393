package dev.rondo.stream;

import dev.rondo.autograd.Parameter;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// The number that tells models apart: two checksums of 32 bits, over what the model is and every
/// weight. Both are computed by the JVM's own code, as fast as memory is read, from the first call
/// on.
final class Fingerprint {
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
    long bytes = (long) value.columns() * value.type().bytes();
    for (int r = 0; r < value.rows(); r++) {
      var row = value.segment().asSlice(value.byteOffset(r, 0), bytes).asByteBuffer();
      upper.update(row.duplicate());
      lower.update(row);
    }
  }
}
