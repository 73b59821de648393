package dev.rondo.bench.array;

import dev.rondo.autograd.Parameters;
import dev.rondo.bench.peers.Work.Cell;
import java.util.Arrays;
import java.util.List;

/// One recurrent layer (LSTM, GRU, tanh RNN) with backpropagation through time over rows of
/// `float[]`, as a good engineer would write it without vectors: the input product for all steps at
/// once, the recurrent product and the gates step by step, and weight gradients over all steps at
/// the end.
///
/// Pre-activations lie gate by gate, `z[block][t·batchSize + b]`. Blocks are PyTorch's gates in
/// order, and for a GRU the state's part of the new gate as a fourth. The state before the first
/// step is zero. The constructor allocates all memory.
public final class ArrayRecurrent {
  private final Cell kind;
  private final int steps;
  private final int batchSize;
  private final int hiddenSize;
  private final ArrayParameter weightIh;
  private final ArrayParameter weightHh;
  private final ArrayParameter biasIh;
  private final ArrayParameter biasHh;
  private final float[][][] inputTransposed;
  private final float[][][] recurrentTransposed;
  private final float[][][] z;
  private final float[][] biases;
  private final float[][] h; // ((steps + 1)·batchSize, hiddenSize)
  private final float[][] c; // the same, empty without a cell state
  private final float[][] output; // rows of h without the first batchSize
  private final float[][] dhNext;
  private final float[][] dc;
  private final float[][] dx;
  private final ArrayGemm.Staging staging = new ArrayGemm.Staging();
  private float[][] x;

  /// A layer with the weights `weight_ih_l<layer>` and so on of a store.
  public ArrayRecurrent(Cell kind, Parameters parameters, int layer, int steps, int batchSize) {
    this.kind = kind;
    this.steps = steps;
    this.batchSize = batchSize;
    weightIh = new ArrayParameter(parameters.get("weight_ih_l" + layer).value());
    weightHh = new ArrayParameter(parameters.get("weight_hh_l" + layer).value());
    biasIh = new ArrayParameter(parameters.get("bias_ih_l" + layer).value());
    biasHh = new ArrayParameter(parameters.get("bias_hh_l" + layer).value());
    int inputSize = weightIh.value()[0].length;
    hiddenSize = weightHh.value()[0].length;
    int gates = kind.gates();
    int blocks = kind == Cell.GRU ? 4 : gates;
    inputTransposed = new float[gates][inputSize][hiddenSize];
    recurrentTransposed = new float[gates][hiddenSize][hiddenSize];
    z = new float[blocks][steps * batchSize][hiddenSize];
    biases = new float[blocks][hiddenSize];
    h = new float[(steps + 1) * batchSize][hiddenSize];
    c = new float[kind == Cell.LSTM ? h.length : 0][hiddenSize];
    output = ArrayParameter.rows(h, batchSize, steps * batchSize);
    dhNext = new float[batchSize][hiddenSize];
    dc = new float[batchSize][hiddenSize];
    dx = new float[steps * batchSize][inputSize];
    weightsChanged();
  }

  /// The parameters in PyTorch's order.
  public List<ArrayParameter> parameters() {
    return List.of(weightIh, weightHh, biasIh, biasHh);
  }

  /// h of every step, `[steps·batchSize][hiddenSize]`, overwritten by the next pass.
  public float[][] output() {
    return output;
  }

  /// Updates everything derived from the weights; to be called after each change of them.
  public void weightsChanged() {
    for (int gate = 0; gate < kind.gates(); gate++) {
      ArrayParameter.transpose(gateOf(weightIh.value(), gate), inputTransposed[gate]);
      ArrayParameter.transpose(gateOf(weightHh.value(), gate), recurrentTransposed[gate]);
    }
    float[] fromInput = biasIh.value()[0];
    float[] fromState = biasHh.value()[0];
    for (int block = 0; block < biases.length; block++) {
      Arrays.fill(biases[block], 0f);
    }
    for (int gate = 0; gate < kind.gates(); gate++) {
      for (int u = 0; u < hiddenSize; u++) {
        biases[gate][u] += fromInput[gate * hiddenSize + u];
        biases[recurrentBlock(gate)][u] += fromState[gate * hiddenSize + u];
      }
    }
  }

  private float[][] gateOf(float[][] matrix, int gate) {
    return ArrayParameter.rows(matrix, gate * hiddenSize, hiddenSize);
  }

  /// The block of the state's part of a gate: for the new gate of a GRU a separate one.
  private int recurrentBlock(int gate) {
    return kind == Cell.GRU && gate == 2 ? 3 : gate;
  }

  /// Runs all steps from a zero state.
  ///
  /// @param input `[steps·batchSize][inputSize]`, kept for the backward pass
  /// @return [#output()]
  public float[][] forward(float[][] input) {
    x = input;
    int rows = steps * batchSize;
    for (int block = 0; block < z.length; block++) {
      for (int r = 0; r < rows; r++) {
        System.arraycopy(biases[block], 0, z[block][r], 0, hiddenSize);
      }
    }
    for (int gate = 0; gate < kind.gates(); gate++) {
      ArrayGemm.multiply(x, inputTransposed[gate], z[gate]);
    }
    for (int t = 0; t < steps; t++) {
      int from = t * batchSize;
      if (t > 0) {
        for (int gate = 0; gate < kind.gates(); gate++) {
          ArrayGemm.multiply(
              h, from, recurrentTransposed[gate], z[recurrentBlock(gate)], from, batchSize);
        }
      }
      for (int r = from; r < from + batchSize; r++) {
        activate(r, r + batchSize);
      }
    }
    return output;
  }

  private void activate(int r, int next) {
    switch (kind) {
      case LSTM -> ArrayGates.lstm(z[0][r], z[1][r], z[2][r], z[3][r], c[r], c[next], h[next]);
      case GRU -> ArrayGates.gru(z[0][r], z[1][r], z[2][r], z[3][r], h[r], h[next]);
      case RNN -> ArrayGates.rnn(z[0][r], h[next]);
    }
  }

  /// The backward pass of the last [#forward]; adds to the gradients of the parameters.
  ///
  /// @param dh `[steps·batchSize][hiddenSize]`, dL/d(output), read
  /// @param inputGradient whether dL/dx is wanted
  /// @return dL/dx `[steps·batchSize][inputSize]`, zeros unless wanted
  public float[][] backward(float[][] dh, boolean inputGradient) {
    clear(dhNext);
    clear(dc);
    for (int t = steps - 1; t >= 0; t--) {
      int from = t * batchSize;
      for (int b = 0; b < batchSize; b++) {
        slope(from + b, dh[from + b], dhNext[b], dc[b]);
      }
      if (t > 0) {
        for (int gate = 0; gate < kind.gates(); gate++) {
          ArrayGemm.multiply(
              z[recurrentBlock(gate)], from, gateOf(weightHh.value(), gate), dhNext, 0, batchSize);
        }
      }
    }
    if (inputGradient) {
      clear(dx);
      for (int gate = 0; gate < kind.gates(); gate++) {
        ArrayGemm.multiply(z[gate], gateOf(weightIh.value(), gate), dx);
      }
    }
    accumulateGradients();
    return dx;
  }

  /// Leaves in `carried` the part that goes straight to the state before.
  private void slope(int r, float[] dh, float[] carried, float[] dcRow) {
    int next = r + batchSize;
    switch (kind) {
      case LSTM -> {
        ArrayGates.lstmBackward(
            z[0][r], z[1][r], z[2][r], z[3][r], c[r], c[next], dh, carried, dcRow);
        Arrays.fill(carried, 0f);
      }
      case GRU -> ArrayGates.gruBackward(z[0][r], z[1][r], z[2][r], z[3][r], h[r], dh, carried);
      case RNN -> {
        ArrayGates.rnnBackward(z[0][r], h[next], dh, carried);
        Arrays.fill(carried, 0f);
      }
    }
  }

  private void accumulateGradients() {
    int rows = steps * batchSize;
    var sums = new float[hiddenSize];
    for (int gate = 0; gate < kind.gates(); gate++) {
      var dz = z[gate];
      var dq = z[recurrentBlock(gate)];
      ArrayGemm.multiplyTransposed(dz, 0, x, 0, rows, gateOf(weightIh.gradient(), gate), staging);
      // h before the first step is zero
      ArrayGemm.multiplyTransposed(
          dq,
          batchSize,
          h,
          batchSize,
          rows - batchSize,
          gateOf(weightHh.gradient(), gate),
          staging);
      accumulateBias(dz, biasIh.gradient()[0], gate * hiddenSize, sums);
      accumulateBias(dq, biasHh.gradient()[0], gate * hiddenSize, sums);
    }
  }

  private static void accumulateBias(float[][] dz, float[] gradient, int at, float[] sums) {
    Arrays.fill(sums, 0f);
    for (float[] row : dz) {
      add(row, sums);
    }
    for (int u = 0; u < sums.length; u++) {
      gradient[at + u] += sums[u];
    }
  }

  static void add(float[] source, float[] target) {
    for (int u = 0; u < target.length; u++) {
      target[u] += source[u];
    }
  }

  static void clear(float[][] rows) {
    for (float[] row : rows) {
      Arrays.fill(row, 0f);
    }
  }
}
