package dev.rondo.bench.peers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files that the launcher has built.
public final class PeerClassPath {
  /// The system property that names the folder of `<peer>.jar` and `<peer>.classpath`.
  private static final String FOLDER_PROPERTY = "dev.rondo.bench.peers";

  private PeerClassPath() {}

  /// A file that the launcher built.
  ///
  /// @return null if this process was started in another way
  public static Path built(String name) {
    var folder = System.getProperty(FOLDER_PROPERTY);
    return folder == null ? null : Path.of(folder, name);
  }

  /// The class path of this process.
  public static String ours() {
    return System.getProperty("java.class.path");
  }

  /// The class path of a peer: its contender, this harness, its libraries.
  ///
  /// @throws IOException if the peer was not built
  public static String of(String peer) throws IOException {
    var libraries = built(peer + ".classpath");
    if (libraries == null || !Files.exists(libraries)) {
      throw new IOException(
          "%s is built by the launcher: ./rondo bench (or -D%s=FOLDER)"
              .formatted(peer, FOLDER_PROPERTY));
    }
    return String.join(
        File.pathSeparator,
        built(peer + ".jar").toString(),
        ours(),
        Files.readString(libraries).strip());
  }
}
