package dev.rondo.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// Replaces a file as a whole or not at all. Whatever stops the writing (an exception, a full disk,
/// a killed process, a lost machine), the path holds the last complete file.
///
/// The content goes to a temporary file beside the target, `.NAME.XXXXXXXXXXXXXXXX.tmp`, which is
/// forced to the disk and then moved into place in one step. Last, the directory is forced to the
/// disk, where the platform allows it. A failure removes the temporary file. A file that a killed
/// process left behind does no harm; the next write of the same target removes it once it has not
/// been touched for an hour.
///
/// The new file has the permissions of a new file. A symbolic link is replaced, not followed. If
/// two writers replace the same target at once, the last one to finish wins.
public final class AtomicFile {
  /// The age from which on a temporary file has no writer any more.
  static final Duration STALE = Duration.ofHours(1);

  private static final int NAME_ATTEMPTS = 100;

  private AtomicFile() {}

  /// The content of the new file.
  @FunctionalInterface
  public interface Content {
    /// Writes all bytes in order. Closing the channel is allowed and does nothing.
    ///
    /// @throws IOException if the channel fails or there is no valid content; the target stays
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  /// Replaces `target` by the bytes that `content` writes.
  ///
  /// @throws IOException if writing fails; `target` is then unchanged
  public static void write(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null) {
      throw new IOException(target + " is not a file in a directory");
    }
    removeStale(directory, absolute.getFileName().toString());
    Path temporary = create(directory, absolute.getFileName().toString());
    boolean complete = false;
    try {
      try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        content.writeTo(new OpenChannel(channel));
        channel.force(true);
      }
      Files.move(
          temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      complete = true;
    } finally {
      if (!complete) {
        deleteQuietly(temporary);
      }
    }
    forceDirectory(directory);
  }

  private static Path create(Path directory, String name) throws IOException {
    for (int attempt = 1; ; attempt++) {
      // any number that another writer is unlikely to take at the same time
      long number = ThreadLocalRandom.current().nextLong();
      Path temporary = directory.resolve(".%s.%016x.tmp".formatted(name, number));
      try {
        return Files.createFile(temporary);
      } catch (FileAlreadyExistsException e) {
        if (attempt == NAME_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void removeStale(Path directory, String name) {
    var pattern = Pattern.compile(Pattern.quote("." + name + ".") + "[0-9a-f]{16}\\.tmp");
    var limit = FileTime.from(Instant.now().minus(STALE));
    try (var files =
        Files.newDirectoryStream(
            directory, file -> pattern.matcher(file.getFileName().toString()).matches())) {
      for (Path file : files) {
        if (Files.getLastModifiedTime(file).compareTo(limit) < 0) {
          deleteQuietly(file);
        }
      }
    } catch (IOException | DirectoryIteratorException _) {
      // cleaning up is optional; a directory that cannot be listed may still be written
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // the failure that led here is the one to report
    }
  }

  private static void forceDirectory(Path directory) {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // Windows opens no directories, and some file systems force none: the file itself is safe
    }
  }

  /// The file's channel. Only [AtomicFile] closes it, since it has to be forced first.
  private record OpenChannel(FileChannel channel) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) throws IOException {
      return channel.write(source);
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      // the caller of the content closes
    }
  }
}
