package dev.rondo.stream;

import dev.rondo.nn.recurrent.StatePart;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// The layout of a stream's state in memory.
///
/// First a header of [#HEADER_BYTES] bytes, in the machine's byte order:
///
/// | bytes | what |
/// |---|---|
/// | 0 to 7 | the model's fingerprint; 0 in a slab's state that is not handed out |
/// | 8 to 15 | steps taken since the last reset |
/// | 16 to 19 | 1 while a step runs, else 0 |
/// | 20 to 63 | 0 |
///
/// Then the parts, layer after layer, of each h first: float32, each padded with zeros to a
/// multiple of 64 bytes.
///
/// @param parts in order
/// @param bytes the size of a state, header and padding included: a multiple of 64
public record StateLayout(List<Part> parts, long bytes) {
  /// Bytes before the first part.
  public static final long HEADER_BYTES = 64;

  static final long FINGERPRINT_AT = 0;
  static final long STEPS_AT = 8;
  static final long BUSY_AT = 16;

  /// One vector of the state.
  ///
  /// @param name `h_l0`, `c_l0`, `h_l1` and so on
  /// @param byteOffset from the start of the state
  /// @param size the number of elements without padding
  public record Part(String name, long byteOffset, int size) {
    /// Whether this is an h, with which the state of a layer begins.
    boolean isHidden() {
      return name.startsWith(StatePart.HIDDEN + "_");
    }

    /// The number of bytes, padding included.
    public long bytes() {
      return (long) Tensor.padded(size) * Float.BYTES;
    }
  }

  /// Copies the list.
  public StateLayout {
    parts = List.copyOf(parts);
  }

  /// The part with a name.
  ///
  /// @throws IllegalArgumentException if there is none
  public Part part(String name) {
    for (var part : parts) {
      if (part.name.equals(name)) {
        return part;
      }
    }
    throw new IllegalArgumentException(
        "no part %s in %s".formatted(name, parts.stream().map(Part::name).toList()));
  }
}
