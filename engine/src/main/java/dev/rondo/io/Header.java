package dev.rondo.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The checked header of a safetensors file. Every tensor has as many bytes as its shape and type
/// need, and together the tensors fill the data without overlap, gap or remainder.
///
/// @param tensors by name, in the order of the header
/// @param metadata the map `__metadata__`, in the order of the header; empty if there is none
record Header(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
  /// The key of the text, which is no tensor.
  static final String METADATA = "__metadata__";

  /// The bytes before the header, which hold its length.
  static final int LENGTH_BYTES = Long.BYTES;

  /// The data begins at a multiple of this many bytes, in files that are written here.
  static final int DATA_ALIGNMENT = 8;

  /// The largest header in bytes. 16 MiB hold about 150,000 tensors; headers of the largest models
  /// have a few MiB.
  static final int LONGEST = 16 << 20;

  /// The largest number of tensors and texts. An entry of a few bytes costs a hundred in memory, so
  /// without this limit a header could cost 20 times its length.
  static final int MOST_ENTRIES = 100_000;

  /// The largest number of dimensions, as in PyTorch and NumPy.
  static final int HIGHEST_RANK = 64;

  Header {
    tensors = Collections.unmodifiableMap(tensors);
    metadata = Collections.unmodifiableMap(metadata);
  }

  /// Reads a header.
  ///
  /// @param json the bytes between the length and the data
  /// @param dataSize the bytes of the file that follow the header
  static Header read(byte[] json, long dataSize, Path file) throws ModelFormatException {
    if (json.length == 0 || json[0] != '{') {
      throw ModelFormatException.at(file, LENGTH_BYTES, "the header does not begin with {");
    }
    return new Reader(new HeaderJson(json, file, LENGTH_BYTES), json.length, dataSize).header();
  }

  /// Reads the grammar from top to bottom.
  private static final class Reader {
    private final HeaderJson json;
    private final long dataStart;
    private final long dataSize;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private Map<String, String> metadata;
    private int entries;

    Reader(HeaderJson json, int headerLength, long dataSize) {
      this.json = json;
      this.dataStart = (long) LENGTH_BYTES + headerLength;
      this.dataSize = dataSize;
    }

    Header header() throws ModelFormatException {
      json.expect('{');
      if (!json.take('}')) {
        do {
          entry();
        } while (json.take(','));
        json.expect('}');
      }
      json.end();
      checkLayout();
      return new Header(tensors, metadata == null ? Map.of() : metadata);
    }

    private void entry() throws ModelFormatException {
      count();
      long start = json.next();
      String name = json.string();
      json.expect(':');
      if (name.equals(METADATA)) {
        if (metadata != null) {
          throw json.fault(start, METADATA + " stands in the header twice");
        }
        metadata = text();
        return;
      }
      json.tensor(name);
      if (tensors.put(name, tensor(name)) != null) {
        throw json.fault(start, "the tensor stands in the header twice");
      }
      json.tensor(null);
    }

    private void count() throws ModelFormatException {
      if (++entries > MOST_ENTRIES) {
        throw json.fault("the header has more than %d entries".formatted(MOST_ENTRIES));
      }
    }

    private Map<String, String> text() throws ModelFormatException {
      var result = new LinkedHashMap<String, String>();
      json.expect('{');
      if (json.take('}')) {
        return result;
      }
      do {
        count();
        long start = json.next();
        String key = json.string();
        json.expect(':');
        if (result.put(key, json.string()) != null) {
          throw json.fault(
              start, "%s has %s twice".formatted(METADATA, ModelFormatException.quoted(key)));
        }
      } while (json.take(','));
      json.expect('}');
      return result;
    }

    private TensorInfo tensor(String name) throws ModelFormatException {
      DataType type = null;
      long[] shape = null;
      long[] offsets = null;
      long start = json.next();
      json.expect('{');
      do {
        long fieldStart = json.next();
        String field = json.string();
        json.expect(':');
        boolean twice;
        switch (field) {
          case "dtype" -> {
            twice = type != null;
            type = type();
          }
          case "shape" -> {
            twice = shape != null;
            shape = integers(HIGHEST_RANK);
          }
          case "data_offsets" -> {
            twice = offsets != null;
            offsets = integers(2);
          }
          default ->
              throw json.fault(
                  fieldStart, "unknown field %s".formatted(ModelFormatException.quoted(field)));
        }
        if (twice) {
          throw json.fault(fieldStart, "the field %s stands there twice".formatted(field));
        }
      } while (json.take(','));
      json.expect('}');
      if (type == null || shape == null || offsets == null) {
        String missing = type == null ? "dtype" : shape == null ? "shape" : "data_offsets";
        throw json.fault(start, "the field %s is missing".formatted(missing));
      }
      checkOffsets(start, type, shape, offsets);
      return new TensorInfo(name, type, shape, dataStart + offsets[0], offsets[1] - offsets[0]);
    }

    private DataType type() throws ModelFormatException {
      long start = json.next();
      String type = json.string();
      for (var known : DataType.values()) {
        if (known.name().equals(type)) {
          return known;
        }
      }
      throw json.fault(start, "unknown dtype " + ModelFormatException.quoted(type));
    }

    private long[] integers(int most) throws ModelFormatException {
      json.expect('[');
      if (json.take(']')) {
        return new long[0];
      }
      var result = new long[most];
      int count = 0;
      do {
        if (count == most) {
          throw json.fault("more than %d numbers in the list".formatted(most));
        }
        result[count++] = json.integer();
      } while (json.take(','));
      json.expect(']');
      return Arrays.copyOf(result, count);
    }

    private void checkOffsets(long start, DataType type, long[] shape, long[] offsets)
        throws ModelFormatException {
      if (offsets.length != 2) {
        throw json.fault(
            start, "data_offsets has %d numbers, expected 2".formatted(offsets.length));
      }
      if (offsets[0] > offsets[1] || offsets[1] > dataSize) {
        throw json.fault(
            start,
            "data_offsets %s are not within the %d bytes of data"
                .formatted(Arrays.toString(offsets), dataSize));
      }
      long bits = type.bits();
      try {
        for (long dimension : shape) {
          bits = Math.multiplyExact(bits, dimension);
        }
      } catch (ArithmeticException _) {
        throw json.fault(start, "shape %s is too large".formatted(Arrays.toString(shape)));
      }
      if (bits % Byte.SIZE != 0 || bits / Byte.SIZE != offsets[1] - offsets[0]) {
        throw json.fault(
            start,
            "shape %s of %s needs %s, data_offsets %s hold %d bytes"
                .formatted(
                    Arrays.toString(shape),
                    type,
                    bits % Byte.SIZE == 0 ? bits / Byte.SIZE + " bytes" : bits + " bits",
                    Arrays.toString(offsets),
                    offsets[1] - offsets[0]));
      }
    }

    private void checkLayout() throws ModelFormatException {
      List<TensorInfo> byPlace = new ArrayList<>(tensors.values());
      byPlace.sort(
          Comparator.comparingLong(TensorInfo::byteOffset).thenComparingLong(TensorInfo::byteSize));
      long end = dataStart;
      for (var tensor : byPlace) {
        if (tensor.byteOffset() != end) {
          json.tensor(tensor.name());
          throw json.fault(
              tensor.byteOffset(),
              tensor.byteOffset() < end
                  ? "the data overlaps another tensor's, which ends at byte %d".formatted(end)
                  : "no tensor has the bytes from %d up to here".formatted(end));
        }
        end += tensor.byteSize();
      }
      if (end != dataStart + dataSize) {
        throw json.fault(
            end, "no tensor has the last %d bytes".formatted(dataStart + dataSize - end));
      }
    }
  }
}
