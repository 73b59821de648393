package dev.rondo.kernel;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A whole LSTM step against a product of all gates and then the gates, bit for bit.
@Tag("kernel")
class LstmStepTest {
  private static final int GATES = 4;
  private static final int[] UNITS = {1, 4, 5, 15, 16, 17, 33, 67};
  private static final int[] ROWS = {1, 3, 4, 9};
  private static final int[] DEPTHS = {1, 17};

  /// The operands of a step; what is infinite or NaN reaches every gate of its row.
  private static final class Case {
    final Tensor weights;
    final Tensor bias;
    final Tensor starts;
    final Tensor a;
    final Tensor cPrevious;

    Case(Arena arena, int units, int rows, int depth, boolean special) {
      var random = new Random(31L * units + 7L * rows + depth);
      int block = Tensor.padded(units);
      weights = gaussian(arena, random, GATES * units, depth);
      bias = Tensor.allocate(arena, ElementType.FLOAT32, 1, GATES * block);
      starts = Tensor.allocate(arena, ElementType.FLOAT32, rows, GATES * block);
      a = gaussian(arena, random, rows, depth);
      cPrevious = gaussian(arena, random, rows, units);
      for (int gate = 0; gate < GATES; gate++) {
        for (int unit = 0; unit < units; unit++) {
          bias.set(0, gate * block + unit, random.nextGaussian());
          for (int r = 0; r < rows; r++) {
            starts.set(r, gate * block + unit, random.nextGaussian());
          }
        }
      }
      if (special) {
        a.set(0, 0, Double.POSITIVE_INFINITY);
        a.set(rows - 1, depth - 1, Double.NaN);
        cPrevious.set(0, units - 1, Double.NEGATIVE_INFINITY);
      }
    }

    private static Tensor gaussian(Arena arena, Random random, int rows, int columns) {
      var tensor = Tensor.allocate(arena, ElementType.FLOAT32, rows, columns);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          tensor.set(r, c, 0.3 * random.nextGaussian());
        }
      }
      return tensor;
    }

    int units() {
      return cPrevious.columns();
    }

    int rows() {
      return a.rows();
    }
  }

  static Stream<Supplier<Backend>> backends() {
    return Stream.of(() -> Backend.scalar(Threads.one()), () -> Backend.vector(Threads.one()));
  }

  private static PackedMatrix packed(Arena arena, Gemm gemm, int depth, int columns) {
    int rows = PackedMatrix.storageRows(gemm, depth, columns);
    var storage = Tensor.allocate(arena, ElementType.FLOAT32, rows, Tensor.ROW_ALIGNMENT);
    return PackedMatrix.of(gemm, storage, depth, columns);
  }

  /// h and c of a whole step.
  private static Framed[] whole(
      Arena arena, Backend kernels, WeightFormat format, Case c, boolean each) {
    var plan = new Plan(kernels, format);
    var backend = plan.backend();
    int block = Tensor.padded(c.units());
    var b = packed(arena, backend.gemm(), c.a.columns(), GATES * block);
    var step = backend.lstmStep();
    for (int gate = 0; gate < GATES; gate++) {
      step.pack(gate, c.weights.rows(gate * c.units(), c.units()), b);
    }
    var source = each ? c.starts : c.bias;
    var start = Tensor.allocate(arena, ElementType.FLOAT32, source.rows(), source.columns());
    for (int r = 0; r < source.rows(); r++) {
      step.packBias(source.rows(r, 1), start.rows(r, 1));
    }
    var z = Framed.of(arena, c.rows(), GATES * block, false, (_, _) -> Float.NaN);
    var next = Framed.of(arena, c.rows(), c.units(), true, (_, _) -> Float.NaN);
    var h = Framed.of(arena, c.rows(), c.units(), true, (_, _) -> Float.NaN);
    float[] scratch = step.scratch(c.rows(), b.depth());
    step.step(start, c.a, b, z.tensor(), c.cPrevious, next.tensor(), h.tensor(), scratch);
    plan.run();
    z.assertFrameUntouched("z");
    return new Framed[] {h, next};
  }

  /// The same as a product and the gates.
  private static Tensor[] inTwo(Arena arena, WeightFormat format, Case c, boolean each) {
    var plan = new Plan(Backend.scalar(Threads.one()), format);
    var backend = plan.backend();
    int block = Tensor.padded(c.units());
    var b = packed(arena, backend.gemm(), c.a.columns(), GATES * block);
    for (int gate = 0; gate < GATES; gate++) {
      backend.gemm().packTransposed(c.weights.rows(gate * c.units(), c.units()), b, gate * block);
    }
    var z = Tensor.allocate(arena, ElementType.FLOAT32, c.rows(), GATES * block);
    var next = Tensor.allocate(arena, ElementType.FLOAT32, c.rows(), c.units());
    var h = Tensor.allocate(arena, ElementType.FLOAT32, c.rows(), c.units());
    for (int r = 0; r < c.rows(); r++) {
      z.rows(r, 1).copyFrom(each ? c.starts.rows(r, 1) : c.bias);
    }
    backend.gemm().multiply(c.a, b, z);
    backend.gates().lstm(z, c.cPrevious, next, h);
    plan.run();
    return new Tensor[] {h, next};
  }

  @ParameterizedTest
  @EnumSource
  void aStepHasTheBitsOfAProductAndTheGates(WeightFormat format) {
    for (int units : UNITS) {
      for (int rows : ROWS) {
        for (int depth : DEPTHS) {
          for (boolean special : new boolean[] {false, true}) {
            for (boolean each : new boolean[] {false, true}) {
              assertSame(format, units, rows, depth, special, each);
            }
          }
        }
      }
    }
  }

  private static void assertSame(
      WeightFormat format, int units, int rows, int depth, boolean special, boolean each) {
    try (var arena = Arena.ofConfined()) {
      var c = new Case(arena, units, rows, depth, special);
      var expected = inTwo(arena, format, c, each);
      backends()
          .forEach(backend -> {
            var kernels = backend.get();
            var actual = whole(arena, kernels, format, c, each);
            String where =
                "%s, %s, units %d, rows %d, depth %d, special %s, start a row %s"
                    .formatted(kernels.name(), format, units, rows, depth, special, each);
            for (int i = 0; i < actual.length; i++) {
              var value = expected[i];
              for (int r = 0; r < rows; r++) {
                actual[i].assertRow(r, (row, column) -> (float) value.get(row, column), where);
                actual[i].assertPaddingIsZero(r, where);
              }
              actual[i].assertFrameUntouched(where);
            }
          });
    }
  }
}
