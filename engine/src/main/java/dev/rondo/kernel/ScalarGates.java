package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// [Gates] in plain Java, row by row, staged in heap arrays of the calling thread.
final class ScalarGates implements Gates {
  /// Row buffers of one thread: the gates of one row side by side, and the states.
  private static final class Row {
    float[][] gates = new float[4][0];
    float[] previous = new float[0];
    float[] state = new float[0];
    float[] output = new float[0];
    float[] gradient = new float[0];

    void grow(int n) {
      if (previous.length < n) {
        gates = new float[4][n];
        previous = new float[n];
        state = new float[n];
        output = new float[n];
        gradient = new float[n];
      }
    }
  }

  private static final ThreadLocal<Row> ROW = ThreadLocal.withInitial(Row::new);

  private static Row row(Tensor h) {
    var row = ROW.get();
    row.grow(Tensor.padded(h.columns()));
    return row;
  }

  private static void load(Tensor source, int row, int from, float[] target, int count) {
    MemorySegment.copy(
        source.segment(), ValueLayout.JAVA_FLOAT, source.byteOffset(row, from), target, 0, count);
  }

  /// `row.output = dh + carried`.
  private static void loadSum(Tensor dh, Tensor carried, int r, Row row, int n) {
    load(dh, r, 0, row.output, n);
    load(carried, r, 0, row.gradient, n);
    add(row.gradient, row.output, n);
  }

  private static void add(float[] x, float[] sum, int n) {
    for (int u = 0; u < n; u++) {
      sum[u] = sum[u] + x[u];
    }
  }

  private static void store(float[] source, Tensor target, int row, int from, int count) {
    MemorySegment.copy(
        source, 0, target.segment(), ValueLayout.JAVA_FLOAT, target.byteOffset(row, from), count);
  }

  @Override
  public void lstm(Tensor z, Tensor cPrevious, Tensor c, Tensor h) {
    assert z.rows() == h.rows() && z.columns() == 4 * Tensor.padded(h.columns());
    Layout.clearPadding(z, 4, h.columns());
    int n = Tensor.padded(h.columns());
    var row = row(h);
    for (int r = 0; r < h.rows(); r++) {
      for (int gate = 0; gate < 4; gate++) {
        load(z, r, gate * n, row.gates[gate], n);
      }
      load(cPrevious, r, 0, row.previous, n);
      lstmCell(row.gates[0], row.gates[1], row.gates[2], row.previous, row.state, n);
      lstmOutput(row.gates[3], row.state, row.output, n);
      for (int gate = 0; gate < 4; gate++) {
        store(row.gates[gate], z, r, gate * n, n);
      }
      store(row.state, c, r, 0, n);
      store(row.output, h, r, 0, n);
    }
  }

  private static void lstmCell(
      float[] i, float[] f, float[] g, float[] previous, float[] c, int n) {
    for (int u = 0; u < n; u++) {
      float input = FloatMath.sigmoid(i[u]);
      float forget = FloatMath.sigmoid(f[u]);
      float cell = FloatMath.tanh(g[u]);
      i[u] = input;
      f[u] = forget;
      g[u] = cell;
      c[u] = FloatMath.flush(Math.fma(forget, previous[u], input * cell));
    }
  }

  private static void lstmOutput(float[] o, float[] c, float[] h, int n) {
    for (int u = 0; u < n; u++) {
      float output = FloatMath.sigmoid(o[u]);
      o[u] = output;
      h[u] = FloatMath.flush(output * FloatMath.tanh(c[u]));
    }
  }

  @Override
  public void lstmBackward(
      Tensor z, Tensor cPrevious, Tensor c, Tensor dh, Tensor carried, Tensor dc) {
    assert z.rows() == dh.rows() && z.columns() == 4 * Tensor.padded(dh.columns());
    int n = Tensor.padded(dh.columns());
    var row = row(dh);
    for (int r = 0; r < dh.rows(); r++) {
      for (int gate = 0; gate < 4; gate++) {
        load(z, r, gate * n, row.gates[gate], n);
      }
      load(cPrevious, r, 0, row.previous, n);
      load(c, r, 0, row.state, n);
      loadSum(dh, carried, r, row, n);
      load(dc, r, 0, row.gradient, n);
      lstmOutputBackward(row.gates[3], row.state, row.output, row.gradient, n);
      lstmCellBackward(row.gates[0], row.gates[1], row.gates[2], row.previous, row.gradient, n);
      for (int gate = 0; gate < 4; gate++) {
        store(row.gates[gate], z, r, gate * n, n);
      }
      store(row.gradient, dc, r, 0, n);
    }
  }

  private static void lstmOutputBackward(float[] o, float[] c, float[] dh, float[] dc, int n) {
    for (int u = 0; u < n; u++) {
      float output = o[u];
      float state = FloatMath.tanh(c[u]);
      dc[u] = Math.fma(dh[u] * output, 1f - state * state, dc[u]);
      o[u] = dh[u] * state * (output * (1f - output));
    }
  }

  private static void lstmCellBackward(
      float[] i, float[] f, float[] g, float[] previous, float[] dc, int n) {
    for (int u = 0; u < n; u++) {
      float gradient = dc[u];
      float input = i[u];
      float forget = f[u];
      float cell = g[u];
      dc[u] = gradient * forget;
      i[u] = gradient * cell * (input * (1f - input));
      f[u] = gradient * previous[u] * (forget * (1f - forget));
      g[u] = gradient * input * (1f - cell * cell);
    }
  }

  @Override
  public void gru(Tensor z, Tensor hPrevious, Tensor h) {
    assert z.rows() == h.rows() && z.columns() == 4 * Tensor.padded(h.columns());
    Layout.clearPadding(z, 4, h.columns());
    int n = Tensor.padded(h.columns());
    var row = row(h);
    for (int r = 0; r < h.rows(); r++) {
      for (int gate = 0; gate < 4; gate++) {
        load(z, r, gate * n, row.gates[gate], n);
      }
      load(hPrevious, r, 0, row.previous, n);
      gruRow(row.gates, row.previous, row.output, n);
      for (int gate = 0; gate < 3; gate++) {
        store(row.gates[gate], z, r, gate * n, n);
      }
      store(row.output, h, r, 0, n);
    }
  }

  private static void gruRow(float[][] gates, float[] previous, float[] h, int n) {
    float[] fresh = gates[0];
    float[] reset = gates[1];
    float[] update = gates[2];
    float[] fromState = gates[3];
    for (int u = 0; u < n; u++) {
      float r = FloatMath.sigmoid(reset[u]);
      float z = FloatMath.sigmoid(update[u]);
      float y = FloatMath.tanh(Math.fma(r, fromState[u], fresh[u]));
      reset[u] = r;
      update[u] = z;
      fresh[u] = y;
      h[u] = FloatMath.flush(Math.fma(z, previous[u] - y, y));
    }
  }

  @Override
  public void gruBackward(Tensor z, Tensor hPrevious, Tensor dh, Tensor carried) {
    assert z.rows() == dh.rows() && z.columns() == 4 * Tensor.padded(dh.columns());
    int n = Tensor.padded(dh.columns());
    var row = row(dh);
    for (int r = 0; r < dh.rows(); r++) {
      for (int gate = 0; gate < 4; gate++) {
        load(z, r, gate * n, row.gates[gate], n);
      }
      load(hPrevious, r, 0, row.previous, n);
      loadSum(dh, carried, r, row, n);
      gruBackwardRow(row.gates, row.previous, row.output, row.gradient, n);
      for (int gate = 0; gate < 4; gate++) {
        store(row.gates[gate], z, r, gate * n, n);
      }
      store(row.gradient, carried, r, 0, n);
    }
  }

  private static void gruBackwardRow(
      float[][] gates, float[] previous, float[] dh, float[] direct, int n) {
    float[] fresh = gates[0];
    float[] reset = gates[1];
    float[] update = gates[2];
    float[] fromState = gates[3];
    for (int u = 0; u < n; u++) {
      float gradient = dh[u];
      float y = fresh[u];
      float r = reset[u];
      float z = update[u];
      direct[u] = gradient * z;
      update[u] = gradient * (previous[u] - y) * (z * (1f - z));
      float dn = gradient * (1f - z) * (1f - y * y);
      fresh[u] = dn;
      reset[u] = dn * fromState[u] * (r * (1f - r));
      fromState[u] = dn * r;
    }
  }

  @Override
  public void rnnTanh(Tensor z, Tensor h) {
    Layout.clearPadding(z, 1, h.columns());
    int n = Tensor.padded(h.columns());
    float[] x = row(h).output;
    for (int r = 0; r < h.rows(); r++) {
      load(z, r, 0, x, n);
      for (int u = 0; u < n; u++) {
        x[u] = FloatMath.flush(FloatMath.tanh(x[u]));
      }
      store(x, h, r, 0, n);
    }
  }

  @Override
  public void rnnTanhBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    int n = Tensor.padded(h.columns());
    var row = row(h);
    for (int r = 0; r < h.rows(); r++) {
      load(h, r, 0, row.state, n);
      loadSum(dh, carried, r, row, n);
      tanhSlope(row.state, row.output, n);
      store(row.output, z, r, 0, n);
    }
  }

  private static void tanhSlope(float[] y, float[] gradient, int n) {
    for (int u = 0; u < n; u++) {
      gradient[u] = gradient[u] * (1f - y[u] * y[u]);
    }
  }

  @Override
  public void rnnRelu(Tensor z, Tensor h) {
    Layout.clearPadding(z, 1, h.columns());
    int n = Tensor.padded(h.columns());
    float[] x = row(h).output;
    for (int r = 0; r < h.rows(); r++) {
      load(z, r, 0, x, n);
      for (int u = 0; u < n; u++) {
        x[u] = FloatMath.flush(Math.max(x[u], 0f));
      }
      store(x, h, r, 0, n);
    }
  }

  @Override
  public void rnnReluBackward(Tensor z, Tensor h, Tensor dh, Tensor carried) {
    int n = Tensor.padded(h.columns());
    var row = row(h);
    for (int r = 0; r < h.rows(); r++) {
      load(h, r, 0, row.state, n);
      loadSum(dh, carried, r, row, n);
      reluSlope(row.state, row.output, n);
      store(row.output, z, r, 0, n);
    }
  }

  private static void reluSlope(float[] y, float[] gradient, int n) {
    for (int u = 0; u < n; u++) {
      gradient[u] = y[u] == 0f ? 0f : gradient[u];
    }
  }
}
