package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;

/// Any names, shapes, types and texts.
@Label("Law 7.2: a file gives back what was written, or an error that says where it is broken")
class SafeTensorsProperties {
  /// A tensor of any rank, empty ones among them.
  record Stored(String name, ElementType type, List<Integer> shape, long seed) {
    Tensor tensor(Arena arena) {
      int[] sizes = shape.stream().mapToInt(size -> size).toArray();
      return Piece.tensor(arena, type, new CounterRandom(seed), sizes);
    }
  }

  /// Any characters but halves of surrogate pairs, which are no text.
  private static Arbitrary<String> texts() {
    return Arbitraries.strings()
        .all()
        .ofMinLength(1)
        .ofMaxLength(12)
        .filter(text -> text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
  }

  @Provide
  Arbitrary<List<Stored>> files() {
    var shapes = Arbitraries.integers().between(0, 18).list().ofMaxSize(3);
    return Combinators.combine(
            texts().filter(name -> !name.equals("__metadata__")),
            Arbitraries.of(ElementType.class),
            shapes,
            Arbitraries.longs())
        .as(Stored::new)
        .list()
        .ofMaxSize(4)
        .uniqueElements(Stored::name);
  }

  @Provide
  Arbitrary<Map<String, String>> metadata() {
    return Arbitraries.maps(texts(), texts()).ofMaxSize(3);
  }

  private static void write(
      Path file, Arena arena, List<Stored> stored, Map<String, String> metadata)
      throws IOException {
    var tensors = new LinkedHashMap<String, Tensor>();
    stored.forEach(one -> tensors.put(one.name, one.tensor(arena)));
    SafeTensors.write(file, tensors, metadata);
  }

  @Property(tries = 100)
  void whatWasWrittenIsRead(
      @ForAll("files") List<Stored> stored, @ForAll("metadata") Map<String, String> metadata)
      throws IOException {
    var file = Files.createTempFile("property", ".safetensors");
    try (var arena = Arena.ofConfined()) {
      write(file, arena, stored, metadata);
      try (var tensors = SafeTensors.open(file)) {
        assertEquals(metadata, tensors.metadata());
        assertEquals(stored.stream().map(Stored::name).toList(), tensors.names());
        for (var one : stored) {
          var expected = one.tensor(arena);
          var actual = tensors.read(one.name, arena);
          assertEquals(expected.toString(), actual.toString());
          assertArrayEquals(expected.toArray(), actual.toArray());
        }
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /// Cut anywhere: found when it is opened, by an error that names the file.
  @Property(tries = 100)
  void aFileThatIsCutIsRefused(
      @ForAll("files") List<Stored> stored,
      @ForAll("metadata") Map<String, String> metadata,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double part)
      throws IOException {
    var file = Files.createTempFile("property", ".safetensors");
    try (var arena = Arena.ofConfined()) {
      write(file, arena, stored, metadata);
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, (int) (part * bytes.length)));
      var error = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file).close());
      assertEquals(true, error.getMessage().contains(file.toString()), error.getMessage());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /// A wrong byte is an error or other numbers, never anything else.
  @Property(tries = 100)
  void aByteThatIsWrongIsAnErrorOrOtherNumbers(
      @ForAll("files") List<Stored> stored,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double where,
      @ForAll byte wrong)
      throws IOException {
    var file = Files.createTempFile("property", ".safetensors");
    try (var arena = Arena.ofConfined()) {
      write(file, arena, stored, Map.of());
      byte[] bytes = Files.readAllBytes(file);
      bytes[(int) (where * bytes.length)] = wrong;
      Files.write(file, bytes);
      try (var tensors = SafeTensors.open(file)) {
        for (var info : tensors.tensors()) {
          if (info.type().isReadable()) {
            tensors.read(info.name(), arena);
          }
        }
      } catch (ModelFormatException e) {
        assertEquals(true, e.getMessage().contains(file.toString()), e.getMessage());
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
