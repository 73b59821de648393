package dev.rondo.kernel;

import static dev.rondo.kernel.FloatMath.SMALLEST_STATE;
import static dev.rondo.kernel.VectorMath.LANES;
import static dev.rondo.kernel.VectorMath.ORDER;
import static dev.rondo.kernel.VectorMath.SPECIES;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// [Gates] on vectors, row by row.
///
/// A loop has at most one exponential or tangent: with two or three, the compiler reaches its limit
/// of nodes, stops inlining, and boxes vectors (measured: 576 bytes and twice the time for each
/// vector of an LSTM). For the same reason, code that computes a state passes no vector to a method
/// of ours; see [VectorRuns]. Data passed from loop to loop stays in the first-level cache.
final class VectorGates implements Gates {
  private static final int VECTOR_BYTES = LANES * Float.BYTES;

  private static void sigmoids(MemorySegment z, long zAt, int bytes) {
    VectorRuns.sigmoid(z, zAt, z, zAt, bytes);
  }

  private static int rowBytes(Tensor h) {
    return Tensor.padded(h.columns()) * Float.BYTES;
  }

  @Override
  public void lstm(Tensor z, Tensor cPrevious, Tensor c, Tensor h) {
    assert z.rows() == h.rows() && z.columns() == 4 * Tensor.padded(h.columns());
    assert c.rows() == h.rows() && cPrevious.rows() == h.rows();
    Layout.clearPadding(z, 4, h.columns());
    int bytes = rowBytes(h);
    for (int r = 0; r < h.rows(); r++) {
      long zAt = z.byteOffset(r, 0);
      long cAt = c.byteOffset(r, 0);
      sigmoids(z.segment(), zAt, 2 * bytes);
      long gAt = zAt + 2L * bytes;
      VectorRuns.tanh(z.segment(), gAt, z.segment(), gAt, bytes);
      sigmoids(z.segment(), gAt + bytes, bytes);
      lstmCellRow(
          z.segment(),
          zAt,
          cPrevious.segment(),
          cPrevious.byteOffset(r, 0),
          c.segment(),
          cAt,
          bytes);
      long hAt = h.byteOffset(r, 0);
      VectorRuns.tanh(c.segment(), cAt, h.segment(), hAt, bytes);
      lstmOutputRow(z.segment(), gAt + bytes, h.segment(), hAt, bytes);
    }
  }

  /// `c = f∘c₋₁ + i∘g`, gates activated.
  private static void lstmCellRow(
      MemorySegment z, long zAt, MemorySegment p, long pAt, MemorySegment c, long cAt, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      long i = zAt + at;
      long f = i + bytes;
      FloatVector written =
          FloatVector.fromMemorySegment(SPECIES, z, i, ORDER)
              .mul(FloatVector.fromMemorySegment(SPECIES, z, f + bytes, ORDER));
      FloatVector previous = FloatVector.fromMemorySegment(SPECIES, p, pAt + at, ORDER);
      FloatVector next = FloatVector.fromMemorySegment(SPECIES, z, f, ORDER).fma(previous, written);
      next.blend(0f, next.abs().lt(SMALLEST_STATE)).intoMemorySegment(c, cAt + at, ORDER);
    }
  }

  /// `h = o∘h`, where h holds tanh(c).
  private static void lstmOutputRow(
      MemorySegment z, long oAt, MemorySegment h, long hAt, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector output =
          FloatVector.fromMemorySegment(SPECIES, z, oAt + at, ORDER)
              .mul(FloatVector.fromMemorySegment(SPECIES, h, hAt + at, ORDER));
      output.blend(0f, output.abs().lt(SMALLEST_STATE)).intoMemorySegment(h, hAt + at, ORDER);
    }
  }

  @Override
  public void lstmBackward(
      Tensor z, Tensor cPrevious, Tensor c, Tensor dh, Tensor carried, Tensor dc) {
    assert z.rows() == dh.rows() && z.columns() == 4 * Tensor.padded(dh.columns());
    int bytes = rowBytes(dh);
    for (int r = 0; r < dh.rows(); r++) {
      lstmOutputBackwardRow(
          z.segment(),
          z.byteOffset(r, 0) + 3L * bytes,
          c.segment(),
          c.byteOffset(r, 0),
          dh.segment(),
          dh.byteOffset(r, 0),
          carried.segment(),
          carried.byteOffset(r, 0),
          dc.segment(),
          dc.byteOffset(r, 0),
          bytes);
      lstmCellBackwardRow(
          z.segment(),
          z.byteOffset(r, 0),
          cPrevious.segment(),
          cPrevious.byteOffset(r, 0),
          dc.segment(),
          dc.byteOffset(r, 0),
          bytes);
    }
  }

  /// The output gate's gradient, and the whole of dL/dc: `dc += dh∘o∘(1 - tanh²(c))`.
  private static void lstmOutputBackwardRow(
      MemorySegment z,
      long oAt,
      MemorySegment c,
      long cAt,
      MemorySegment dh,
      long dhAt,
      MemorySegment later,
      long laterAt,
      MemorySegment dc,
      long dcAt,
      int bytes) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector output = FloatVector.fromMemorySegment(SPECIES, z, oAt + at, ORDER);
      FloatVector state =
          VectorMath.tanh(FloatVector.fromMemorySegment(SPECIES, c, cAt + at, ORDER));
      FloatVector gradient =
          FloatVector.fromMemorySegment(SPECIES, dh, dhAt + at, ORDER)
              .add(FloatVector.fromMemorySegment(SPECIES, later, laterAt + at, ORDER));
      FloatVector kept = FloatVector.fromMemorySegment(SPECIES, dc, dcAt + at, ORDER);
      FloatVector slope = one.sub(state.mul(state));
      gradient.mul(output).fma(slope, kept).intoMemorySegment(dc, dcAt + at, ORDER);
      gradient.mul(state).mul(output.mul(one.sub(output))).intoMemorySegment(z, oAt + at, ORDER);
    }
  }

  private static void lstmCellBackwardRow(
      MemorySegment z,
      long zAt,
      MemorySegment p,
      long pAt,
      MemorySegment dc,
      long dcAt,
      int bytes) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      long i = zAt + at;
      long f = i + bytes;
      long g = f + bytes;
      FloatVector input = FloatVector.fromMemorySegment(SPECIES, z, i, ORDER);
      FloatVector forget = FloatVector.fromMemorySegment(SPECIES, z, f, ORDER);
      FloatVector cell = FloatVector.fromMemorySegment(SPECIES, z, g, ORDER);
      FloatVector previous = FloatVector.fromMemorySegment(SPECIES, p, pAt + at, ORDER);
      FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, dc, dcAt + at, ORDER);
      gradient.mul(forget).intoMemorySegment(dc, dcAt + at, ORDER);
      gradient.mul(cell).mul(input.mul(one.sub(input))).intoMemorySegment(z, i, ORDER);
      gradient.mul(previous).mul(forget.mul(one.sub(forget))).intoMemorySegment(z, f, ORDER);
      gradient.mul(input).mul(one.sub(cell.mul(cell))).intoMemorySegment(z, g, ORDER);
    }
  }

  @Override
  public void gru(Tensor z, Tensor hPrevious, Tensor h) {
    assert z.rows() == h.rows() && z.columns() == 4 * Tensor.padded(h.columns());
    Layout.clearPadding(z, 4, h.columns());
    int bytes = rowBytes(h);
    for (int r = 0; r < h.rows(); r++) {
      long zAt = z.byteOffset(r, 0);
      sigmoids(z.segment(), zAt + bytes, 2 * bytes);
      gruNewRow(z.segment(), zAt, bytes);
      VectorRuns.tanh(z.segment(), zAt, z.segment(), zAt, bytes);
      gruStateRow(
          z.segment(),
          zAt,
          hPrevious.segment(),
          hPrevious.byteOffset(r, 0),
          h.segment(),
          h.byteOffset(r, 0),
          bytes);
    }
  }

  /// `n = n + r∘q`, the reset gate activated.
  private static void gruNewRow(MemorySegment z, long zAt, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      long n = zAt + at;
      long r = n + bytes;
      FloatVector fromState = FloatVector.fromMemorySegment(SPECIES, z, r + 2L * bytes, ORDER);
      FloatVector sum =
          FloatVector.fromMemorySegment(SPECIES, z, r, ORDER)
              .fma(fromState, FloatVector.fromMemorySegment(SPECIES, z, n, ORDER));
      sum.intoMemorySegment(z, n, ORDER);
    }
  }

  /// `h = n + z∘(h₋₁ - n)`, the gates activated.
  private static void gruStateRow(
      MemorySegment z, long zAt, MemorySegment p, long pAt, MemorySegment h, long hAt, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      long n = zAt + at;
      FloatVector fresh = FloatVector.fromMemorySegment(SPECIES, z, n, ORDER);
      FloatVector update = FloatVector.fromMemorySegment(SPECIES, z, n + 2L * bytes, ORDER);
      FloatVector previous = FloatVector.fromMemorySegment(SPECIES, p, pAt + at, ORDER);
      FloatVector next = update.fma(previous.sub(fresh), fresh);
      next.blend(0f, next.abs().lt(SMALLEST_STATE)).intoMemorySegment(h, hAt + at, ORDER);
    }
  }

  @Override
  public void gruBackward(Tensor z, Tensor hPrevious, Tensor dh, Tensor carried) {
    assert z.rows() == dh.rows() && z.columns() == 4 * Tensor.padded(dh.columns());
    int bytes = rowBytes(dh);
    for (int r = 0; r < dh.rows(); r++) {
      gruBackwardRow(
          z.segment(),
          z.byteOffset(r, 0),
          hPrevious.segment(),
          hPrevious.byteOffset(r, 0),
          dh.segment(),
          dh.byteOffset(r, 0),
          carried.segment(),
          carried.byteOffset(r, 0),
          bytes);
    }
  }

  private static void gruBackwardRow(
      MemorySegment z,
      long zAt,
      MemorySegment p,
      long pAt,
      MemorySegment dh,
      long dhAt,
      MemorySegment later,
      long laterAt,
      int bytes) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      long n = zAt + at;
      long r = n + bytes;
      long u = r + bytes;
      long q = u + bytes;
      FloatVector fresh = FloatVector.fromMemorySegment(SPECIES, z, n, ORDER);
      FloatVector reset = FloatVector.fromMemorySegment(SPECIES, z, r, ORDER);
      FloatVector update = FloatVector.fromMemorySegment(SPECIES, z, u, ORDER);
      FloatVector gradient =
          FloatVector.fromMemorySegment(SPECIES, dh, dhAt + at, ORDER)
              .add(FloatVector.fromMemorySegment(SPECIES, later, laterAt + at, ORDER));
      FloatVector previous = FloatVector.fromMemorySegment(SPECIES, p, pAt + at, ORDER);
      gradient.mul(update).intoMemorySegment(later, laterAt + at, ORDER);
      gradient
          .mul(previous.sub(fresh))
          .mul(update.mul(one.sub(update)))
          .intoMemorySegment(z, u, ORDER);
      FloatVector dn = gradient.mul(one.sub(update)).mul(one.sub(fresh.mul(fresh)));
      dn.intoMemorySegment(z, n, ORDER);
      dn.mul(FloatVector.fromMemorySegment(SPECIES, z, q, ORDER))
          .mul(reset.mul(one.sub(reset)))
          .intoMemorySegment(z, r, ORDER);
      dn.mul(reset).intoMemorySegment(z, q, ORDER);
    }
  }

  @Override
  public void rnnTanh(Tensor z, Tensor h) {
    assert z.rows() == h.rows() && z.stride() >= Tensor.padded(h.columns());
    Layout.clearPadding(z, 1, h.columns());
    int bytes = rowBytes(h);
    for (int r = 0; r < h.rows(); r++) {
      long hAt = h.byteOffset(r, 0);
      VectorRuns.tanh(z.segment(), z.byteOffset(r, 0), h.segment(), hAt, bytes);
      flushRow(h.segment(), hAt, bytes);
    }
  }

  private static void flushRow(MemorySegment h, long hAt, int bytes) {
    for (int at = 0; at < bytes; at += VECTOR_BYTES) {
      FloatVector x = FloatVector.fromMemorySegment(SPECIES, h, hAt + at, ORDER);
      x.blend(0f, x.abs().lt(SMALLEST_STATE)).intoMemorySegment(h, hAt + at, ORDER);
    }
  }

  @Override
  public void rnnTanhBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    assert z.rows() == h.rows() && z.stride() >= Tensor.padded(h.columns());
    int bytes = rowBytes(h);
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int r = 0; r < h.rows(); r++) {
      long zAt = z.byteOffset(r, 0);
      long hAt = h.byteOffset(r, 0);
      long dhAt = dh.byteOffset(r, 0);
      long laterAt = carried.byteOffset(r, 0);
      for (int at = 0; at < bytes; at += VECTOR_BYTES) {
        FloatVector y = FloatVector.fromMemorySegment(SPECIES, h.segment(), hAt + at, ORDER);
        FloatVector.fromMemorySegment(SPECIES, dh.segment(), dhAt + at, ORDER)
            .add(FloatVector.fromMemorySegment(SPECIES, carried.segment(), laterAt + at, ORDER))
            .mul(one.sub(y.mul(y)))
            .intoMemorySegment(z.segment(), zAt + at, ORDER);
      }
    }
  }

  @Override
  public void rnnRelu(Tensor z, Tensor h) {
    assert z.rows() == h.rows() && z.stride() >= Tensor.padded(h.columns());
    Layout.clearPadding(z, 1, h.columns());
    int bytes = rowBytes(h);
    for (int r = 0; r < h.rows(); r++) {
      long zAt = z.byteOffset(r, 0);
      long hAt = h.byteOffset(r, 0);
      for (int at = 0; at < bytes; at += VECTOR_BYTES) {
        FloatVector x = FloatVector.fromMemorySegment(SPECIES, z.segment(), zAt + at, ORDER);
        FloatVector y = x.max(0f);
        y.blend(0f, y.abs().lt(SMALLEST_STATE)).intoMemorySegment(h.segment(), hAt + at, ORDER);
      }
    }
  }

  @Override
  public void rnnReluBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    assert z.rows() == h.rows() && z.stride() >= Tensor.padded(h.columns());
    int bytes = rowBytes(h);
    for (int r = 0; r < h.rows(); r++) {
      long zAt = z.byteOffset(r, 0);
      long hAt = h.byteOffset(r, 0);
      long dhAt = dh.byteOffset(r, 0);
      long laterAt = carried.byteOffset(r, 0);
      for (int at = 0; at < bytes; at += VECTOR_BYTES) {
        VectorMask<Float> dead =
            FloatVector.fromMemorySegment(SPECIES, h.segment(), hAt + at, ORDER).eq(0f);
        FloatVector.fromMemorySegment(SPECIES, dh.segment(), dhAt + at, ORDER)
            .add(FloatVector.fromMemorySegment(SPECIES, carried.segment(), laterAt + at, ORDER))
            .blend(0f, dead)
            .intoMemorySegment(z.segment(), zAt + at, ORDER);
      }
    }
  }
}
