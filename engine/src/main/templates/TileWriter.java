import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/// Writes the register tiles of matrix products: some rows of C by some vectors of columns, whose
/// sums stay in registers while a loop runs over the depth of the product.
///
///     sum[r][v] = start[r][v];  for each k:  sum[r][v] = fma(a[r][k], b[k][v], sum[r][v])
///
/// | class | rows x vectors | left operand | weights |
/// |---|---|---|---|
/// | `VectorTiles` | [#HEIGHTS] x 2 or 1 | columns of a matrix, copied | float32 |
/// | `VectorRowTiles` | the same | rows of a matrix, copied | float32 |
/// | `VectorPanels` | 4 or 1 x [#WIDTHS] | 4 rows, copied, or 1 row in place | float32 |
/// | `VectorBfloat16Panels`, `VectorInt8Panels` | the same | the same | of two bytes, of one |
///
/// The first two serve `Gemm`, the others `WeightProduct`, whose weights no longer change. Their
/// form is what C2, HotSpot's optimizing compiler, needs to keep vectors in registers and checks
/// out of the loop:
///
/// - **Sums are named locals.** In an array, or where a method that is not inlined takes or
///   returns them, vectors become objects: a hundred times slower. Hence the repetition.
/// - **Each tile is a method of its own, whose loop has no branch.** Height, width and format are
///   decided here or before the loop.
/// - **A tile calls only methods of vectors.** C2 always inlines these. It inlines any other
///   method only while its graph is small (`NodeCountInliningCutoff`), and only if that method was
///   not compiled alone before: speed would depend on what the program did first. ADR 0015.
/// - **Rows that are read together come from a heap array.** Each float read from a
///   `MemorySegment` adds so many nodes that inlining ends half way through a tile. For the same
///   reason sums of four int8 rows are scaled in a loop of their own. ADR 0003, ADR 0015.
/// - **Tiles have eight rows at most.** Twelve are 3 % faster, but exceed the registers of C1, the
///   quick compiler; on a busy machine such a method then never reaches C2. ADR 0003.
/// - **Steps through memory are constants of the class.** C2 proves before the loop that every
///   access is in bounds; with a step from a variable it checks each access. ADR 0007.
/// - **Weights lie in the order of the loop.** A panel is read from its first byte to its last,
///   which the prefetcher follows best; four vectors a step keep it busy. ADR 0015.
///
/// In the generated methods `a` is the left operand, from `aAt` on; `b` the panel of weights,
/// `depth` steps from `bAt` on, and with int8 the scales of its columns, from `scaleAt` on; `s`
/// holds where sums start and `c` where they end: the first row at `sAt` and `cAt`, the next ones
/// `sStep` and `cStep` bytes apart. Sums of four int8 rows go to `a`, from `sumsAt` on.
final class TileWriter {
  /// Rows of the tiles of `Gemm`, which takes the tallest whose sums and operands fit the
  /// registers.
  private static final List<Integer> HEIGHTS = List.of(8, 6, 4, 2, 1);

  /// Vectors of the panels of `WeightProduct`; a matrix ends in a narrow one.
  private static final List<Integer> WIDTHS = List.of(4, 3, 2, 1);

  private static final String RESULT =
      "MemorySegment s, long sAt, long sStep, MemorySegment c, long cAt, long cStep";

  private final JavaText java = new JavaText();

  /// The text of every class, by its name.
  static Map<String, String> classes() {
    Map<String, String> classes = new TreeMap<>();
    for (boolean byRows : new boolean[] {false, true}) {
      String name = byRows ? "VectorRowTiles" : "VectorTiles";
      classes.put(name, new TileWriter().tiles(name, byRows));
    }
    for (Format format : Format.values()) {
      classes.put(format.panels, new TileWriter().panels(format));
    }
    return classes;
  }

  /// The storage format of weights. A lane of a vector of ints holds the weights of two columns
  /// (bfloat16) or four (int8), one vector apart, the first in its lowest bits.
  private enum Format {
    FLOAT32("VectorPanels", 4),
    BFLOAT16("VectorBfloat16Panels", 2),
    INT8("VectorInt8Panels", 1);

    final String panels;
    final int bytes;

    Format(String panels, int bytes) {
      this.panels = panels;
      this.bytes = bytes;
    }

    /// Vector `v` of the weights at `row` of `b`, as floats.
    ///
    /// The bits of a bfloat16 are the upper half of a float's. An int8 q needs no conversion: q +
    /// 128 (its bits with the sign flipped) is set into the mantissa of 2²³, or a byte higher into
    /// that of 2¹⁵, and 2²³ + 128 or 2¹⁵ + 128 is subtracted. Nothing is rounded.
    String weight(int v) {
      boolean low = v % 2 == 0;
      return switch (this) {
        case FLOAT32 -> load("b", at("row", v));
        case BFLOAT16 ->
            "IntVector.fromMemorySegment(INTS, b, %s, ORDER)".formatted(at("row", v / 2))
                + (low ? ".lanewise(VectorOperators.LSHL, 16)" : ".and(0xFFFF0000)")
                + ".reinterpretAsFloats()";
        case INT8 ->
            "IntVector.fromMemorySegment(INTS, b, row, ORDER)"
                + (v < 2 ? "" : ".lanewise(VectorOperators.LSHR, 16)")
                + (low ? ".and(0xFF)" : ".and(0xFF00)")
                + ".lanewise(VectorOperators.XOR, %s)".formatted(low ? "0x4B000080" : "0x47008000")
                + ".reinterpretAsFloats().sub(%s + 128)".formatted(low ? "0x1p23f" : "0x1p15f");
      };
    }
  }

  /// The Java code by which a tile reads its operands.
  ///
  /// @param parameters of the left operand and the weights
  /// @param before declarations before the loop
  /// @param step declarations of each step k
  /// @param a the element of row r at step k
  /// @param b vector v of the weights at step k
  /// @param named whether weights are locals, or stand where they are used, once
  /// @param scaled whether sums become results by a scale, as those of int8 weights do
  private record Operands(
      String parameters,
      String before,
      String step,
      IntFunction<String> a,
      IntFunction<String> b,
      boolean named,
      boolean scaled) {}

  private String tiles(String name, boolean byRows) {
    head(name, "of a left operand that is copied by " + (byRows ? "rows" : "columns"));
    java.add("private static final long STEP = 2 * VECTOR;");
    String heap = "float[] a, int aAt, MemorySegment b, long bAt, ";
    String k = byRows ? "aAt + k" : "aAt + k * Tuning.TILE_COLUMN_STEP";
    IntFunction<String> weight = Format.FLOAT32::weight;
    for (String method : List.of("tile", "half")) {
      choose(method, "height", HEIGHTS, heap + "int depth, " + RESULT);
      for (int rows : HEIGHTS) {
        String p = rows == 1 ? "" : "\nint p = " + k + ";";
        String step = byRows ? "Tuning.TILE_ROW_STEP" : "1";
        IntFunction<String> a = r -> "a[%s]".formatted(rows == 1 ? k : at("p", r, step));
        Operands operands =
            new Operands(
                heap + "int depth", "", "long row = bAt + k * STEP;" + p, a, weight, true, false);
        tile(method + rows, rows, method.equals("tile") ? 2 : 1, operands);
      }
    }
    // One row takes four panels at once: such a product waits for memory.
    Operands operands =
        new Operands(
            heap + "long panelStep, int depth",
            "long b0 = bAt;\nlong b1 = b0 + panelStep;\nlong b2 = b1 + panelStep;\n"
                + "long b3 = b2 + panelStep;",
            "long row = k * STEP;",
            _ -> "a[%s]".formatted(k),
            v -> load("b", at("b%d + row".formatted(v / 2), v % 2)),
            false,
            false);
    tile("row4", 1, 8, operands);
    java.add("}");
    return java.toString();
  }

  private String panels(Format format) {
    head(format.panels, "of weights of %d bytes that no longer change".formatted(format.bytes));
    for (int vectors : WIDTHS) {
      int step = Math.ceilDiv(vectors * format.bytes, Float.BYTES);
      java.add("private static final long STEP_%d = %d * VECTOR;", vectors, step);
    }
    String weights = ", MemorySegment b, long bAt, int depth, ";
    String inPlace = "MemorySegment a, long aAt" + weights + "long scaleAt";
    String copied = "float[] a, int aAt, int aStep" + weights + "int sumsAt";
    choose("row", "vectors", WIDTHS, inPlace + ", " + oneRow(RESULT));
    choose("rows", "vectors", WIDTHS, copied + ", " + RESULT);
    String addresses = "";
    for (String row : List.of("int a", "long s", "long c")) {
      String at = row.split(" ")[1];
      for (int r = 1; r < 4; r++) {
        addresses += "%s%d = %s + %sStep;\n".formatted(row, r, at + (r == 1 ? "At" : r - 1), at);
      }
    }
    for (int vectors : WIDTHS) {
      String step = "long row = bAt + k * STEP_%d;".formatted(vectors);
      IntFunction<String> a = _ -> "a.get(ValueLayout.JAVA_FLOAT, aAt + k * 4L)";
      IntFunction<String> weight = format::weight;
      boolean scaled = format == Format.INT8;
      tile("row" + vectors, 1, vectors, new Operands(inPlace, "", step, a, weight, false, scaled));
      a = r -> "a[a%s + k]".formatted(r == 0 ? "At" : r);
      Operands four = new Operands(copied, addresses, step, a, weight, true, scaled);
      tile("rows" + vectors, 4, vectors, four);
    }
    java.add("}");
    return java.toString();
  }

  /// One tile.
  private void tile(String name, int rows, int vectors, Operands operands) {
    boolean scaledLater = operands.scaled && rows > 1;
    String result = rows == 1 ? oneRow(RESULT) : RESULT;
    java.add("\nstatic void %s(%s, %s) {", name, operands.parameters, result);
    java.add(operands.before);
    for (int r = 0; r < rows; r++) {
      String s = address("s", r, rows, operands);
      for (int v = 0; v < vectors; v++) {
        String start = operands.scaled ? "FloatVector.zero(SPECIES)" : load("s", at(s, v));
        java.add("FloatVector sum%d%d = %s;", r, v, start);
      }
    }
    java.add("for (int k = 0; k < depth; k++) {");
    java.add(operands.step);
    for (int v = 0; v < vectors && operands.named; v++) {
      java.add("FloatVector w%d = %s;", v, operands.b.apply(v));
    }
    java.add("FloatVector t;");
    for (int r = 0; r < rows; r++) {
      java.add("t = FloatVector.broadcast(SPECIES, %s);", operands.a.apply(r));
      for (int v = 0; v < vectors; v++) {
        String weight = operands.named ? "w" + v : operands.b.apply(v);
        java.add("sum%d%d = t.fma(%s, sum%1$d%2$d);", r, v, weight);
      }
    }
    java.add("}");
    for (int v = 0; v < vectors && operands.scaled && rows == 1; v++) {
      String scale = load("b", at("scaleAt", v));
      java.add("sum0%d = sum0%1$d.fma(%s, %s);", v, scale, load("s", at("sAt", v)));
    }
    for (int r = 0; r < rows; r++) {
      String c = address("c", r, rows, operands);
      for (int v = 0; v < vectors; v++) {
        String sums = at("sumsAt", r * vectors + v, "LANES");
        String into = scaledLater ? "Array(a, " + sums : "MemorySegment(c, " + at(c, v) + ", ORDER";
        java.add("sum%d%d.into%s);", r, v, into);
      }
    }
    java.add("}");
  }

  /// The method that callers choose a tile by: the last one where nothing else fits.
  private void choose(String method, String by, List<Integer> choices, String parameters) {
    java.add("\nstatic void %s(int %s, %s) {\nswitch (%2$s) {", method, by, parameters);
    for (int choice : choices) {
      String passed = by.equals("height") && choice == 1 ? oneRow(parameters) : parameters;
      String names = passed.replaceAll("[\\w\\[\\]]+ (\\w+)", "$1");
      String label = choice == choices.getLast() ? "default" : "case " + choice;
      java.add("%s -> %s%d(%s);", label, method, choice, names);
    }
    java.add("}\n}");
  }

  private void head(String name, String which) {
    java.add(
        """
        package dev.rondo.kernel;

        import static dev.rondo.kernel.VectorMath.INTS;
        import static dev.rondo.kernel.VectorMath.LANES;
        import static dev.rondo.kernel.VectorMath.ORDER;
        import static dev.rondo.kernel.VectorMath.SPECIES;

        import java.lang.foreign.MemorySegment;
        import java.lang.foreign.ValueLayout;
        import jdk.incubator.vector.FloatVector;
        import jdk.incubator.vector.IntVector;
        import jdk.incubator.vector.VectorOperators;

        /// Register tiles %s: written by `TileWriter`, which says why they look like this.
        final class %s {
        private static final long VECTOR = (long) LANES * Float.BYTES;
        """,
        which, name);
  }

  /// The beginning of row r of `s` or `c`: declares it, unless that was done before the loop.
  private String address(String of, int r, int rows, Operands operands) {
    boolean declared = operands.before.contains("long " + of + "1");
    if (rows == 1 || (declared && r == 0)) {
      return of + "At";
    }
    if (!declared) {
      String at = r == 0 ? of + "At" : "%s%d + %1$sStep".formatted(of, r - 1);
      java.add("long %s%d = %s;", of, r, at);
    }
    return of + r;
  }

  /// The parameters of a tile of one row, which steps to no other.
  private static String oneRow(String parameters) {
    return parameters.replace(", long sStep", "").replace(", long cStep", "");
  }

  private static String load(String segment, String at) {
    return "FloatVector.fromMemorySegment(SPECIES, %s, %s, ORDER)".formatted(segment, at);
  }

  /// The place of vector `n` from a first one on.
  private static String at(String first, int n) {
    return at(first, n, "VECTOR");
  }

  private static String at(String first, int n, String step) {
    return first + (n == 0 ? "" : n == 1 ? " + " + step : " + %d * %s".formatted(n, step));
  }
}
