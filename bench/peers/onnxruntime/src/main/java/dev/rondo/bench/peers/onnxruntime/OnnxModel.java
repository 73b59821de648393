package dev.rondo.bench.peers.onnxruntime;

import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.stream.StreamCase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The ONNX models of works, including weights.
final class OnnxModel {
  private OnnxModel() {}

  /// The bytes of a model of one recurrent node: `X` `[steps, batchSize, hiddenSize]` to `Y`
  /// `[steps, 1, batchSize, hiddenSize]`.
  static byte[] of(Work work, Numbers operands) throws IOException {
    int hidden = work.hiddenSize();
    var graph = new OnnxGraph();
    graph.recurrent(work.cell(), hidden, "X", 0, List.of(), List.of("Y"));
    weights(graph, work.cell(), 0, operands);
    graph.input("X", work.steps(), work.batchSize(), hidden);
    graph.output("Y", work.steps(), 1, work.batchSize(), hidden);
    return graph.model();
  }

  /// The bytes of a model of one step, with states as inputs and outputs: `X` `[1, 1, hiddenSize]`,
  /// and for each layer `h0` and `c0` `[1, 1, hiddenSize]`, to `nextH0` and `nextC0` and, if there
  /// is a dense layer, `Y` `[1, 1, outputSize]`.
  ///
  /// h of a layer after the step, `[directions, batchSize, hiddenSize]`, is the input `[steps,
  /// batchSize, inputSize]` of the next one without conversion.
  static byte[] step(StreamCase stream, Numbers operands) throws IOException {
    int hidden = stream.hiddenSize();
    boolean hasC = stream.cell() == Work.Cell.LSTM;
    var graph = new OnnxGraph();
    graph.input("X", 1, 1, hidden);
    String input = "X";
    for (int layer = 0; layer < stream.layers(); layer++) {
      var states = new ArrayList<>(List.of("h" + layer));
      // the output of all steps, which is h of the only step, is omitted
      var outputs = new ArrayList<>(List.of("", "nextH" + layer));
      if (hasC) {
        states.add("c" + layer);
        outputs.add("nextC" + layer);
      }
      graph.recurrent(stream.cell(), hidden, input, layer, states, outputs);
      weights(graph, stream.cell(), layer, operands);
      for (var state : states) {
        graph.input(state, 1, 1, hidden);
      }
      for (var output : outputs.subList(1, outputs.size())) {
        graph.output(output, 1, 1, hidden);
      }
      input = "nextH" + layer;
    }
    if (stream.outputSize() > 0) {
      dense(graph, stream, input, operands);
    }
    return graph.model();
  }

  private static void weights(OnnxGraph graph, Work.Cell cell, int layer, Numbers operands)
      throws IOException {
    graph.weights(
        cell,
        layer,
        operands.read("layer.weight_ih_l" + layer),
        operands.read("layer.weight_hh_l" + layer),
        operands.read("layer.bias_ih_l" + layer),
        operands.read("layer.bias_hh_l" + layer));
  }

  private static void dense(OnnxGraph graph, StreamCase stream, String input, Numbers operands)
      throws IOException {
    int hidden = stream.hiddenSize();
    int size = stream.outputSize();
    var weight = operands.read("head.weight");
    var transposed = new float[weight.length];
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < hidden; column++) {
        transposed[column * size + row] = weight[row * hidden + column];
      }
    }
    graph.node("MatMul", List.of(input, "headWeight"), List.of("product"));
    graph.node("Add", List.of("product", "headBias"), List.of("Y"));
    graph.tensor("headWeight", transposed, hidden, size);
    graph.tensor("headBias", operands.read("head.bias"), size);
    graph.output("Y", 1, 1, size);
  }
}
