package dev.rondo.bench.array;

import dev.rondo.kernel.FloatMath;

/// The pointwise part of the cells for one row, with one array per gate: with all gates in one
/// array the JIT compiler could not tell that they do not overlap. Each function has a loop of its
/// own. A loop with three of them is too long for the compiler to vectorize, and four times slower.
public final class ArrayGates {
  private ArrayGates() {}

  /// One LSTM step: pre-activations become activated gates; c and h are written.
  public static void lstm(
      float[] i, float[] f, float[] g, float[] o, float[] cPrevious, float[] c, float[] h) {
    ArrayMath.sigmoid(i, i);
    ArrayMath.sigmoid(f, f);
    ArrayMath.tanh(g, g);
    ArrayMath.sigmoid(o, o);
    for (int u = 0; u < h.length; u++) {
      c[u] = Math.fma(f[u], cPrevious[u], i[u] * g[u]);
    }
    ArrayMath.tanh(c, h);
    for (int u = 0; u < h.length; u++) {
      h[u] *= o[u];
    }
  }

  /// The backward pass of [#lstm]: activated gates become gradients of pre-activations. dL/dh has
  /// two parts: `dh` from the output and `carried` from the next step. `dc` is read for this step
  /// and written for the step before.
  public static void lstmBackward(
      float[] i,
      float[] f,
      float[] g,
      float[] o,
      float[] cPrevious,
      float[] c,
      float[] dh,
      float[] carried,
      float[] dc) {
    for (int u = 0; u < dh.length; u++) {
      float output = o[u];
      float state = FloatMath.tanh(c[u]);
      float gradient = dh[u] + carried[u];
      dc[u] = Math.fma(gradient * output, 1f - state * state, dc[u]);
      o[u] = gradient * state * (output * (1f - output));
    }
    for (int u = 0; u < dh.length; u++) {
      float gradient = dc[u];
      float input = i[u];
      float forget = f[u];
      float cell = g[u];
      dc[u] = gradient * forget;
      i[u] = gradient * cell * (input * (1f - input));
      f[u] = gradient * cPrevious[u] * (forget * (1f - forget));
      g[u] = gradient * input * (1f - cell * cell);
    }
  }

  /// One GRU step, with the reset gate after the product. `q` is the state's part of the new gate.
  public static void gru(float[] r, float[] z, float[] n, float[] q, float[] hPrevious, float[] h) {
    ArrayMath.sigmoid(r, r);
    ArrayMath.sigmoid(z, z);
    for (int u = 0; u < h.length; u++) {
      n[u] = Math.fma(r[u], q[u], n[u]);
    }
    ArrayMath.tanh(n, n);
    for (int u = 0; u < h.length; u++) {
      h[u] = Math.fma(z[u], hPrevious[u] - n[u], n[u]);
    }
  }

  /// The backward pass of [#gru]. `carried` is dL/dh from the next step, and afterwards the part
  /// that goes straight to the state before.
  public static void gruBackward(
      float[] r, float[] z, float[] n, float[] q, float[] hPrevious, float[] dh, float[] carried) {
    for (int u = 0; u < dh.length; u++) {
      float gradient = dh[u] + carried[u];
      float reset = r[u];
      float update = z[u];
      float fresh = n[u];
      carried[u] = gradient * update;
      z[u] = gradient * (hPrevious[u] - fresh) * (update * (1f - update));
      float dn = gradient * (1f - update) * (1f - fresh * fresh);
      n[u] = dn;
      r[u] = dn * q[u] * (reset * (1f - reset));
      q[u] = dn * reset;
    }
  }

  /// One Elman step.
  public static void rnn(float[] z, float[] h) {
    ArrayMath.tanh(z, h);
  }

  /// The backward pass of [#rnn].
  public static void rnnBackward(float[] z, float[] h, float[] dh, float[] carried) {
    for (int u = 0; u < dh.length; u++) {
      z[u] = (dh[u] + carried[u]) * (1f - h[u] * h[u]);
    }
  }
}
