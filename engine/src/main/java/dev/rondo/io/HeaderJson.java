package dev.rondo.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The parts of JSON (RFC 8259) that a safetensors header consists of: punctuation, strings and
/// non-negative integers. The caller says what must come next, so nothing nests deeper than the
/// caller's own methods, and any other value is an error.
final class HeaderJson {
  private static final int END = -1;

  private final byte[] bytes;
  private final Path file;
  private final long fileOffset;
  private int position;
  private String tensor;

  /// @param fileOffset the position of `bytes` in the file
  HeaderJson(byte[] bytes, Path file, long fileOffset) {
    this.bytes = bytes;
    this.file = file;
    this.fileOffset = fileOffset;
  }

  /// Names the tensor of the errors from here on; `null` for none.
  void tensor(String name) {
    tensor = name;
  }

  /// The position of the next token in the file. Skips white space before it.
  long next() {
    skipSpace();
    return here();
  }

  private long here() {
    return fileOffset + position;
  }

  ModelFormatException fault(long at, String problem) {
    return tensor == null
        ? ModelFormatException.at(file, at, problem)
        : ModelFormatException.ofTensor(file, at, tensor, problem);
  }

  ModelFormatException fault(String problem) {
    return fault(here(), problem);
  }

  private int peek() {
    return position < bytes.length ? bytes[position] & 0xFF : END;
  }

  private void skipSpace() {
    while (position < bytes.length) {
      byte b = bytes[position];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return;
      }
      position++;
    }
  }

  /// Skips `character` if it is next, after any white space.
  boolean take(char character) {
    skipSpace();
    if (peek() != character) {
      return false;
    }
    position++;
    return true;
  }

  /// Skips `character`, which must be next, after any white space.
  void expect(char character) throws ModelFormatException {
    if (!take(character)) {
      throw fault("expected %s, found %s".formatted(character, found()));
    }
  }

  /// Checks that only white space is left.
  void end() throws ModelFormatException {
    skipSpace();
    if (peek() != END) {
      throw fault("expected the end of the header, found " + found());
    }
  }

  private String found() {
    int b = peek();
    if (b == END) {
      return "the end of the header";
    }
    return b > ' ' && b < 0x7F ? String.valueOf((char) b) : "byte 0x%02x".formatted(b);
  }

  /// An integer from 0 to 2⁶³ - 1.
  long integer() throws ModelFormatException {
    long start = next();
    if (peek() == '-') {
      throw fault("a size or offset must not be negative");
    }
    if (!isDigit(peek())) {
      throw fault("expected an integer, found " + found());
    }
    boolean leadingZero = peek() == '0';
    long value = 0;
    int digits = 0;
    for (; isDigit(peek()); position++, digits++) {
      int digit = peek() - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw fault(start, "the number is larger than " + Long.MAX_VALUE);
      }
      value = 10 * value + digit;
    }
    if (leadingZero && digits > 1) {
      throw fault(start, "a number must not begin with 0");
    }
    if (peek() == '.' || peek() == 'e' || peek() == 'E') {
      throw fault(start, "a size or offset must be an integer");
    }
    return value;
  }

  private static boolean isDigit(int b) {
    return b >= '0' && b <= '9';
  }

  /// A string with its escapes resolved.
  String string() throws ModelFormatException {
    expect('"');
    int start = position;
    while (peek() >= ' ' && peek() != '"' && peek() != '\\') {
      position++;
    }
    if (peek() == '"') {
      return decode(ByteBuffer.wrap(bytes, start, position++ - start), start);
    }
    var text = new ByteArrayOutputStream();
    text.write(bytes, start, position - start);
    while (peek() != '"') {
      int b = peek();
      if (b == END) {
        throw fault("the header ends within a string");
      }
      if (b < ' ') {
        throw fault("a string must not hold the control character 0x%02x".formatted(b));
      }
      position++;
      if (b == '\\') {
        text.writeBytes(escaped().getBytes(StandardCharsets.UTF_8));
      } else {
        text.write(b);
      }
    }
    position++;
    return decode(ByteBuffer.wrap(text.toByteArray()), start);
  }

  private String decode(ByteBuffer text, int start) throws ModelFormatException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException _) {
      throw fault(fileOffset + start, "the string is not valid UTF-8");
    }
  }

  /// The character of an escape sequence. A pair of surrogates is one character.
  private String escaped() throws ModelFormatException {
    long start = here() - 1;
    int b = peek();
    position++;
    return switch (b) {
      case '"' -> "\"";
      case '\\' -> "\\";
      case '/' -> "/";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'u' -> unicode(start);
      default -> throw fault(start, "unknown escape in a string");
    };
  }

  private String unicode(long start) throws ModelFormatException {
    char first = hexadecimal();
    if (!Character.isSurrogate(first)) {
      return String.valueOf(first);
    }
    if (Character.isHighSurrogate(first) && peek() == '\\') {
      position++;
      if (peek() == 'u') {
        position++;
        char second = hexadecimal();
        if (Character.isLowSurrogate(second)) {
          return new String(new char[] {first, second});
        }
      }
    }
    throw fault(start, "half of a surrogate pair in a string");
  }

  private char hexadecimal() throws ModelFormatException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      // Character.digit would also accept digits of other scripts; a byte below 0x80 has none
      int digit = peek() == END || peek() >= 0x80 ? -1 : Character.digit(peek(), 16);
      if (digit < 0) {
        throw fault("expected four hexadecimal digits, found " + found());
      }
      value = 16 * value + digit;
      position++;
    }
    return (char) value;
  }
}
