package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// The operands of one kernel call, made afresh and alike for each implementation, each between
/// guard rows that nobody may touch.
///
/// [#assertSameBits] runs a call on two implementations over every size, layout and kind of value,
/// and compares every bit that it wrote. Padding must be zero afterwards, and sources unchanged.
final class Operands {
  static final int[] ROWS = {1, 2, 5, 17};
  static final int[] COLUMNS = {1, 3, 15, 16, 17, 31, 33, 65, 127};

  /// Enough loop iterations in a row kernel for the compiler's last tier.
  private static final int WARM_UP_CALLS = 400;

  private static final int GUARD_ROWS = 2;
  private static final int GUARD = 0x7fc0dead;

  /// What the sources hold.
  private enum Values {
    ORDINARY,
    /// One element in 50 is special: most rows stay free of NaN.
    FEW_SPECIAL,
    MANY_SPECIAL
  }

  private static final float[] SPECIAL = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    0x1.8p-130f,
    Float.MIN_NORMAL,
    -Float.MIN_NORMAL,
    1e-30f,
    1e30f,
    -1e30f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    88f,
    -88f,
    -104f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  /// One kernel call; asks `operands` for its tensors in the same order every time.
  @FunctionalInterface
  interface Call<K> {
    void on(K kernel, Operands operands);
  }

  private record Operand(
      Tensor tensor, Tensor backing, int lead, int size, boolean source, MemorySegment before) {}

  final int rows;
  final int columns;
  private final Arena arena;
  private final Values values;
  private final boolean strided;
  private final Random random;
  private final List<Operand> operands = new ArrayList<>();
  private final List<Tokens> tokens = new ArrayList<>();
  private final List<Double> results = new ArrayList<>();
  private int nextOperand;
  private int nextTokens;

  private Operands(Arena arena, int rows, int columns, Values values, boolean strided) {
    this.arena = arena;
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.strided = strided;
    random = new Random(31L * rows + columns);
  }

  static <K> void assertSameBits(K scalar, K vector, Call<K> call) {
    warmUp(scalar, call);
    warmUp(vector, call);
    for (int rows : ROWS) {
      for (int columns : COLUMNS) {
        for (var values : Values.values()) {
          assertSameBits(scalar, vector, call, rows, columns, values, false);
          assertSameBits(scalar, vector, call, rows, columns, values, true);
        }
      }
    }
  }

  private static <K> void assertSameBits(
      K scalar, K vector, Call<K> call, int rows, int columns, Values values, boolean strided) {
    try (var arena = Arena.ofConfined()) {
      var expected = new Operands(arena, rows, columns, values, strided);
      call.on(scalar, expected);
      var actual = new Operands(arena, rows, columns, values, strided);
      call.on(vector, actual);
      String where =
          "%d x %d, %s, %s".formatted(rows, columns, values, strided ? "strided" : "contiguous");
      for (int i = 0; i < expected.operands.size(); i++) {
        String name = where + ", operand " + i;
        assertIntact(expected.operands.get(i), "scalar, " + name);
        assertIntact(actual.operands.get(i), "vector, " + name);
        assertSame(expected.operands.get(i).tensor, actual.operands.get(i).tensor, name);
      }
      assertEquals(expected.results, actual.results, where);
    }
  }

  /// Calls the kernel until it is compiled, both for one run and for many: the code that production
  /// runs is what must be compared, and the first calls of a vector kernel run other code.
  private static <K> void warmUp(K kernel, Call<K> call) {
    try (var arena = Arena.ofConfined()) {
      for (boolean strided : new boolean[] {false, true}) {
        var operands = new Operands(arena, 17, 127, Values.ORDINARY, strided);
        for (int i = 0; i < WARM_UP_CALLS; i++) {
          call.on(kernel, operands);
          operands.nextOperand = 0;
          operands.nextTokens = 0;
        }
      }
    }
  }

  /// A tensor to read, `[rows, columns]`.
  Tensor source() {
    return source(rows, columns);
  }

  Tensor source(int sourceRows, int sourceColumns) {
    return operand(sourceRows, sourceColumns, true, this::next);
  }

  /// A tensor to read of `blocks` blocks of `columns` elements, each padded as a row is.
  Tensor sourceBlocks(int blocks) {
    return blocks(blocks, true, this::next);
  }

  /// As [#sourceBlocks], to read and write.
  Tensor updatedBlocks(int blocks) {
    return blocks(blocks, false, this::next);
  }

  /// As [#sourceBlocks], to write: NaN everywhere, padding too.
  Tensor writtenBlocks(int blocks) {
    return blocks(blocks, false, null);
  }

  private Tensor blocks(int blocks, boolean source, Supply supply) {
    return operand(rows, blocks * Tensor.padded(columns), columns, source, supply);
  }

  /// A tensor to read and write, `[rows, columns]`.
  Tensor updated() {
    return updated(rows, columns);
  }

  Tensor updated(int targetRows, int targetColumns) {
    return operand(targetRows, targetColumns, false, this::next);
  }

  /// A tensor to read and write without a negative number, `[rows, columns]`.
  Tensor updatedNonNegative() {
    return operand(rows, columns, false, () -> Math.abs(next()));
  }

  /// A tensor to write, NaN everywhere, padding too; `[rows, columns]`.
  Tensor written() {
    return written(rows, columns);
  }

  Tensor written(int targetRows, int targetColumns) {
    return operand(targetRows, targetColumns, false, null);
  }

  /// One token a row, below `limit`; one in four is `Tokens.IGNORED` if asked for.
  Tokens tokens(int before, int limit, boolean ignored) {
    if (nextTokens == tokens.size()) {
      var made = Tokens.allocate(arena, before + rows, 1);
      for (int i = 0; i < made.size(); i++) {
        int token = random.nextInt(limit);
        made.set(i, 0, ignored && random.nextInt(4) == 0 ? Tokens.IGNORED : token);
      }
      tokens.add(made);
    }
    return tokens.get(nextTokens++);
  }

  /// A number that the kernel returned, to be compared too.
  void result(double value) {
    results.add(value);
  }

  @FunctionalInterface
  private interface Supply {
    float get();
  }

  /// Fills blocks of `size` elements, one of them or more a row.
  private static void forEachElement(Tensor tensor, int size, Supply supply) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < Tensor.padded(tensor.columns()); c++) {
        float value = isPadding(c, size) ? 0f : supply.get();
        tensor.segment().set(ValueLayout.JAVA_FLOAT, tensor.byteOffset(r, c), value);
      }
    }
  }

  private static boolean isPadding(int column, int size) {
    return column % Tensor.padded(size) >= size;
  }

  private float next() {
    int oneIn =
        switch (values) {
          case ORDINARY -> Integer.MAX_VALUE;
          case FEW_SPECIAL -> 50;
          case MANY_SPECIAL -> 3;
        };
    float ordinary = (float) (3 * random.nextGaussian());
    int draw = random.nextInt(oneIn);
    return draw == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : ordinary;
  }

  private Tensor operand(int r, int c, boolean source, Supply supply) {
    return operand(r, c, c, source, supply);
  }

  private Tensor operand(int r, int c, int size, boolean source, Supply supply) {
    if (nextOperand == operands.size()) {
      operands.add(make(r, c, size, source, supply));
    }
    return operands.get(nextOperand++).tensor;
  }

  private Operand make(int r, int c, int size, boolean source, Supply supply) {
    int lead = strided ? Tensor.ROW_ALIGNMENT : 0;
    var backing = Tensor.allocate(arena, ElementType.FLOAT32, r + 2 * GUARD_ROWS, lead + c);
    for (long at = 0; at < backing.segment().byteSize(); at += Integer.BYTES) {
      backing.segment().set(ValueLayout.JAVA_INT, at, GUARD);
    }
    var tensor = backing.rows(GUARD_ROWS, r);
    if (strided) {
      tensor = tensor.columns(lead, c);
    }
    if (supply != null) {
      forEachElement(tensor, size, supply);
    }
    var before = arena.allocate(backing.segment().byteSize(), Integer.BYTES);
    before.copyFrom(backing.segment());
    return new Operand(tensor, backing, lead, size, source, before);
  }

  private static void assertIntact(Operand operand, String name) {
    int[] before = operand.before.toArray(ValueLayout.JAVA_INT);
    int[] after = operand.backing.segment().toArray(ValueLayout.JAVA_INT);
    int stride = operand.backing.stride();
    for (int i = 0; i < after.length; i++) {
      int row = i / stride - GUARD_ROWS;
      int column = i % stride - operand.lead;
      boolean inside = row >= 0 && row < operand.tensor.rows() && column >= 0;
      if (!inside || operand.source) {
        if (after[i] != before[i]) {
          fail("%s: [%d, %d] was overwritten".formatted(name, row, column));
        }
      } else if (isPadding(column, operand.size) && Float.intBitsToFloat(after[i]) != 0f) {
        fail("%s: padding [%d, %d] is not zero".formatted(name, row, column));
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual, String name) {
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < Tensor.padded(expected.columns()); c++) {
        float e = element(expected, r, c);
        float a = element(actual, r, c);
        if (Float.floatToIntBits(e) != Float.floatToIntBits(a)) {
          fail("%s: [%d, %d] is %s scalar, %s vector".formatted(name, r, c, e, a));
        }
      }
    }
  }

  private static float element(Tensor tensor, int r, int c) {
    MemorySegment segment = tensor.segment();
    return segment.get(ValueLayout.JAVA_FLOAT, tensor.byteOffset(r, c));
  }
}
