package dev.rondo.io;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A safetensors file, open for reading: named tensors, and text.
///
///     8 bytes            length of the header, little-endian
///     header             JSON: name → {dtype, shape, data_offsets}, "__metadata__" → {key: text}
///     data               the elements of all tensors, row-major, little-endian
///
/// [#open(Path)] reads and checks the whole header. Elements are read on request, in pieces,
/// straight into the tensor. The reader is strict: anything that the format does not allow is a
/// [ModelFormatException] (bytes that belong to no tensor or to two, a length or a shape that the
/// file cannot hold, duplicate names, text that is not UTF-8, unknown types and fields), and so is
/// a header of more than 16 MiB, 100,000 entries or 64 dimensions. Opening costs memory in
/// proportion to the header. Reading a tensor takes [Tensor#byteSize(ElementType, int...)] bytes
/// from the caller's allocator (a row is padded to 16 elements), and a buffer of at most 256 KiB.
///
/// Several threads may use it. The file must not change while it is open. A file that gets shorter
/// is a [ModelFormatException], never a crash of the JVM (nothing is memory-mapped). As with any
/// [FileChannel], interrupting a thread that reads closes the file.
///
/// ```java
/// try (var file = SafeTensors.open(path); var memory = Arena.ofConfined()) {
///   var weight = file.read("lstm.weight_ih_l0", memory);
///   var architecture = file.metadata().get("architecture");
/// }
/// ```
///
/// Source: Hugging Face, [safetensors](https://github.com/huggingface/safetensors). Its version
/// 0.8.0 reads files written here, and files of that version can be read here.
public final class SafeTensors implements AutoCloseable {
  /// The size of a piece: system calls hardly matter, and it stays in a cache.
  static final int BUFFER_BYTES = 1 << 18;

  /// The longest row whose padded length is still an `int`.
  private static final int MOST_COLUMNS = Integer.MAX_VALUE - Tensor.ROW_ALIGNMENT + 1;

  private final Path file;
  private final FileChannel channel;
  private final Header header;

  private SafeTensors(Path file, FileChannel channel, Header header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /// Opens a file and checks its header.
  ///
  /// @throws ModelFormatException if the file is not valid safetensors
  /// @throws IOException if the file cannot be read
  public static SafeTensors open(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new SafeTensors(file, channel, readHeader(file, channel));
    } catch (IOException | RuntimeException | Error e) {
      try (channel) {
        throw e;
      }
    }
  }

  /// Writes tensors and text to a file, which is replaced as a whole or not at all. See
  /// [SafeTensorsWriter].
  ///
  /// @param tensors by name, written in the order of the map
  /// @param metadata text by key, written in the order of the map
  /// @throws IllegalArgumentException if a name is not well-formed or is `__metadata__`
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    var writer = new SafeTensorsWriter();
    metadata.forEach(writer::metadata);
    tensors.forEach(writer::add);
    writer.write(file);
  }

  private static Header readHeader(Path file, FileChannel channel) throws IOException {
    long fileSize = channel.size();
    if (fileSize < Header.LENGTH_BYTES) {
      throw ModelFormatException.at(
          file, 0, "the file has %d bytes, expected at least 8".formatted(fileSize));
    }
    var length = ByteBuffer.allocate(Header.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, length, 0);
    long headerLength = length.getLong(0);
    if (headerLength < 0 || headerLength > fileSize - Header.LENGTH_BYTES) {
      throw ModelFormatException.at(
          file,
          0,
          "the header has %s bytes, the file only %d"
              .formatted(Long.toUnsignedString(headerLength), fileSize));
    }
    if (headerLength > Header.LONGEST) {
      throw ModelFormatException.at(
          file,
          0,
          "the header has %d bytes, expected at most %d".formatted(headerLength, Header.LONGEST));
    }
    var json = new byte[(int) headerLength];
    readFully(file, channel, ByteBuffer.wrap(json), Header.LENGTH_BYTES);
    return Header.read(json, fileSize - Header.LENGTH_BYTES - headerLength, file);
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer target, long from)
      throws IOException {
    long at = from;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw ModelFormatException.at(file, at, "the file has become shorter");
      }
      at += count;
    }
  }

  /// The path that was opened.
  public Path file() {
    return file;
  }

  /// All tensors, readable or not, in the order of the header.
  public List<TensorInfo> tensors() {
    return List.copyOf(header.tensors().values());
  }

  /// The names of all tensors, in the order of the header.
  public List<String> names() {
    return List.copyOf(header.tensors().keySet());
  }

  /// The header's entry of a tensor, if there is one of this name.
  public Optional<TensorInfo> find(String name) {
    return Optional.ofNullable(header.tensors().get(name));
  }

  /// The text of the file, in the order of the header; empty if it has none.
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /// Reads a tensor: float64 from `F64`, float32 from `F32`, and float32 from `F16` and `BF16`,
  /// which is exact.
  ///
  /// @param allocator the owner of the memory; must hand out zeroed memory, as arenas do
  /// @throws ModelFormatException if the file has no such tensor, or one of another type, or one
  ///   too large for a [Tensor] (2³¹ rows or columns)
  /// @throws IOException if the file cannot be read
  public Tensor read(String name, SegmentAllocator allocator) throws IOException {
    var info = require(name);
    var type = elementType(info);
    var tensor = Tensor.allocate(allocator, type, tensorShape(info));
    transfer(info, tensor);
    return tensor;
  }

  /// Reads a tensor into an existing one; its padding is not touched. `F32`, `F16` and `BF16` may
  /// be read into float64 too, which is exact; `F64` is not rounded to float32.
  ///
  /// @throws ModelFormatException if the file has no such tensor, or one of another shape or type;
  ///   `target` is then unchanged
  /// @throws IOException if the file cannot be read; `target` may then hold a part of it
  public void readInto(String name, Tensor target) throws IOException {
    var info = require(name);
    var type = elementType(info);
    if (!info.hasShape(target.shape())) {
      throw fault(
          info,
          "shape is %s, expected %s"
              .formatted(Arrays.toString(info.shape()), Arrays.toString(target.shape())));
    }
    if (type == ElementType.FLOAT64 && target.type() == ElementType.FLOAT32) {
      throw fault(info, "F64 would be rounded to float32");
    }
    transfer(info, target);
  }

  /// Reads tokens `[steps, batchSize]` from `I32`.
  ///
  /// @throws ModelFormatException if the file has no such tensor, or one of another type, or not of
  ///   two dimensions
  /// @throws IOException if the file cannot be read
  public Tokens readTokens(String name, SegmentAllocator allocator) throws IOException {
    var info = require(name);
    if (info.type() != DataType.I32 || info.rank() != 2) {
      throw fault(
          info,
          "%s of shape %s cannot be read as tokens, expected I32 of [steps, batchSize]"
              .formatted(info.type(), Arrays.toString(info.shape())));
    }
    int[] shape = tensorShape(info);
    if (info.size() > Integer.MAX_VALUE) {
      throw fault(info, "shape %s is too large for tokens".formatted(Arrays.toString(shape)));
    }
    var tokens = Tokens.allocate(allocator, shape[0], shape[1]);
    transfer(
        info,
        shape[1],
        (staged, from, row, column, count) -> {
          for (int i = 0; i < count; i++) {
            tokens.set(row, column + i, staged.getAtIndex(Layouts.I32, from + i));
          }
        });
    return tokens;
  }

  private TensorInfo require(String name) throws ModelFormatException {
    var info = header.tensors().get(name);
    if (info == null) {
      throw ModelFormatException.ofTensor(file, name, "the file has no such tensor");
    }
    return info;
  }

  private ModelFormatException fault(TensorInfo info, String problem) {
    return ModelFormatException.ofTensor(file, info.byteOffset(), info.name(), problem);
  }

  private ElementType elementType(TensorInfo info) throws ModelFormatException {
    return switch (info.type()) {
      case F64 -> ElementType.FLOAT64;
      case F32, F16, BF16 -> ElementType.FLOAT32;
      default ->
          throw fault(
              info,
              "%s cannot be read as a tensor, expected F64, F32, F16 or BF16"
                  .formatted(info.type()));
    };
  }

  /// The dimensions in the form that [Tensor] needs.
  private int[] tensorShape(TensorInfo info) throws ModelFormatException {
    long[] shape = info.shape();
    var result = new int[shape.length];
    long rows = 1;
    for (int i = 0; i < shape.length; i++) {
      boolean last = i == shape.length - 1;
      // Each factor is below 2³¹ and so is the product before it: no overflow.
      rows *= last ? 1 : Math.min(shape[i], Integer.MAX_VALUE);
      if (shape[i] > (last ? MOST_COLUMNS : Integer.MAX_VALUE) || rows > Integer.MAX_VALUE) {
        throw fault(info, "shape %s is too large for a tensor".formatted(Arrays.toString(shape)));
      }
      result[i] = (int) shape[i];
    }
    return result;
  }

  private void transfer(TensorInfo info, Tensor target) throws IOException {
    transfer(
        info,
        target.columns(),
        (staged, from, row, column, count) ->
            Layouts.load(info.type(), staged, from, target, row, column, count));
  }

  /// Takes `count` elements of a piece, beginning at element `from`, to a part of one row.
  private interface Sink {
    void take(MemorySegment staged, int from, int row, int column, int count);
  }

  private void transfer(TensorInfo info, int columns, Sink sink) throws IOException {
    long size = info.size();
    if (size == 0) {
      return;
    }
    int width = info.type().bits() / Byte.SIZE;
    try (var memory = Arena.ofConfined()) {
      var staged = memory.allocate(Math.min(BUFFER_BYTES, size * width), width);
      var buffer = staged.asByteBuffer();
      for (long done = 0; done < size; ) {
        int count = (int) Math.min(staged.byteSize() / width, size - done);
        buffer.clear().limit(count * width);
        readFully(file, channel, buffer, info.byteOffset() + done * width);
        for (int used = 0; used < count; ) {
          int row = (int) ((done + used) / columns);
          int column = (int) ((done + used) % columns);
          int run = Math.min(columns - column, count - used);
          sink.take(staged, used, row, column, run);
          used += run;
        }
        done += count;
      }
    }
  }

  /// Closes the file; what was read stays.
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
