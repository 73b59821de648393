package dev.rondo.bench.array;

import dev.rondo.autograd.Parameters;
import dev.rondo.bench.peers.Work.Cell;
import java.util.ArrayList;
import java.util.List;

/// A language model over characters in plain loops: embedding, two LSTM layers, projection, softmax
/// with cross-entropy, and the backward pass to every parameter.
public final class ArrayCharModel {
  private final ArrayParameter embedding;
  private final ArrayRecurrent first;
  private final ArrayRecurrent second;
  private final ArrayParameter weight;
  private final ArrayParameter bias;
  private final float[][] weightTransposed;
  private final float[][] x;
  private final float[][] logits;
  private final float[][] dh;
  private final ArrayGemm.Staging staging = new ArrayGemm.Staging();

  /// A model with the parameters `embedding`, `lstm` (two layers) and `head` of a store.
  public ArrayCharModel(Parameters parameters, int steps, int batchSize) {
    embedding = new ArrayParameter(parameters.get("embedding.weight").value());
    first = new ArrayRecurrent(Cell.LSTM, parameters.at("lstm"), 0, steps, batchSize);
    second = new ArrayRecurrent(Cell.LSTM, parameters.at("lstm"), 1, steps, batchSize);
    weight = new ArrayParameter(parameters.get("head.weight").value());
    bias = new ArrayParameter(parameters.get("head.bias").value());
    int rows = steps * batchSize;
    int classes = weight.value().length;
    int hiddenSize = weight.value()[0].length;
    weightTransposed = new float[hiddenSize][classes];
    x = new float[rows][];
    logits = new float[rows][classes];
    dh = new float[rows][hiddenSize];
    weightsChanged();
  }

  /// All parameters.
  public List<ArrayParameter> parameters() {
    var all = new ArrayList<ArrayParameter>();
    all.add(embedding);
    all.addAll(first.parameters());
    all.addAll(second.parameters());
    all.add(weight);
    all.add(bias);
    return all;
  }

  /// Updates everything derived from the weights; to be called after each change of them.
  public void weightsChanged() {
    first.weightsChanged();
    second.weightsChanged();
    ArrayParameter.transpose(weight.value(), weightTransposed);
  }

  /// Forward and backward pass from a zero state; adds to the gradient of every parameter.
  ///
  /// @param tokens the input characters, `[t·batchSize + b]`
  /// @param targets the next characters
  /// @return the mean loss in nats
  public double forwardAndBack(int[] tokens, int[] targets) {
    for (int r = 0; r < x.length; r++) {
      x[r] = embedding.value()[tokens[r]];
    }
    var hidden = second.forward(first.forward(x));
    for (float[] row : logits) {
      System.arraycopy(bias.value()[0], 0, row, 0, row.length);
    }
    ArrayGemm.multiply(hidden, weightTransposed, logits);
    double loss = ArrayMath.crossEntropy(logits, targets);
    ArrayGemm.multiplyTransposed(logits, 0, hidden, 0, logits.length, weight.gradient(), staging);
    for (float[] row : logits) {
      ArrayRecurrent.add(row, bias.gradient()[0]);
    }
    ArrayRecurrent.clear(dh);
    ArrayGemm.multiply(logits, weight.value(), dh);
    var dx = first.backward(second.backward(dh, true), true);
    for (int r = 0; r < dx.length; r++) {
      ArrayRecurrent.add(dx[r], embedding.gradient()[tokens[r]]);
    }
    return loss;
  }
}
