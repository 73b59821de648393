import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Writes the sources of the kernels that are repetition: run by the build before it compiles.
///
///     java Templates.java SOURCES TARGET
///
/// `SOURCES` is the root of the sources written by hand, which [PlanWriter] reads; `TARGET` that of
/// the generated ones. A file whose text would not change is not touched, so that a build that
/// changes nothing compiles nothing; one that is no longer generated is deleted.
final class Templates {
  private static final Path KERNELS = Path.of("dev", "rondo", "kernel");

  private Templates() {}

  /// @param arguments the two roots
  /// @throws IOException if a file cannot be read or written
  public static void main(String[] arguments) throws IOException {
    Path sources = Path.of(arguments[0]).resolve(KERNELS);
    Path target = Files.createDirectories(Path.of(arguments[1]).resolve(KERNELS));
    Map<Path, String> files = new TreeMap<>();
    TileWriter.classes().forEach((name, text) -> files.put(target.resolve(name + ".java"), text));
    PlanWriter.classes(sources)
        .forEach((name, text) -> files.put(target.resolve(name + ".java"), text));
    write(files, target);
  }

  private static void write(Map<Path, String> files, Path target) throws IOException {
    for (var file : files.entrySet()) {
      Path path = file.getKey();
      if (!Files.exists(path) || !Files.readString(path).equals(file.getValue())) {
        Files.writeString(path, file.getValue());
      }
    }
    try (DirectoryStream<Path> present = Files.newDirectoryStream(target)) {
      for (Path path : present) {
        if (!files.containsKey(path)) {
          Files.delete(path);
        }
      }
    }
  }
}
