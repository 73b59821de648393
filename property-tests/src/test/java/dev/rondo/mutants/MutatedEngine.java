package dev.rondo.mutants;

import dev.rondo.kernel.Backend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// The engine once more, with one of its lines changed, beside the engine that the tests were
/// compiled with. The engine's tests and those of this module are loaded once more as well, so that
/// they see the changed one; everything that is not Rondo's is shared.
final class MutatedEngine extends URLClassLoader {
  private static final Path ENGINE = Path.of("..", "engine");

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
  static MutatedEngine with(Mutant mutant) {
    return new MutatedEngine(compile(mutant.file(), source(mutant)));
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

  private static String source(Mutant mutant) {
    for (var sources : SOURCES) {
      var file = sources.resolve(Path.of("dev", "rondo")).resolve(mutant.file());
      if (Files.exists(file)) {
        return changed(mutant, read(file));
      }
    }
    throw new AssertionError(mutant + ": no source of " + mutant.file());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String changed(Mutant mutant, String source) {
    int at = source.indexOf(mutant.line());
    if (at < 0 || source.indexOf(mutant.line(), at + 1) >= 0) {
      throw new AssertionError(
          "%s: expected once in %s: %s".formatted(mutant, mutant.file(), mutant.line()));
    }
    return source.substring(0, at) + mutant.reads() + source.substring(at + mutant.line().length());
  }

  private static Map<String, byte[]> compile(String file, String source) {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    try (var files = compiler.getStandardFileManager(diagnostics, null, null);
        var memory = new InMemory(files)) {
      var options =
          List.of(
              "-classpath",
              Path.of(place(Backend.class).toURI()).toString(),
              "--add-modules=jdk.incubator.vector",
              "-implicit:none",
              "-proc:none",
              "-Xlint:none");
      var unit = new Source(file, source);
      if (!compiler.getTask(null, memory, diagnostics, options, null, List.of(unit)).call()) {
        throw new AssertionError(diagnostics.getDiagnostics().toString());
      }
      return memory.classes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("string:///dev/rondo/" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /// Keeps what is compiled.
  private static final class InMemory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    InMemory(StandardJavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String className,
        JavaFileObject.Kind kind,
        FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("bytes:///" + className), kind) {
        @Override
        public OutputStream openOutputStream() {
          var bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }

    Map<String, byte[]> classes() {
      var classes = new HashMap<String, byte[]>();
      written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
      return classes;
    }
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
