package dev.rondo.io;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes named tensors and text as a safetensors file; see [SafeTensors] for the format.
///
/// The same calls give the same bytes. The header names text first, then tensors, both in the order
/// in which they were added. It is padded with spaces, so that the data begins at a multiple of 8
/// bytes. The data holds float64 tensors first, then the others, each in the order in which they
/// were added. Every element therefore lies at a multiple of its own size, as PyTorch demands when
/// it maps a file. Rows are dense; padding is not written.
///
/// Tensors are not copied: [#write(Path)] writes their values at that time. One thread at a time
/// uses a writer.
public final class SafeTensorsWriter {
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Source> sources = new LinkedHashMap<>();

  /// An empty writer, which would write a valid file.
  public SafeTensorsWriter() {}

  /// The source of a tensor's elements.
  private sealed interface Source {
    DataType type();

    int[] shape();

    int rows();

    int columns();

    /// Copies elements `column` to `column + count` of a row to `staged`, from element `to` on.
    void store(int row, int column, MemorySegment staged, int to, int count);

    default long byteSize() {
      return (long) rows() * columns() * (type().bits() / Byte.SIZE);
    }
  }

  private record TensorSource(Tensor tensor) implements Source {
    @Override
    public DataType type() {
      return switch (tensor.type()) {
        case FLOAT32 -> DataType.F32;
        case FLOAT64 -> DataType.F64;
      };
    }

    @Override
    public int[] shape() {
      return tensor.shape();
    }

    @Override
    public int rows() {
      return tensor.rows();
    }

    @Override
    public int columns() {
      return tensor.columns();
    }

    @Override
    public void store(int row, int column, MemorySegment staged, int to, int count) {
      Layouts.store(tensor, row, column, staged, to, count);
    }
  }

  private record TokensSource(Tokens tokens) implements Source {
    @Override
    public DataType type() {
      return DataType.I32;
    }

    @Override
    public int[] shape() {
      return new int[] {tokens.steps(), tokens.batchSize()};
    }

    @Override
    public int rows() {
      return tokens.steps();
    }

    @Override
    public int columns() {
      return tokens.batchSize();
    }

    @Override
    public void store(int row, int column, MemorySegment staged, int to, int count) {
      for (int i = 0; i < count; i++) {
        staged.setAtIndex(Layouts.I32, (long) to + i, tokens.get(row, column + i));
      }
    }
  }

  /// Adds a tensor: float32 as `F32`, float64 as `F64`.
  ///
  /// @throws IllegalArgumentException if the name was added before, is `__metadata__`, or has half
  ///   of a surrogate pair, or if the tensor has more than 64 dimensions
  public void add(String name, Tensor tensor) {
    if (tensor.rank() > Header.HIGHEST_RANK) {
      throw new IllegalArgumentException(
          "tensor %s has %d dimensions, expected at most %d"
              .formatted(ModelFormatException.quoted(name), tensor.rank(), Header.HIGHEST_RANK));
    }
    add(name, new TensorSource(tensor));
  }

  /// Adds tokens as `I32` of shape `[steps, batchSize]`.
  ///
  /// @throws IllegalArgumentException if the name was added before, is `__metadata__`, or has half
  ///   of a surrogate pair
  public void add(String name, Tokens tokens) {
    add(name, new TokensSource(tokens));
  }

  private void add(String name, Source source) {
    checkText(name);
    if (name.equals(Header.METADATA)) {
      throw new IllegalArgumentException("a tensor must not be named " + Header.METADATA);
    }
    if (sources.putIfAbsent(name, source) != null) {
      throw new IllegalArgumentException(
          "tensor %s was added before".formatted(ModelFormatException.quoted(name)));
    }
  }

  /// Adds text under a key of `__metadata__`.
  ///
  /// @throws IllegalArgumentException if the key was added before, or if key or value has half of a
  ///   surrogate pair
  public void metadata(String key, String value) {
    checkText(key);
    checkText(value);
    if (metadata.putIfAbsent(key, value) != null) {
      throw new IllegalArgumentException(
          "metadata %s was added before".formatted(ModelFormatException.quoted(key)));
    }
  }

  private static void checkText(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "%s has half of a surrogate pair".formatted(ModelFormatException.quoted(text)));
    }
  }

  /// Writes the file with [AtomicFile], which replaces it as a whole or not at all.
  ///
  /// @throws IOException if the file cannot be written; an existing file is then unchanged
  /// @throws IllegalStateException if the header would be too large to be read again
  public void write(Path file) throws IOException {
    AtomicFile.write(file, this::write);
  }

  /// Writes the bytes of the file to a blocking channel, which is not closed.
  ///
  /// @throws IOException if the channel fails
  /// @throws IllegalStateException if the header would be too large to be read again (16 MiB or
  ///   100,000 entries)
  public void write(WritableByteChannel channel) throws IOException {
    writeFully(channel, header());
    try (var memory = Arena.ofConfined()) {
      var staged = memory.allocate(SafeTensors.BUFFER_BYTES, Double.BYTES);
      for (boolean wide : new boolean[] {true, false}) {
        for (var source : sources.values()) {
          if (wide == isWide(source)) {
            writeData(channel, source, staged);
          }
        }
      }
    }
  }

  private static boolean isWide(Source source) {
    return source.type() == DataType.F64;
  }

  private ByteBuffer header() {
    if (metadata.size() + sources.size() + 1 > Header.MOST_ENTRIES) {
      throw new IllegalStateException(
          "%d tensors and %d pieces of text are more than a header may have, %d"
              .formatted(sources.size(), metadata.size(), Header.MOST_ENTRIES - 1));
    }
    var utf8 = StandardCharsets.UTF_8.encode(CharBuffer.wrap(json()));
    int length = alignUp(utf8.remaining());
    if (length > Header.LONGEST) {
      throw new IllegalStateException(
          "the header has %d bytes, expected at most %d".formatted(length, Header.LONGEST));
    }
    var bytes = new byte[Header.LENGTH_BYTES + length];
    Arrays.fill(bytes, (byte) ' ');
    utf8.get(bytes, Header.LENGTH_BYTES, utf8.remaining());
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
  }

  private static int alignUp(int length) {
    return (length + Header.DATA_ALIGNMENT - 1) & -Header.DATA_ALIGNMENT;
  }

  private StringBuilder json() {
    Map<String, Long> offsets = offsets();
    var json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      string(json, Header.METADATA).append(":{");
      metadata.forEach((key, value) -> {
        string(json, key).append(':');
        string(json, value).append(',');
      });
      endList(json, '}').append(',');
    }
    sources.forEach((name, source) -> {
      long begin = offsets.get(name);
      string(json, name).append(":{\"dtype\":\"").append(source.type()).append("\",\"shape\":[");
      for (int dimension : source.shape()) {
        json.append(dimension).append(',');
      }
      endList(json, ']').append(",\"data_offsets\":[").append(begin).append(',');
      json.append(begin + source.byteSize()).append("]},");
    });
    return endList(json, '}');
  }

  /// The position of each tensor's data, in bytes from the start of the data.
  private Map<String, Long> offsets() {
    var offsets = new HashMap<String, Long>();
    long end = 0;
    for (boolean wide : new boolean[] {true, false}) {
      for (var entry : sources.entrySet()) {
        if (wide == isWide(entry.getValue())) {
          offsets.put(entry.getKey(), end);
          end += entry.getValue().byteSize();
        }
      }
    }
    return offsets;
  }

  /// Replaces the comma behind the last element, if there is one, by the end of the list.
  private static StringBuilder endList(StringBuilder json, char end) {
    if (json.charAt(json.length() - 1) == ',') {
      json.setLength(json.length() - 1);
    }
    return json.append(end);
  }

  private static StringBuilder string(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < ' ') {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"');
  }

  private static void writeData(WritableByteChannel channel, Source source, MemorySegment staged)
      throws IOException {
    int width = source.type().bits() / Byte.SIZE;
    int capacity = SafeTensors.BUFFER_BYTES / width;
    var buffer = staged.asByteBuffer();
    int used = 0;
    for (int row = 0; row < source.rows(); row++) {
      for (int column = 0; column < source.columns(); ) {
        int run = Math.min(source.columns() - column, capacity - used);
        source.store(row, column, staged, used, run);
        column += run;
        used += run;
        if (used == capacity) {
          writeFully(channel, buffer.clear());
          used = 0;
        }
      }
    }
    writeFully(channel, buffer.clear().limit(used * width));
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
