package dev.rondo.kernel;

import static dev.rondo.kernel.FloatMath.SMALLEST_STATE;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// [LstmStep] on vectors. A panel of weights is one vector of units, four gates; biases and
/// pre-activations have the same layout. The gates of a panel's units follow directly after its
/// product: the processor already reads the next panel while their divisions are still running.
final class VectorLstmStep implements LstmStep {
  private static final int GATES = 4;
  private static final int VECTOR = LANES * Float.BYTES;

  /// The place of each gate's vector in a panel: the three sigmoids side by side, i f o, then g.
  private static final int[] PLACE = {0, 1, 3, 2};

  private final VectorWeightProduct product;

  VectorLstmStep(WeightFormat format) {
    product = new VectorWeightProduct(format);
  }

  /// The column of a gate's unit among all panels.
  private static int column(int gate, int unit) {
    return (unit / LANES * GATES + PLACE[gate]) * LANES + unit % LANES;
  }

  @Override
  public void pack(int gate, Tensor source, PackedMatrix target) {
    for (int unit = 0; unit < source.rows(); unit++) {
      product.packTransposed(source.rows(unit, 1), target, column(gate, unit));
    }
  }

  @Override
  public void packBias(Tensor source, Tensor target) {
    int block = source.columns() / GATES;
    for (int gate = 0; gate < GATES; gate++) {
      for (int unit = 0; unit < block; unit++) {
        long from = source.byteOffset(0, gate * block + unit);
        float bias = source.segment().get(ValueLayout.JAVA_FLOAT, from);
        long to = target.byteOffset(0, column(gate, unit));
        target.segment().set(ValueLayout.JAVA_FLOAT, to, bias);
      }
    }
  }

  @Override
  public float[] scratch(int rows, int depth) {
    return product.scratch(rows, depth);
  }

  @Override
  public void step(
      Tensor start,
      Tensor a,
      PackedMatrix b,
      Tensor z,
      Tensor cPrevious,
      Tensor c,
      Tensor h,
      float[] scratch) {
    assert a.rows() == h.rows() && z.rows() == h.rows() && c.rows() == h.rows();
    int units = h.columns();
    int panels = Tensor.padded(units) / LANES;
    assert b.columns() == GATES * Tensor.padded(units) && start.columns() == b.columns();
    int rows = h.rows();
    product.stage(a, b.depth(), scratch);
    for (int panel = 0; panel < panels; panel++) {
      int from = panel * GATES * LANES;
      product.multiplyPanel(start, a, b, panel, z, scratch);
      if ((panel + 1) * LANES > units) {
        clearPadding(z, from, Math.max(units - panel * LANES, 0));
      }
      for (int r = 0; r < rows; r++) {
        long zAt = z.byteOffset(r, from);
        VectorRuns.sigmoid(z.segment(), zAt, z.segment(), zAt, 3 * VECTOR);
        long gAt = zAt + 3L * VECTOR;
        VectorRuns.tanh(z.segment(), gAt, z.segment(), gAt, VECTOR);
        long cAt = c.byteOffset(r, panel * LANES);
        long hAt = h.byteOffset(r, panel * LANES);
        long previousAt = cPrevious.byteOffset(r, panel * LANES);
        cell(z.segment(), zAt, cPrevious.segment(), previousAt, c.segment(), cAt);
        VectorRuns.tanh(c.segment(), cAt, h.segment(), hAt, VECTOR);
        output(z.segment(), zAt + 2L * VECTOR, h.segment(), hAt);
      }
    }
  }

  /// Clears the values that a product leaves beyond the units if its operand is infinite or NaN.
  private static void clearPadding(Tensor z, int from, int units) {
    long bytes = (LANES - units) * (long) Float.BYTES;
    for (int r = 0; r < z.rows(); r++) {
      for (int gate = 0; gate < GATES; gate++) {
        z.segment().asSlice(z.byteOffset(r, from + gate * LANES + units), bytes).fill((byte) 0);
      }
    }
  }

  /// `c = f∘c₋₁ + i∘g`, gates activated.
  private static void cell(
      MemorySegment z, long zAt, MemorySegment p, long pAt, MemorySegment c, long cAt) {
    FloatVector written =
        FloatVector.fromMemorySegment(SPECIES, z, zAt, ORDER)
            .mul(FloatVector.fromMemorySegment(SPECIES, z, zAt + 3L * VECTOR, ORDER));
    FloatVector previous = FloatVector.fromMemorySegment(SPECIES, p, pAt, ORDER);
    FloatVector next =
        FloatVector.fromMemorySegment(SPECIES, z, zAt + VECTOR, ORDER).fma(previous, written);
    next.blend(0f, next.abs().lt(SMALLEST_STATE)).intoMemorySegment(c, cAt, ORDER);
  }

  /// `h = o∘h`, where h holds tanh(c).
  private static void output(MemorySegment z, long oAt, MemorySegment h, long hAt) {
    FloatVector next =
        FloatVector.fromMemorySegment(SPECIES, z, oAt, ORDER)
            .mul(FloatVector.fromMemorySegment(SPECIES, h, hAt, ORDER));
    next.blend(0f, next.abs().lt(SMALLEST_STATE)).intoMemorySegment(h, hAt, ORDER);
  }
}
