package dev.rondo.tools.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFilesTest {
  @TempDir Path folder;

  private Path file(String name, byte... bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private String message(Path... files) {
    return assertThrows(IOException.class, () -> TextFiles.read(List.of(files))).getMessage();
  }

  @Test
  void filesAreReadOneAfterTheOther() throws IOException {
    var text = TextFiles.read(List.of(file("a", "Gr\u00FC"), file("b", "\u00DFe\r\n\uD83D\uDE00")));
    assertEquals("Gr\u00FC\u00DFe\r\n\uD83D\uDE00", text);
  }

  @Test
  void aByteOrderMarkIsNoText() throws IOException {
    assertEquals("ab", TextFiles.read(List.of(file("a", "\uFEFFa"), file("b", "\uFEFFb"))));
  }

  @Test
  void aFaultIsNamedWithItsByte() throws IOException {
    var broken = file("broken", (byte) 'a', (byte) 0xC3, (byte) 0xA4, (byte) 0xFF, (byte) 'b');
    assertEquals(
        broken + " is not UTF-8 text: byte 3 is 0xFF, which begins or continues no character there",
        message(broken));
    var surrogate = file("surrogate", (byte) 'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80);
    assertEquals(true, message(surrogate).contains("byte 1 is 0xED"));
  }

  @Test
  void aCharacterCutAtTheEndIsAFault() throws IOException {
    var cut = file("cut", (byte) 'a', (byte) 0xE6, (byte) 0x97);
    assertEquals(true, message(cut).contains("byte 1 is 0xE6"));
  }

  @Test
  void missingAndEmptyFilesAndFoldersAreNamed() throws IOException {
    var missing = folder.resolve("missing");
    assertEquals("there is no file " + missing, message(missing));
    var empty = file("empty", "");
    assertEquals(empty + " is empty", message(empty));
    assertEquals(folder + " is a folder, expected a text file", message(folder));
  }
}
