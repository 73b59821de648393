package dev.rondo.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A damaged or hostile file costs a [ModelFormatException], never another exception, and never
/// more memory than the file has bytes.
class CorruptSafeTensorsTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("bad.safetensors");
  }

  private static byte[] fileOf(String header, int dataSize) {
    // One character is one byte, so that headers can hold what is no valid UTF-8.
    byte[] json = header.getBytes(ISO_8859_1);
    return ByteBuffer.allocate(8 + json.length + dataSize)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static String utf8(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /// A tensor `a` of one float, with its fields replaced.
  private static String tensor(String fields) {
    return "{\"a\":{" + fields + "}}";
  }

  private static String text(String value) {
    return "{\"__metadata__\":{\"k\":\"" + value + "\"}}";
  }

  private static Arguments bad(String what, String header, int dataSize, String message) {
    return Arguments.of(what, fileOf(header, dataSize), message);
  }

  private static final String TYPE = "\"dtype\":\"F32\",";
  private static final String GOOD = TYPE + "\"shape\":[1],\"data_offsets\":[0,4]";
  private static final String A = "byte 13: tensor \"a\": ";

  static Stream<Arguments> headers() {
    return Stream.of(
        bad("no header", "", 0, "byte 8: the header does not begin with {"),
        bad("space first", " {}", 0, "byte 8: the header does not begin with {"),
        bad("a byte order mark first", utf8("\uFEFF{}"), 0, "byte 8: the header does not begin"),
        bad("an array", "[]", 0, "byte 8: the header does not begin with {"),
        bad("only a brace", "{", 0, "byte 9: expected \", found the end of the header"),
        bad("not closed", "{\"a\"", 0, "byte 12: expected :, found the end of the header"),
        bad("ends in a name", "{\"a", 0, "byte 11: the header ends within a string"),
        bad("two objects", "{}{}", 0, "byte 10: expected the end of the header, found {"),
        bad(
            "zeros behind",
            "{}\0\0",
            0,
            "byte 10: expected the end of the header, found byte 0x00"),
        bad("a comma too many", "{" + "\"a\":{" + GOOD + "},}", 4, "expected \", found }"),
        bad("no quotes", "{a:{" + GOOD + "}}", 4, "byte 9: expected \", found a"),
        bad("single quotes", "{'a':{" + GOOD + "}}", 4, "byte 9: expected \", found '"),
        bad("a comment", "{/**/}", 0, "byte 9: expected \", found /"),
        bad("a number as tensor", "{\"a\":1}", 0, "byte 13: tensor \"a\": expected {, found 1"),
        bad("null as tensor", "{\"a\":null}", 0, A + "expected {, found n"),
        bad("an empty tensor", tensor(""), 0, "tensor \"a\": expected \", found }"),
        bad("depth", "{\"a\":" + "[".repeat(1_000_000), 0, A + "expected {, found ["),
        bad("depth of objects", "{\"a\":{\"dtype\":{\"a\":{", 0, "expected \", found {"),
        bad(
            "twice",
            "{\"a\":{" + GOOD + "},\"a\":{" + GOOD + "}}",
            4,
            "stands in the header twice"),
        bad(
            "twice by an escape",
            "{\"a\":{" + GOOD + "},\"\\u0061\":{" + GOOD + "}}",
            4,
            "tensor \"a\": the tensor stands in the header twice"),
        bad(
            "metadata twice",
            "{\"__metadata__\":{},\"__metadata__\":{}}",
            0,
            "stands in the header"),
        bad(
            "a key twice",
            "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}",
            0,
            "__metadata__ has \"k\" twice"),
        bad("a number in metadata", "{\"__metadata__\":{\"k\":1}}", 0, "expected \", found 1"),
        bad("an object in metadata", "{\"__metadata__\":{\"k\":{}}}", 0, "expected \", found {"),
        bad("null metadata", "{\"__metadata__\":null}", 0, "expected {, found n"),
        bad(
            "a field twice",
            tensor(GOOD + "," + TYPE.substring(0, 13)),
            4,
            "the field dtype stands"),
        bad(
            "shapes that agree, twice",
            tensor(GOOD + ",\"shape\":[1]"),
            4,
            "the field shape stands there twice"),
        bad("an unknown field", tensor(GOOD + ",\"x\":\"\""), 4, "unknown field \"x\""),
        bad("no dtype", tensor(GOOD.substring(14)), 4, A + "the field dtype is missing"),
        bad(
            "no shape",
            tensor(TYPE + "\"data_offsets\":[0,4]"),
            4,
            A + "the field shape is missing"),
        bad(
            "no offsets",
            tensor(TYPE + "\"shape\":[1]"),
            4,
            A + "the field data_offsets is missing"),
        bad("an unknown dtype", tensor(GOOD.replace("F32", "F33")), 4, "unknown dtype \"F33\""),
        bad(
            "a dtype in small letters",
            tensor(GOOD.replace("F32", "f32")),
            4,
            "unknown dtype \"f32\""),
        bad("dtype null", tensor(GOOD.replace("\"F32\"", "null")), 4, "expected \", found n"),
        bad("a negative dimension", tensor(GOOD.replace("[1]", "[-1]")), 4, "must not be negative"),
        bad("two negative ones", tensor(GOOD.replace("[1]", "[-1,-1]")), 4, "must not be negative"),
        bad("minus zero", tensor(GOOD.replace("[1]", "[-0]")), 4, "must not be negative"),
        bad("a fraction", tensor(GOOD.replace("[1]", "[1.0]")), 4, "must be an integer"),
        bad("an exponent", tensor(GOOD.replace("[1]", "[1e0]")), 4, "must be an integer"),
        bad("a leading zero", tensor(GOOD.replace("[1]", "[01]")), 4, "must not begin with 0"),
        bad("hexadecimal", tensor(GOOD.replace("[1]", "[0x1]")), 4, "expected ], found x"),
        bad("text as dimension", tensor(GOOD.replace("[1]", "[\"1\"]")), 4, "expected an integer"),
        bad("a plain dimension", tensor(GOOD.replace("[1]", "1")), 4, "expected [, found 1"),
        bad("a comma too many in the shape", tensor(GOOD.replace("[1]", "[1,]")), 4, "expected an"),
        bad(
            "a dimension of 2^63",
            tensor(GOOD.replace("[1]", "[9223372036854775808]")),
            4,
            "the number is larger than 9223372036854775807"),
        bad(
            "a product of 2^64, which is 0",
            tensor(GOOD.replace("[1]", "[4294967296,4294967296]").replace("0,4", "0,0")),
            0,
            A + "shape [4294967296, 4294967296] is too large"),
        bad(
            "a product of 2^62 + 1 elements, 4 bytes",
            tensor(GOOD.replace("[1]", "[4611686018427387905]")),
            4,
            A + "shape [4611686018427387905] is too large"),
        bad(
            "65 dimensions",
            tensor(GOOD.replace("[1]", Arrays.toString(new int[65]))),
            4,
            "more than 64 numbers in the list"),
        bad(
            "a shape that needs more",
            tensor(GOOD.replace("[1]", "[2]")),
            4,
            A + "shape [2] of F32 needs 8 bytes, data_offsets [0, 4] hold 4 bytes"),
        bad(
            "a shape that needs less",
            tensor(GOOD.replace("[1]", "[0]")),
            4,
            A + "shape [0] of F32 needs 0 bytes, data_offsets [0, 4] hold 4 bytes"),
        bad(
            "half bytes",
            tensor(GOOD.replace("F32", "F4").replace("[1]", "[9]")),
            4,
            A + "shape [9] of F4 needs 36 bits, data_offsets [0, 4] hold 4 bytes"),
        bad("one offset", tensor(GOOD.replace("0,4", "0")), 4, "data_offsets has 1 numbers"),
        bad("no numbers", tensor(GOOD.replace("0,4", "")), 4, "data_offsets has 0 numbers"),
        bad("three offsets", tensor(GOOD.replace("0,4", "0,4,4")), 4, "more than 2 numbers"),
        bad("negative offsets", tensor(GOOD.replace("0,4", "-4,0")), 4, "must not be negative"),
        bad(
            "offsets the wrong way round",
            tensor(GOOD.replace("0,4", "4,0")),
            4,
            A + "data_offsets [4, 0] are not within the 4 bytes of data"),
        bad(
            "beyond the file",
            tensor(GOOD.replace("0,4", "4,8")),
            4,
            A + "data_offsets [4, 8] are not within the 4 bytes of data"),
        bad(
            "far beyond the file",
            tensor(GOOD.replace("0,4", "9223372036854775803,9223372036854775807")),
            4,
            "are not within the 4 bytes of data"),
        bad(
            "a hole before",
            tensor(GOOD.replace("0,4", "4,8")),
            8,
            "byte 66: tensor \"a\": no tensor has the bytes from 62 up to here"),
        bad("bytes behind", tensor(GOOD), 9, "byte 66: no tensor has the last 5 bytes"),
        bad("data without tensors", "{}", 1, "byte 10: no tensor has the last 1 bytes"),
        bad(
            "an overlap",
            "{\"a\":{" + GOOD + "},\"b\":{" + GOOD.replace("0,4", "2,6") + "}}",
            6,
            "byte 117: tensor \"b\": the data overlaps another tensor's, which ends at byte 119"),
        bad(
            "the same bytes twice",
            "{\"a\":{" + GOOD + "},\"b\":{" + GOOD + "}}",
            4,
            "tensor \"b\": the data overlaps another tensor's"),
        bad(
            "nothing in the middle of something",
            "{\"a\":{" + GOOD + "},\"b\":{" + TYPE + "\"shape\":[0],\"data_offsets\":[2,2]}}",
            4,
            "tensor \"b\": the data overlaps another tensor's"),
        bad(
            "a hole between",
            "{\"a\":{" + GOOD + "},\"b\":{" + GOOD.replace("0,4", "5,9") + "}}",
            9,
            "tensor \"b\": no tensor has the bytes from 119 up to here"),
        bad("a line end in a string", text("\n"), 0, "must not hold the control character 0x0a"),
        bad("a zero in a string", text("\0"), 0, "must not hold the control character 0x00"),
        bad("an unknown escape", text("\\x"), 0, "unknown escape in a string"),
        bad("an escape of a line end", text("\\\n"), 0, "unknown escape in a string"),
        bad("three hexadecimal digits", text("\\u123"), 0, "expected four hexadecimal digits"),
        bad("a sign in an escape", text("\\u+123"), 0, "expected four hexadecimal digits"),
        bad("digits of another script", text("\\u" + utf8("１２３４")), 0, "expected four hexa"),
        bad("a high surrogate alone", text("\\ud83d"), 0, "half of a surrogate pair"),
        bad("a low surrogate alone", text("\\ude00"), 0, "half of a surrogate pair"),
        bad("two high surrogates", text("\\ud83d\\ud83d"), 0, "half of a surrogate pair"),
        bad("surrogate and letter", text("\\ud83dx"), 0, "half of a surrogate pair"),
        bad("surrogate and escape", text("\\ud83d\\n"), 0, "half of a surrogate pair"),
        bad("surrogates the wrong way round", text("\\ude00\\ud83d"), 0, "half of a surrogate"),
        bad("a byte that UTF-8 never has", text("\u00FF"), 0, "the string is not valid UTF-8"),
        bad("half a character", text("\u00C3"), 0, "the string is not valid UTF-8"),
        bad("an overlong slash", text("\u00C0\u00AF"), 0, "the string is not valid UTF-8"),
        bad("a surrogate in UTF-8", text("\u00ED\u00A0\u00BD"), 0, "the string is not valid UTF-8"),
        bad("above the last character", text("\u00F4\u0090\u0080\u0080"), 0, "not valid UTF-8"),
        bad("bad UTF-8 with an escape", text("\\n\u00FF"), 0, "the string is not valid UTF-8"),
        bad("bad UTF-8 outside strings", "{\u00FF}", 0, "byte 9: expected \", found byte 0xff"),
        bad("an escape at the end", "{\"\\", 0, "unknown escape in a string"),
        bad("half an escape at the end", "{\"\\u00", 0, "expected four hexadecimal digits"));
  }

  static Stream<Arguments> files() {
    var huge = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    return Stream.of(
        Arguments.of("nothing", new byte[0], "byte 0: the file has 0 bytes, expected at least 8"),
        Arguments.of("7 bytes", new byte[7], "byte 0: the file has 7 bytes, expected at least 8"),
        Arguments.of(
            "a length beyond the file",
            huge.putLong(0, 9).array().clone(),
            "byte 0: the header has 9 bytes, the file only 16"),
        Arguments.of(
            "a length of 2^63",
            huge.putLong(0, Long.MIN_VALUE).array().clone(),
            "byte 0: the header has 9223372036854775808 bytes, the file only 16"),
        Arguments.of(
            "a length of 2^64 - 1",
            huge.putLong(0, -1).array().clone(),
            "byte 0: the header has 18446744073709551615 bytes, the file only 16"),
        Arguments.of(
            "a length that would overflow",
            huge.putLong(0, Long.MAX_VALUE).array().clone(),
            "byte 0: the header has 9223372036854775807 bytes, the file only 16"),
        Arguments.of(
            "a big-endian length",
            ByteBuffer.allocate(10).putLong(2).put((byte) '{').put((byte) '}').array(),
            "byte 0: the header has 144115188075855872 bytes, the file only 10"),
        Arguments.of("a pickle", "\u0080\u0002}q\0(X\u000e\0\0\0".getBytes(ISO_8859_1), "byte 0: "),
        Arguments.of(
            "a zip file", "PK\u0003\u0004\u0014\0\0\0\b\0".getBytes(ISO_8859_1), "byte 0: "),
        Arguments.of("text", "hello, no model".getBytes(UTF_8), "byte 0: the header has"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"headers", "files"})
  void aFaultIsNamed(String what, byte[] bytes, String message) throws IOException {
    Files.write(file, bytes);
    var e = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file), what);
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(file.toString(), e.file());
    long offset = e.byteOffset().orElseThrow();
    assertTrue(offset >= 0 && offset <= bytes.length, "byte " + offset);
  }

  @Test
  void placeAndTensorAreFieldsOfTheFault() throws IOException {
    Files.write(file, fileOf(tensor(GOOD.replace("[1]", "[2]")), 4));
    var e = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    assertEquals(OptionalLong.of(13), e.byteOffset());
    assertEquals(Optional.of("a"), e.tensor());
  }

  @Test
  void aNameFromTheFileCannotFloodOrForgeAMessage() throws IOException {
    Files.write(file, fileOf("{\"" + "x".repeat(1_000_000) + "\":1}", 0));
    var flood = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    assertTrue(flood.getMessage().length() < file.toString().length() + 200);
    Files.write(file, fileOf("{\"\\u001b[2J\\n\\u202e\":1}", 0));
    var forged = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    assertTrue(
        forged.getMessage().contains("tensor \"\\u001b[2J\\u000a\\u202e\""), forged.getMessage());
  }

  /// A good file with one of everything: text with escapes, a scalar, matrices, tokens, nothing.
  private static byte[] goodFile() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var memory = Arena.ofConfined()) {
      var writer = new SafeTensorsWriter();
      writer.metadata("é\n", "\"quoted\" 😀");
      writer.add("w", Tensor.allocate(memory, ElementType.FLOAT32, 2, 3));
      writer.add("b", Tensor.allocate(memory, ElementType.FLOAT64));
      writer.add("none", Tensor.allocate(memory, ElementType.FLOAT32, 0, 4));
      writer.add("t", Tokens.allocate(memory, 2, 1));
      writer.write(Channels.newChannel(bytes));
    }
    return bytes.toByteArray();
  }

  /// Reads everything that can be read; whether it is any good is not asked.
  private static void readAll(Path file) throws IOException {
    try (var tensors = SafeTensors.open(file);
        var memory = Arena.ofConfined()) {
      for (var info : tensors.tensors()) {
        if (info.type() == DataType.I32) {
          tensors.readTokens(info.name(), memory);
        } else {
          tensors.read(info.name(), memory);
        }
      }
    }
  }

  @Test
  void aFileCutShortAnywhereIsAFault() throws IOException {
    byte[] good = goodFile();
    Files.write(file, good);
    readAll(file);
    for (int length = 0; length < good.length; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThrows(
          ModelFormatException.class, () -> SafeTensors.open(file).close(), "of " + length);
    }
    Files.write(file, Arrays.copyOf(good, good.length + 1));
    assertThrows(ModelFormatException.class, () -> SafeTensors.open(file).close());
  }

  /// Each bit of each byte, and each character that means something in JSON, in place of each byte.
  @Test
  void anyChangedByteIsReadOrAFaultButNothingElse() throws IOException {
    byte[] good = goodFile();
    int faults = 0;
    int read = 0;
    int dataSize = 8 + 24 + 8;
    for (int i = 0; i < good.length - dataSize; i++) {
      var values = new ByteArrayOutputStream();
      for (int bit = 0; bit < 8; bit++) {
        values.write(good[i] ^ (1 << bit));
      }
      values.writeBytes("{}[],:\"\\-09e. \0\u00FF".getBytes(ISO_8859_1));
      for (byte value : values.toByteArray()) {
        byte[] bad = good.clone();
        bad[i] = value;
        Files.write(file, bad);
        try {
          readAll(file);
          read++;
        } catch (ModelFormatException _) {
          faults++;
        }
      }
    }
    assertTrue(faults > 5 * read && read > 100, "%d faults, %d read".formatted(faults, read));
  }

  @Test
  void anyMissingOrDoubledPieceOfTheHeaderIsReadOrAFaultButNothingElse() throws IOException {
    byte[] good = goodFile();
    int headerLength = (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    String header = new String(good, 8, headerLength, ISO_8859_1);
    int dataSize = good.length - 8 - headerLength;
    for (int from = 0; from < headerLength; from++) {
      for (int length = 1; length < 6 && from + length <= headerLength; length++) {
        String before = header.substring(0, from);
        String piece = header.substring(from, from + length);
        String after = header.substring(from + length);
        for (String changed : new String[] {before + after, before + piece + piece + after}) {
          Files.write(file, fileOf(changed, dataSize));
          try {
            readAll(file);
          } catch (ModelFormatException _) {
            // expected of most
          }
        }
      }
    }
  }

  @Test
  void aHeaderLongerThanAllowedIsNotRead() throws IOException {
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(8L << 30);
      sparse.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong((8L << 30) - 8).array());
    }
    var e = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    assertTrue(e.getMessage().endsWith("expected at most 16777216"), e.getMessage());
  }

  @Test
  void moreEntriesThanAllowedAreNotRead() throws IOException {
    var header = new StringBuilder("{\"__metadata__\":{\"\":\"\"");
    for (int i = 0; i < 1_000_000; i++) {
      header.append(",\"").append(i).append("\":\"\"");
    }
    Files.write(file, fileOf(header.append("}}").toString(), 0));
    var e = assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    assertTrue(e.getMessage().contains("more than 100000 entries"), e.getMessage());
  }

  @Test
  void aTensorOfManyGigabytesCostsNothingUntilItIsRead() throws IOException {
    long size = 6L << 30;
    String header = tensor(GOOD.replace("[1]", "[1572864,1024]").replace("0,4", "0," + size));
    byte[] start = fileOf(header, 0);
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(start);
      sparse.setLength(start.length + size);
    }
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(size, tensors.tensors().getFirst().byteSize());
      assertEquals(1572864L * 1024, tensors.tensors().getFirst().size());
    }
  }
}
