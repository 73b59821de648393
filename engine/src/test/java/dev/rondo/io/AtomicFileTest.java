package dev.rondo.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final int KILLED = 9;

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("model");
  }

  private static void put(WritableByteChannel channel, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private void write(String text) throws IOException {
    AtomicFile.write(file, channel -> put(channel, text));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFileIsWrittenAndReplaced() throws IOException {
    write("first, which is longer");
    assertEquals("first, which is longer", Files.readString(file));
    write("second");
    assertEquals("second", Files.readString(file));
    write("");
    assertEquals("", Files.readString(file));
    assertEquals(List.of("model"), names());
  }

  @Test
  void aFailureInTheMiddleLeavesTheLastFileAndNothingElse() throws IOException {
    write("good");
    var e =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      put(channel, "half of");
                      assertEquals(2, names().size(), "the temporary file stands beside");
                      throw new IOException("no space left on device");
                    }));
    assertEquals("no space left on device", e.getMessage());
    assertEquals("good", Files.readString(file));
    assertEquals(List.of("model"), names());
  }

  @Test
  void anyOtherThrowableInTheMiddleDoesToo() throws IOException {
    write("good");
    for (var thrown : List.of(new IllegalStateException("bug"), new OutOfMemoryError("heap"))) {
      var e =
          assertThrows(
              Throwable.class,
              () ->
                  AtomicFile.write(
                      file,
                      channel -> {
                        put(channel, "half of");
                        if (thrown instanceof Error error) {
                          throw error;
                        }
                        throw (RuntimeException) thrown;
                      }));
      assertEquals(thrown, e);
      assertEquals("good", Files.readString(file));
      assertEquals(List.of("model"), names());
    }
  }

  @Test
  void aFirstWriteThatFailsLeavesNothing() throws IOException {
    assertThrows(
        IOException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  put(channel, "half of");
                  throw new IOException("no space left on device");
                }));
    assertEquals(List.of(), names());
  }

  @Test
  void nobodySeesTheNewFileBeforeItIsComplete() throws IOException {
    write("good");
    AtomicFile.write(
        file,
        channel -> {
          put(channel, "new");
          assertEquals("good", Files.readString(file));
        });
    assertEquals("new", Files.readString(file));
  }

  @Test
  void contentMayCloseTheChannel() throws IOException {
    AtomicFile.write(
        file,
        channel -> {
          try (var out = Channels.newWriter(channel, UTF_8)) {
            out.write("text");
          }
          assertTrue(channel.isOpen());
        });
    assertEquals("text", Files.readString(file));
  }

  @Test
  void aTargetThatCannotBeReplacedIsAFailureThatLeavesNothing() throws IOException {
    Files.createDirectory(file);
    Files.createFile(file.resolve("child"));
    assertThrows(IOException.class, () -> write("text"));
    assertEquals(List.of("model"), names());
    assertTrue(Files.exists(file.resolve("child")));
  }

  @Test
  void aDirectoryThatIsNotThereIsAFailure() {
    file = directory.resolve("missing/model");
    assertThrows(NoSuchFileException.class, () -> write("text"));
    assertFalse(Files.exists(directory.resolve("missing")));
  }

  @Test
  void theRootIsNoFile() {
    var e = assertThrows(IOException.class, () -> AtomicFile.write(Path.of("/"), _ -> {}));
    assertEquals("/ is not a file in a directory", e.getMessage());
  }

  @Test
  void aRelativePathIsTakenFromTheWorkingDirectory() throws IOException {
    file = Path.of("").toAbsolutePath().relativize(file);
    write("text");
    assertEquals("text", Files.readString(file));
  }

  @Test
  void aNewFileHasThePermissionsOfANewFile() throws IOException {
    write("text");
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      var plain = Files.createFile(directory.resolve("plain"));
      assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(file));
    }
  }

  @Test
  void temporariesOfTheDeadAreRemovedOnceTheyAreOld() throws IOException {
    var old = FileTime.from(Instant.now().minus(AtomicFile.STALE).minus(Duration.ofMinutes(1)));
    for (String name :
        List.of(
            ".model.0123456789abcdef.tmp",
            ".model.0123456789abcdef.tmp.bak",
            ".model.0123456789abcde.tmp",
            ".models.0123456789abcdef.tmp",
            "model.0123456789abcdef.tmp")) {
      Files.setLastModifiedTime(Files.createFile(directory.resolve(name)), old);
    }
    Files.createFile(directory.resolve(".model.fedcba9876543210.tmp"));
    write("text");
    assertEquals(
        List.of(
            ".model.0123456789abcde.tmp",
            ".model.0123456789abcdef.tmp.bak",
            ".model.fedcba9876543210.tmp",
            ".models.0123456789abcdef.tmp",
            "model",
            "model.0123456789abcdef.tmp"),
        names());
  }

  /// Runs in a process of its own, and ends it in the middle of a write.
  static final class KilledWriter {
    private KilledWriter() {}

    public static void main(String[] args) throws IOException {
      AtomicFile.write(
          Path.of(args[0]),
          channel -> {
            put(channel, "half of");
            Runtime.getRuntime().halt(KILLED);
          });
    }
  }

  @Test
  void aKilledProcessLeavesTheLastFileAndTheNextWriteWorks() throws Exception {
    write("good");
    var classPath =
        String.join(File.pathSeparator, locationOf(AtomicFile.class), locationOf(getClass()));
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                KilledWriter.class.getName(),
                file.toString())
            .inheritIO()
            .start();
    assertEquals(KILLED, process.waitFor());
    assertEquals("good", Files.readString(file));
    assertEquals(2, names().size(), "the killed process was not in the middle of a write");
    write("better");
    assertEquals("better", Files.readString(file));
  }

  private static String locationOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @Test
  void writersAtTheSameTimeNeverMixAndReadersSeeOneOfThem() throws Exception {
    String a = "a".repeat(10_000);
    String b = "b".repeat(20_000);
    write(a);
    try (var executor = Executors.newFixedThreadPool(3)) {
      Callable<Void> writeA = () -> writeOften(a);
      Callable<Void> writeB = () -> writeOften(b);
      Callable<Void> read =
          () -> {
            for (int i = 0; i < 500; i++) {
              String text = Files.readString(file);
              assertTrue(text.equals(a) || text.equals(b), () -> "mixed: " + text.length());
            }
            return null;
          };
      for (Future<Void> future : executor.invokeAll(List.of(writeA, writeB, read))) {
        get(future);
      }
    }
    assertEquals(List.of("model"), names());
  }

  private static void get(Future<Void> future) throws InterruptedException {
    try {
      future.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private Void writeOften(String text) {
    try {
      for (int i = 0; i < 50; i++) {
        write(text);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return null;
  }
}
