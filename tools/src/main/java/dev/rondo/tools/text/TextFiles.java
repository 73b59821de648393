package dev.rondo.tools.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// Text files, read strictly: UTF-8 or an error, never a replacement character.
public final class TextFiles {
  /// The largest file that one Java array holds with room to decode it.
  private static final long MOST_BYTES = 1L << 30;

  private TextFiles() {}

  /// Reads the text of all files, one after the other, with nothing between them. A byte order mark
  /// at the start of a file is skipped.
  ///
  /// @throws IOException if a file is missing, unreadable, empty, too large, or not UTF-8
  public static String read(List<Path> files) throws IOException {
    var text = new StringBuilder();
    for (var file : files) {
      text.append(read(file));
    }
    return text.toString();
  }

  private static CharBuffer read(Path file) throws IOException {
    var bytes = ByteBuffer.wrap(bytes(file));
    if (!bytes.hasRemaining()) {
      throw new IOException(file + " is empty");
    }
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var chars = CharBuffer.allocate(bytes.remaining());
    var result = decoder.decode(bytes, chars, true);
    if (result.isError()) {
      throw new IOException(
          "%s is not UTF-8 text: byte %d is 0x%02X, which begins or continues no character there"
              .formatted(file, bytes.position(), bytes.get(bytes.position())));
    }
    chars.flip();
    return chars.hasRemaining() && chars.charAt(0) == '\uFEFF' ? chars.position(1) : chars;
  }

  private static byte[] bytes(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder, expected a text file");
    }
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException(
            "%s has %d bytes, expected at most %d".formatted(file, Files.size(file), MOST_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    }
  }
}
