package dev.rondo.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsTest {
  /// Scalars, vectors on both sides of a padded row, nothing at all, rows that are longer than the
  /// buffer and many that are shorter.
  private static final int[][] SHAPES = {
    {},
    {1},
    {3},
    {15},
    {16},
    {17},
    {0},
    {2, 3},
    {5, 16},
    {3, 17},
    {100, 1},
    {0, 5},
    {5, 0},
    {2, 3, 5},
    {2, 0, 3},
    {1, 1, 1, 1},
    {3, 2, 2, 19},
    {301, 307},
    {2, 100_003},
    {70_001, 1}
  };

  @TempDir private Path directory;
  private final Arena memory = Arena.ofAuto();
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("model.safetensors");
  }

  /// Random bits, so that NaNs with payloads, infinities, denormals and negative zeros occur.
  private Tensor randomBits(ElementType type, int... shape) {
    var tensor = Tensor.allocate(memory, type, shape);
    var random = new CounterRandom(Arrays.hashCode(shape));
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        long at = tensor.byteOffset(r, c);
        switch (type) {
          case FLOAT32 -> tensor.segment().set(ValueLayout.JAVA_INT, at, random.nextInt());
          case FLOAT64 -> tensor.segment().set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
      }
    }
    return tensor;
  }

  private static void assertSameBits(Tensor expected, Tensor actual) {
    assertArrayEquals(expected.shape(), actual.shape());
    assertEquals(expected.type(), actual.type());
    long bytes = (long) expected.columns() * expected.type().bytes();
    for (int r = 0; r < expected.rows(); r++) {
      var expectedRow = expected.segment().asSlice(expected.byteOffset(r, 0), bytes);
      var actualRow = actual.segment().asSlice(actual.byteOffset(r, 0), bytes);
      assertEquals(-1, expectedRow.mismatch(actualRow), "row " + r);
    }
  }

  private static void assertPaddingIsZero(Tensor tensor) {
    int width = tensor.type().bytes();
    for (int r = 0; r < tensor.rows(); r++) {
      long from = tensor.byteOffset(r, 0) + (long) tensor.columns() * width;
      long to = tensor.byteOffset(r, 0) + (long) tensor.stride() * width;
      for (long at = from; at < to; at++) {
        assertEquals(0, tensor.segment().get(ValueLayout.JAVA_BYTE, at), "row " + r);
      }
    }
  }

  private static byte[] bytesOf(SafeTensorsWriter writer) throws IOException {
    var bytes = new ByteArrayOutputStream();
    writer.write(Channels.newChannel(bytes));
    return bytes.toByteArray();
  }

  private void writeRaw(String header, byte... data) throws IOException {
    byte[] json = header.getBytes(UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(json.length).put(json).put(data).array());
  }

  private void assertFault(String message, ThrowingRead read) throws IOException {
    try (var tensors = SafeTensors.open(file)) {
      var e = assertThrows(ModelFormatException.class, () -> read.from(tensors));
      assertEquals(file + ": " + message, e.getMessage());
    }
  }

  private interface ThrowingRead {
    void from(SafeTensors tensors) throws IOException;
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyShapeComesBackWithTheSameBits(ElementType type) throws IOException {
    Map<String, Tensor> written = new LinkedHashMap<>();
    for (int[] shape : SHAPES) {
      written.put("tensor " + Arrays.toString(shape), randomBits(type, shape));
    }
    SafeTensors.write(file, written, Map.of());
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(List.copyOf(written.keySet()), tensors.names());
      for (var entry : written.entrySet()) {
        var read = tensors.read(entry.getKey(), memory);
        assertSameBits(entry.getValue(), read);
        assertPaddingIsZero(read);
        var target = Tensor.allocate(memory, type, read.shape());
        target.fill(Double.NaN);
        tensors.readInto(entry.getKey(), target);
        assertSameBits(entry.getValue(), target);
        assertPaddingIsZero(target);
      }
    }
  }

  @Test
  void viewsAreWrittenAsTheDenseTensorsTheyShow() throws IOException {
    var tensor = randomBits(ElementType.FLOAT32, 4, 5, 40);
    Map<String, Tensor> views =
        Map.of(
            "rows", tensor.rows(3, 7),
            "columns", tensor.columns(16, 9),
            "step", tensor.at(2),
            "reshaped", tensor.reshape(20, 40));
    SafeTensors.write(file, views, Map.of());
    try (var tensors = SafeTensors.open(file)) {
      for (var view : views.entrySet()) {
        assertSameBits(view.getValue(), tensors.read(view.getKey(), memory));
      }
    }
  }

  @Test
  void aViewIsFilledWithoutTouchingItsNeighbours() throws IOException {
    var written = randomBits(ElementType.FLOAT32, 3, 16);
    SafeTensors.write(file, Map.of("w", written), Map.of());
    var whole = Tensor.allocate(memory, ElementType.FLOAT32, 5, 48);
    whole.fill(7);
    var view = whole.rows(1, 3).columns(16, 16);
    try (var tensors = SafeTensors.open(file)) {
      tensors.readInto("w", view);
    }
    assertSameBits(written, view);
    for (int r = 0; r < 5; r++) {
      for (int c = 0; c < 48; c++) {
        if (r < 1 || r > 3 || c < 16 || c >= 32) {
          assertEquals(7, whole.get(r, c));
        }
      }
    }
  }

  /// The bytes, worked by hand. The header is 142 characters and 2 spaces, 144 = 0x90; so the data
  /// begins at byte 152.
  @Test
  void aFileWrittenByHandEqualsTheWriters() throws IOException {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[24,28]}}";
    assertEquals(142, header.length());
    var expected = ByteBuffer.allocate(8 + 144 + 28).order(ByteOrder.LITTLE_ENDIAN);
    expected.put(new byte[] {(byte) 0x90, 0, 0, 0, 0, 0, 0, 0});
    expected.put(header.getBytes(UTF_8)).put("  ".getBytes(UTF_8));
    // 1.0f is 0x3F800000, so little-endian 00 00 80 3F, and so on.
    expected.put(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40});
    expected.put(new byte[] {0, 0, (byte) 0x80, 0x40, 0, 0, (byte) 0xA0, 0x40, 0, 0, -64, 0x40});
    expected.put(new byte[] {0, 0, 0, (byte) 0xBF});

    var writer = new SafeTensorsWriter();
    writer.metadata("format", "pt");
    writer.add("w", Tensor.of(memory, new float[][] {{1, 2, 3}, {4, 5, 6}}));
    var scalar = Tensor.allocate(memory, ElementType.FLOAT32);
    scalar.set(0, 0, -0.5);
    writer.add("b", scalar);
    assertArrayEquals(expected.array(), bytesOf(writer));

    Files.write(file, expected.array());
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(List.of("w", "b"), tensors.names());
      assertEquals(Map.of("format", "pt"), tensors.metadata());
      assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, tensors.read("w", memory).toArray());
      assertEquals(-0.5, tensors.read("b", memory).scalar());
      var info = tensors.find("w").orElseThrow();
      assertEquals(DataType.F32, info.type());
      assertArrayEquals(new long[] {2, 3}, info.shape());
      assertEquals(6, info.size());
      assertEquals(8 + 144, info.byteOffset());
      assertEquals(24, info.byteSize());
      assertEquals("w [2, 3] F32", info.toString());
      assertEquals(Optional.empty(), tensors.find("v"));
      assertEquals(file, tensors.file());
    }
  }

  /// The bytes that `safetensors` 0.8.0 for Python wrote for h = float16 [1, -0.5, 65504], q =
  /// int64 5, z = float64 of shape [0] and d = float64 [0.1].
  @Test
  void aFileOfTheReferenceImplementationIsRead() throws IOException {
    writeRaw(
        "{\"q\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},\"d\":{\"d"
            + "type\":\"F64\",\"shape\":[1],\"data_offsets\":[8,16]},\"z\":{\"dtype\":"
            + "\"F64\",\"shape\":[0],\"data_offsets\":[16,16]},\"h\":{\"dtype\":\"F16\""
            + ",\"shape\":[3],\"data_offsets\":[16,22]}}       ",
        HexFormat.of().parseHex("05000000000000009a9999999999b93f003c00b8ff7b"));
    try (var tensors = SafeTensors.open(file)) {
      assertEquals("[q [] I64, d [1] F64, z [0] F64, h [3] F16]", tensors.tensors().toString());
      assertEquals(0.1, tensors.read("d", memory).scalar());
      assertArrayEquals(new double[] {1, -0.5, 65504}, tensors.read("h", memory).toArray());
      assertEquals(0, tensors.read("z", memory).size());
    }
  }

  @Test
  void nothingIsAFileToo() throws IOException {
    var writer = new SafeTensorsWriter();
    assertArrayEquals(
        new byte[] {8, 0, 0, 0, 0, 0, 0, 0, '{', '}', ' ', ' ', ' ', ' ', ' ', ' '},
        bytesOf(writer));
    writer.write(file);
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(List.of(), tensors.tensors());
      assertEquals(Map.of(), tensors.metadata());
    }
  }

  @Test
  void dataBeginsAtAMultipleOfEightAndEveryElementAtAMultipleOfItsSize() throws IOException {
    for (int length = 0; length < 20; length++) {
      var writer = new SafeTensorsWriter();
      writer.metadata("k", "x".repeat(length));
      writer.add("odd", randomBits(ElementType.FLOAT32, 3));
      writer.add("wide", randomBits(ElementType.FLOAT64, 2));
      writer.add("tokens", Tokens.of(memory, new int[][] {{1, 2, 3}}));
      writer.add("wide too", randomBits(ElementType.FLOAT64, 1));
      writer.write(file);
      try (var tensors = SafeTensors.open(file)) {
        assertEquals(List.of("odd", "wide", "tokens", "wide too"), tensors.names());
        long first = Long.MAX_VALUE;
        for (var info : tensors.tensors()) {
          assertEquals(0, info.byteOffset() % (info.type().bits() / 8), info.toString());
          first = Math.min(first, info.byteOffset());
        }
        assertEquals(0, first % 8);
        assertSameBits(randomBits(ElementType.FLOAT64, 1), tensors.read("wide too", memory));
        assertSameBits(randomBits(ElementType.FLOAT32, 3), tensors.read("odd", memory));
      }
    }
  }

  @Test
  void theSameTensorsGiveTheSameBytes() throws IOException {
    var tensor = randomBits(ElementType.FLOAT32, 5, 7);
    var other = Tensor.allocate(memory, ElementType.FLOAT32, 5, 7);
    tensor.copyTo(other);
    SafeTensors.write(file, Map.of("w", tensor), Map.of("a", "b"));
    var copy = directory.resolve("copy.safetensors");
    SafeTensors.write(copy, Map.of("w", other), Map.of("a", "b"));
    assertEquals(-1, Files.mismatch(file, copy));
  }

  @Test
  void metadataKeepsItsOrderAndEveryCharacter() throws IOException {
    Map<String, String> written = new LinkedHashMap<>();
    var all = new StringBuilder();
    for (int c = 0; c < 0x300; c++) {
      all.append((char) c);
    }
    written.put("z", all.toString());
    written.put("", "");
    written.put("a \"quoted\" \\ key/\n", "{\"json\": [1, 2, \"\\u0041\"]}");
    written.put("ünïcödé 日本語 😀", "\uFFFF\uFEFF\u2028 😀🎼 \0");
    written.put("a", "x".repeat(100_000));
    SafeTensors.write(file, Map.of(), written);
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(written, tensors.metadata());
      assertEquals(new ArrayList<>(written.keySet()), new ArrayList<>(tensors.metadata().keySet()));
    }
  }

  @Test
  void tensorNamesMayBeAnyText() throws IOException {
    var tensor = randomBits(ElementType.FLOAT32, 2);
    var names = List.of("", "__metadata", "dtype", "a.b/c", "\"\\\n\u0001", "層 😀");
    Map<String, Tensor> written = new LinkedHashMap<>();
    names.forEach(name -> written.put(name, tensor));
    SafeTensors.write(file, written, Map.of());
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(names, tensors.names());
    }
  }

  @Test
  void everyEscapeOfJsonIsUnderstood() throws IOException {
    writeRaw(
        """
        { "__metadata__" : { "\\u0061\\u00e9\\u65e5\\ud83d\\uDE00" :\t"\\"\\\\\\/\\b\\f\\n\\r\\t" }\r
        }\
        """);
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(Map.of("aé日😀", "\"\\/\b\f\n\r\t"), tensors.metadata());
    }
  }

  @Test
  void fieldsAndTensorsMayStandInAnyOrder() throws IOException {
    writeRaw(
        "{\"b\":{\"data_offsets\":[4,8],\"shape\":[1],\"dtype\":\"F32\"},"
            + "\"__metadata__\":{},"
            + "\"a\":{\"shape\":[],\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
        new byte[] {0, 0, 0, 0x40, 0, 0, (byte) 0x80, 0x3F});
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(List.of("b", "a"), tensors.names());
      assertEquals(1, tensors.read("b", memory).scalar());
      assertEquals(2, tensors.read("a", memory).scalar());
    }
  }

  @Test
  void tensorsOfNothingMayStandAnywhereBetweenOthers() throws IOException {
    writeRaw(
        "{\"z\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[4,4]},"
            + "\"y\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        new byte[4]);
    try (var tensors = SafeTensors.open(file)) {
      assertArrayEquals(new int[] {0, 4}, tensors.read("z", memory).shape());
      assertArrayEquals(new int[] {0}, tensors.read("y", memory).shape());
    }
  }

  @Test
  void halfPrecisionIsReadAsFloatsForEveryBitPattern() throws IOException {
    var data = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      data.putShort((short) bits);
    }
    writeRaw(
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[256,256],\"data_offsets\":[0,131072]}}",
        data.array());
    try (var tensors = SafeTensors.open(file)) {
      var values = tensors.read("h", memory);
      var wide = Tensor.allocate(memory, ElementType.FLOAT64, 256, 256);
      tensors.readInto("h", wide);
      assertEquals(ElementType.FLOAT32, values.type());
      for (int bits = 0; bits < 1 << 16; bits++) {
        // Sign, 5 bits of exponent with bias 15, 10 of mantissa.
        int exponent = (bits >> 10) & 31;
        double mantissa = bits & 1023;
        double magnitude =
            switch (exponent) {
              case 0 -> mantissa * 0x1p-24;
              case 31 -> mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
              default -> (1 + mantissa * 0x1p-10) * Math.pow(2, exponent - 15);
            };
        double expected = bits >> 15 == 0 ? magnitude : -magnitude;
        assertEquals(expected, values.get(bits / 256, bits % 256));
        assertEquals(expected, wide.get(bits / 256, bits % 256));
      }
      assertPaddingIsZero(values);
    }
  }

  @Test
  void bfloat16IsReadAsFloatsForEveryBitPattern() throws IOException {
    var data = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      data.putShort((short) bits);
    }
    writeRaw(
        "{\"h\":{\"dtype\":\"BF16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", data.array());
    try (var tensors = SafeTensors.open(file)) {
      var values = tensors.read("h", memory);
      for (int bits = 0; bits < 1 << 16; bits++) {
        assertEquals(
            bits << 16, values.segment().get(ValueLayout.JAVA_INT, values.byteOffset(0, bits)));
      }
    }
  }

  @Test
  void floatsMayBeReadIntoDoublesButDoublesAreNotRounded() throws IOException {
    var narrow = Tensor.of(memory, new float[][] {{0.1f, -2, 1e-40f}, {3, 4, 5}});
    var wide = Tensor.allocate(memory, ElementType.FLOAT64, 2, 3);
    wide.fill(0.1);
    SafeTensors.write(file, Map.of("narrow", narrow, "wide", wide), Map.of());
    try (var tensors = SafeTensors.open(file)) {
      var target = Tensor.allocate(memory, ElementType.FLOAT64, 2, 3);
      tensors.readInto("narrow", target);
      assertArrayEquals(narrow.toArray(), target.toArray());
    }
    long offset = find("wide").byteOffset();
    assertFault(
        "byte " + offset + ": tensor \"wide\": F64 would be rounded to float32",
        tensors -> tensors.readInto("wide", narrow));
  }

  private TensorInfo find(String name) throws IOException {
    try (var tensors = SafeTensors.open(file)) {
      return tensors.find(name).orElseThrow();
    }
  }

  @Test
  void tokensComeBack() throws IOException {
    var tokens = Tokens.of(memory, new int[][] {{1, -100, 3}, {Integer.MAX_VALUE, 0, -1}});
    var writer = new SafeTensorsWriter();
    writer.add("tokens", tokens);
    writer.add("later step", tokens.at(1));
    writer.add("none", Tokens.allocate(memory, 0, 4));
    writer.write(file);
    try (var tensors = SafeTensors.open(file)) {
      var read = tensors.readTokens("tokens", memory);
      assertEquals("[2, 3] tokens", read.toString());
      for (int i = 0; i < 6; i++) {
        assertEquals(tokens.get(i), read.get(i));
      }
      assertEquals(Integer.MAX_VALUE, tensors.readTokens("later step", memory).get(0, 0));
      assertEquals(0, tensors.readTokens("none", memory).size());
      assertEquals(DataType.I32, tensors.find("tokens").orElseThrow().type());
    }
    assertFault(
        "byte %d: tensor \"tokens\": I32 cannot be read as a tensor, expected F64, F32, F16 or BF16"
            .formatted(find("tokens").byteOffset()),
        tensors -> tensors.read("tokens", memory));
  }

  @Test
  void onlyMatricesOfIntegersAreTokens() throws IOException {
    SafeTensors.write(file, Map.of("w", randomBits(ElementType.FLOAT32, 2, 2)), Map.of());
    assertFault(
        "byte %d: tensor \"w\": F32 of shape [2, 2] cannot be read as tokens, expected I32 of"
                .formatted(find("w").byteOffset())
            + " [steps, batchSize]",
        tensors -> tensors.readTokens("w", memory));
    writeRaw("{\"w\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]}}", new byte[4]);
    assertFault(
        "byte 62: tensor \"w\": I32 of shape [1] cannot be read as tokens, expected I32 of"
            + " [steps, batchSize]",
        tensors -> tensors.readTokens("w", memory));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BOOL", "U8", "I8", "F8_E4M3", "U16", "I16", "U32", "C64", "I64", "U64"})
  void otherTypesAreListedButNotRead(String type) throws IOException {
    int bytes = 4 * DataType.valueOf(type).bits() / 8;
    String header =
        "{\"x\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,%d]}}".formatted(type, bytes);
    writeRaw(header, new byte[bytes]);
    assertEquals(DataType.valueOf(type), find("x").type());
    assertFalse(find("x").type().isReadable());
    var target = Tensor.allocate(memory, ElementType.FLOAT32, 4);
    String message =
        "byte %d: tensor \"x\": %s cannot be read as a tensor, expected F64, F32, F16 or BF16"
            .formatted(8 + header.length(), type);
    assertFault(message, tensors -> tensors.read("x", memory));
    assertFault(message, tensors -> tensors.readInto("x", target));
  }

  @Test
  void typesOfLessThanAByteArePacked() throws IOException {
    writeRaw(
        "{\"x\":{\"dtype\":\"F4\",\"shape\":[3,2],\"data_offsets\":[0,3]},"
            + "\"y\":{\"dtype\":\"F6_E2M3\",\"shape\":[4],\"data_offsets\":[3,6]}}",
        new byte[6]);
    assertEquals(3, find("x").byteSize());
    assertEquals(3, find("y").byteSize());
  }

  @Test
  void readIntoTakesTheExactShapeOnly() throws IOException {
    SafeTensors.write(file, Map.of("w", randomBits(ElementType.FLOAT32, 2, 3)), Map.of());
    long offset = find("w").byteOffset();
    for (int[] shape : new int[][] {{3, 2}, {2, 4}, {6}, {1, 2, 3}, {}}) {
      var target = Tensor.allocate(memory, ElementType.FLOAT32, shape);
      target.fill(9);
      assertFault(
          "byte %d: tensor \"w\": shape is [2, 3], expected %s"
              .formatted(offset, Arrays.toString(shape)),
          tensors -> tensors.readInto("w", target));
      assertTrue(Arrays.stream(target.toArray()).allMatch(x -> x == 9), "target has changed");
    }
  }

  @Test
  void aTensorThatIsNotThereIsAFaultOfTheFile() throws IOException {
    new SafeTensorsWriter().write(file);
    var target = Tensor.allocate(memory, ElementType.FLOAT32, 1);
    String message = "tensor \"w\\u000a\": the file has no such tensor";
    assertFault(message, tensors -> tensors.read("w\n", memory));
    assertFault(message, tensors -> tensors.readInto("w\n", target));
    assertFault(message, tensors -> tensors.readTokens("w\n", memory));
    try (var tensors = SafeTensors.open(file)) {
      var e = assertThrows(ModelFormatException.class, () -> tensors.read("w\n", memory));
      assertEquals(Optional.of("w\n"), e.tensor());
      assertEquals(file.toString(), e.file());
      assertTrue(e.byteOffset().isEmpty());
    }
  }

  @Test
  void aTensorTooLargeForRowsAndColumnsIsListedButNotRead() throws IOException {
    for (String shape :
        new String[] {
          "[4294967296,0]", "[0,4294967296]", "[0,2147483647]", "[65536,65536,0]", "[0,2147483633]"
        }) {
      writeRaw("{\"w\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,0]}}".formatted(shape));
      assertFault(
          "byte %d: tensor \"w\": shape %s is too large for a tensor"
              .formatted(Files.size(file), shape.replace(",", ", ")),
          tensors -> tensors.read("w", memory));
    }
    writeRaw("{\"w\":{\"dtype\":\"F32\",\"shape\":[0,2147483632],\"data_offsets\":[0,0]}}");
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(2147483632, tensors.read("w", memory).columns());
    }
  }

  @Test
  void aFileThatGetsShorterWhileItIsOpenIsAFault() throws IOException {
    SafeTensors.write(file, Map.of("w", randomBits(ElementType.FLOAT32, 1000)), Map.of());
    byte[] all = Files.readAllBytes(file);
    try (var tensors = SafeTensors.open(file)) {
      Files.write(file, Arrays.copyOf(all, all.length - 1));
      var e = assertThrows(ModelFormatException.class, () -> tensors.read("w", memory));
      assertEquals(
          file + ": byte " + (all.length - 1) + ": the file has become shorter", e.getMessage());
    }
  }

  @Test
  void aFileThatIsNotThereOrClosedIsAnOrdinaryFailure() throws IOException {
    assertThrows(NoSuchFileException.class, () -> SafeTensors.open(file));
    SafeTensors.write(file, Map.of("w", randomBits(ElementType.FLOAT32, 3)), Map.of());
    var tensors = SafeTensors.open(file);
    tensors.close();
    tensors.close();
    assertThrows(ClosedChannelException.class, () -> tensors.read("w", memory));
  }

  @Test
  void aFaultyFileIsClosedAgain() throws IOException {
    writeRaw("{]");
    for (int i = 0; i < 20_000; i++) {
      assertThrows(ModelFormatException.class, () -> SafeTensors.open(file));
    }
  }

  @Test
  void theWriterRefusesWhatItCouldNotReadAgain() throws IOException {
    var writer = new SafeTensorsWriter();
    var tensor = randomBits(ElementType.FLOAT32, 1);
    writer.add("w", tensor);
    writer.metadata("k", "v");
    assertRefused("tensor \"w\" was added before", () -> writer.add("w", tensor));
    assertRefused("metadata \"k\" was added before", () -> writer.metadata("k", "x"));
    assertRefused(
        "a tensor must not be named __metadata__", () -> writer.add("__metadata__", tensor));
    assertRefused("\"\uD83D\" has half of a surrogate pair", () -> writer.add("\uD83D", tensor));
    assertRefused("\"x\uDE00\" has half of a surrogate pair", () -> writer.metadata("x\uDE00", ""));
    assertRefused("\"x\uDE00\" has half of a surrogate pair", () -> writer.metadata("", "x\uDE00"));
    int[] deep = new int[65];
    Arrays.fill(deep, 1);
    assertRefused(
        "tensor \"d\" has 65 dimensions, expected at most 64",
        () -> writer.add("d", Tensor.allocate(memory, ElementType.FLOAT32, deep)));
    writer.write(file);
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(List.of("w"), tensors.names());
    }

    var long64 = Tensor.allocate(memory, ElementType.FLOAT32, Arrays.copyOf(deep, 64));
    writer.add("deep", long64);
    writer.write(file);
    assertEquals(64, find("deep").rank());

    writer.metadata("long", "x".repeat(16 << 20));
    byte[] before = Files.readAllBytes(file);
    var e = assertThrows(IllegalStateException.class, () -> writer.write(file));
    assertTrue(e.getMessage().endsWith("bytes, expected at most 16777216"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  private static void assertRefused(String message, Runnable call) {
    var e = assertThrows(IllegalArgumentException.class, call::run);
    assertEquals(message, e.getMessage());
  }

  @Test
  void theWriterCountsEntriesAsTheReaderDoes() throws IOException {
    var writer = new SafeTensorsWriter();
    for (int i = 0; i < 99_999; i++) {
      writer.metadata(Integer.toString(i), "");
    }
    writer.write(file);
    try (var tensors = SafeTensors.open(file)) {
      assertEquals(99_999, tensors.metadata().size());
    }
    writer.metadata("one more", "");
    assertThrows(IllegalStateException.class, () -> writer.write(file));
  }

  @Test
  void aFailureOfTheDiskLeavesTheLastFile() throws IOException {
    SafeTensors.write(file, Map.of("w", randomBits(ElementType.FLOAT32, 10)), Map.of());
    byte[] before = Files.readAllBytes(file);
    var writer = new SafeTensorsWriter();
    writer.add("w", randomBits(ElementType.FLOAT32, 200_000));
    var e =
        assertThrows(
            IOException.class,
            () -> AtomicFile.write(file, channel -> writer.write(new FullDisk(channel, 500_000))));
    assertEquals("no space left on device", e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file));
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  /// Fails once it has taken some bytes, and takes only a part of what it is given, as a channel
  /// may.
  private static final class FullDisk implements WritableByteChannel {
    private final WritableByteChannel channel;
    private int left;

    FullDisk(WritableByteChannel channel, int left) {
      this.channel = channel;
      this.left = left;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (left == 0) {
        throw new IOException("no space left on device");
      }
      int count = Math.min(Math.min(source.remaining(), left), 1000);
      int end = source.limit();
      int written = channel.write(source.limit(source.position() + count));
      source.limit(end);
      left -= written;
      return written;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void aChannelThatTakesLittleAtATimeGetsEverything() throws IOException {
    var writer = new SafeTensorsWriter();
    writer.add("w", randomBits(ElementType.FLOAT32, 3, 50_000));
    writer.write(file);
    var bytes = new ByteArrayOutputStream();
    writer.write(new FullDisk(Channels.newChannel(bytes), Integer.MAX_VALUE));
    assertArrayEquals(Files.readAllBytes(file), bytes.toByteArray());
  }
}
