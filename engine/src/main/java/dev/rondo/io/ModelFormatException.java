package dev.rondo.io;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// An invalid file: damaged, truncated, hostile, of another format, or without a tensor that a
/// model needs.
///
/// Fields and message name the file and, where known, the byte and the tensor: `model.safetensors:
/// byte 8: tensor "head.bias": shape [4] of F32 needs 16 bytes, ...`. A failing disk gives a plain
/// [IOException] instead.
public final class ModelFormatException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private static final long UNKNOWN_OFFSET = -1;

  /// Longer names are cut in messages: they come from a file that cannot be trusted.
  private static final int LONGEST_NAME = 100;

  private final String file;
  private final long byteOffset;
  private final String tensor;

  private ModelFormatException(String file, long byteOffset, String tensor, String problem) {
    super(message(file, byteOffset, tensor, problem));
    this.file = file;
    this.byteOffset = byteOffset;
    this.tensor = tensor;
  }

  /// An error of the file as a whole.
  public static ModelFormatException in(Path file, String problem) {
    return new ModelFormatException(file.toString(), UNKNOWN_OFFSET, null, problem);
  }

  /// An error at a byte, counted from the start of the file.
  ///
  /// @throws IllegalArgumentException if `byteOffset` is negative
  public static ModelFormatException at(Path file, long byteOffset, String problem) {
    return new ModelFormatException(file.toString(), checked(byteOffset), null, problem);
  }

  /// An error of one tensor.
  public static ModelFormatException ofTensor(Path file, String tensor, String problem) {
    return new ModelFormatException(file.toString(), UNKNOWN_OFFSET, tensor, problem);
  }

  /// An error of one tensor at a byte, counted from the start of the file.
  ///
  /// @throws IllegalArgumentException if `byteOffset` is negative
  public static ModelFormatException ofTensor(
      Path file, long byteOffset, String tensor, String problem) {
    return new ModelFormatException(file.toString(), checked(byteOffset), tensor, problem);
  }

  private static long checked(long byteOffset) {
    if (byteOffset < 0) {
      throw new IllegalArgumentException("byteOffset must not be negative, was " + byteOffset);
    }
    return byteOffset;
  }

  private static String message(String file, long byteOffset, String tensor, String problem) {
    var message = new StringBuilder(file).append(": ");
    if (byteOffset != UNKNOWN_OFFSET) {
      message.append("byte ").append(byteOffset).append(": ");
    }
    if (tensor != null) {
      message.append("tensor ").append(quoted(tensor)).append(": ");
    }
    return message.append(problem).toString();
  }

  /// A string from a file, made safe to print: in quotes, cut, control characters escaped.
  static String quoted(String text) {
    boolean cut = text.length() > LONGEST_NAME;
    var result = new StringBuilder("\"");
    int end = cut ? LONGEST_NAME : text.length();
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        result.append("\\u%04x".formatted((int) c));
      } else {
        result.append(c);
      }
    }
    return result.append(cut ? "...\"" : "\"").toString();
  }

  /// The file as its path was given.
  public String file() {
    return file;
  }

  /// The position of the error, if it has one.
  public OptionalLong byteOffset() {
    return byteOffset == UNKNOWN_OFFSET ? OptionalLong.empty() : OptionalLong.of(byteOffset);
  }

  /// The tensor of the error, if it concerns one.
  public Optional<String> tensor() {
    return Optional.ofNullable(tensor);
  }
}
