package dev.rondo.mutants;

import dev.rondo.kernel.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A second copy of the engine, with one of its lines changed, beside the engine that the tests
/// were compiled with. The engine's tests and those of this module are loaded again too, so that
/// they use the changed copy; all classes other than Rondo's are shared.
final class MutatedEngine extends URLClassLoader {
  private static final Path ENGINE = Path.of("..", "engine");
  private static final Path PACKAGE = Path.of("dev", "rondo");

  /// Where the source of a class is: written by hand, or generated as the float64 twin.
  private static final List<Path> SOURCES =
      List.of(
          ENGINE.resolve(Path.of("src", "main", "java")),
          ENGINE.resolve(Path.of("target", "generated-sources", "float64")));

  private final Map<String, byte[]> changed;

  private MutatedEngine(Map<String, byte[]> changed) {
    super(places(), MutatedEngine.class.getClassLoader());
    this.changed = changed;
  }

  /// The engine as it is, loaded in the same way.
  static MutatedEngine unchanged() {
    return new MutatedEngine(Map.of());
  }

  /// The engine with a mistake.
  ///
  /// @throws AssertionError if the line is not in the file once, or what it reads does not compile
  static MutatedEngine with(Mutant mutant, InMemoryCompiler compiler) {
    String file = PACKAGE.resolve(mutant.file()).toString();
    return new MutatedEngine(compiler.compile(file, mutant.in(source(mutant))));
  }

  private static String source(Mutant mutant) {
    for (var sources : SOURCES) {
      var file = sources.resolve(PACKAGE).resolve(mutant.file());
      if (Files.exists(file)) {
        try {
          return Files.readString(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new AssertionError("%s: there is no %s".formatted(mutant, mutant.file()));
  }

  /// Where the engine's classes are: a folder or a jar.
  static Path classes() {
    try {
      return Path.of(place(Backend.class).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static URL[] places() {
    try {
      return new URL[] {
        place(Backend.class),
        ENGINE.resolve(Path.of("target", "test-classes")).toUri().toURL(),
        place(MutatedEngine.class)
      };
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static URL place(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  /// Rondo's own classes come from here, never from the parent.
  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith("dev.rondo.")) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = changed.get(name);
    return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
  }
}
