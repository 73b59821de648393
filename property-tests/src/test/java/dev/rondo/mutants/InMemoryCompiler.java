package dev.rondo.mutants;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Compiles one source file at a time, to classes in memory. The class path is read once for all.
final class InMemoryCompiler implements AutoCloseable {
  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
  private final List<String> options;

  InMemoryCompiler(String classPath) {
    options =
        List.of(
            "-classpath",
            classPath,
            "--add-modules=jdk.incubator.vector",
            "-implicit:none",
            "-proc:none",
            "-Xlint:none");
  }

  /// The classes of a file, by name.
  ///
  /// @throws AssertionError with the compiler's messages if it does not compile
  synchronized Map<String, byte[]> compile(String file, String text) {
    var memory = new Memory(files);
    var messages = new StringWriter();
    var units = List.of(new Source(file, text));
    if (!compiler.getTask(messages, memory, null, options, null, units).call()) {
      throw new AssertionError(messages.toString());
    }
    var classes = new HashMap<String, byte[]>();
    memory.written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
    return classes;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String file, String text) {
      super(URI.create("string:///" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /// Reads from files, writes to memory.
  private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
    final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    Memory(StandardJavaFileManager files) {
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
  }
}
