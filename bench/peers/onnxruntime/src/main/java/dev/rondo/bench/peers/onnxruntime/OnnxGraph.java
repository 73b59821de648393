package dev.rondo.bench.peers.onnxruntime;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.rondo.bench.peers.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A builder of an ONNX model: nodes, weights, inputs and outputs, in the order of their data.
///
/// It writes field by field; the numbers are those of `onnx.proto`. ONNX orders the gates of an
/// LSTM i o f c and those of a GRU z r h. A GRU with `linear_before_reset` equals PyTorch's.
final class OnnxGraph {
  private static final int FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 14;

  /// The PyTorch gate (i f g o; r z n) of each of ONNX's gates.
  private static final int[] LSTM_GATES = {0, 3, 1, 2};

  private static final int[] GRU_GATES = {1, 0, 2};
  private static final int[] RNN_GATES = {0};

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream graph = CodedOutputStream.newInstance(bytes);

  /// An empty graph.
  OnnxGraph() throws IOException {
    graph.writeString(2, "graph");
  }

  /// Adds a node.
  ///
  /// @param inputs names; an empty name for an omitted input
  /// @param outputs names; an empty name for an omitted output
  /// @param attributes names, each followed by its number
  void node(String operator, List<String> inputs, List<String> outputs, Object... attributes)
      throws IOException {
    graph.writeByteArray(
        1,
        message(out -> {
          for (var input : inputs) {
            out.writeString(1, input);
          }
          for (var output : outputs) {
            out.writeString(2, output);
          }
          out.writeString(4, operator);
          for (int i = 0; i < attributes.length; i += 2) {
            out.writeByteArray(5, attribute((String) attributes[i], (int) attributes[i + 1]));
          }
        }));
  }

  /// Adds a recurrent node of one layer, whose weights have been added.
  ///
  /// @param states h before the first step and, for an LSTM, c; empty if they are zero
  /// @param outputs the outputs of all steps, then h of the last step, then c
  void recurrent(
      Work.Cell cell,
      int hiddenSize,
      String input,
      int layer,
      List<String> states,
      List<String> outputs)
      throws IOException {
    var inputs = new ArrayList<>(List.of(input, "W" + layer, "R" + layer, "B" + layer));
    if (!states.isEmpty()) {
      inputs.add("");
      inputs.addAll(states);
    }
    if (cell == Work.Cell.GRU) {
      node(cell.name(), inputs, outputs, "hidden_size", hiddenSize, "linear_before_reset", 1);
    } else {
      node(cell.name(), inputs, outputs, "hidden_size", hiddenSize);
    }
  }

  /// Adds a layer's weights, given in PyTorch's order and stored in ONNX's: `W`, `R` and `B` with
  /// the number of the layer.
  void weights(
      Work.Cell cell, int layer, float[] weightIh, float[] weightHh, float[] biasIh, float[] biasHh)
      throws IOException {
    int rows = biasIh.length;
    var biases = new float[2 * rows];
    System.arraycopy(ordered(cell, biasIh), 0, biases, 0, rows);
    System.arraycopy(ordered(cell, biasHh), 0, biases, rows, rows);
    tensor("W" + layer, ordered(cell, weightIh), 1, rows, weightIh.length / rows);
    tensor("R" + layer, ordered(cell, weightHh), 1, rows, weightHh.length / rows);
    tensor("B" + layer, biases, 1, 2L * rows);
  }

  /// Adds an initializer.
  void tensor(String name, float[] values, long... shape) throws IOException {
    var data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    graph.writeByteArray(
        5,
        message(out -> {
          for (long dimension : shape) {
            out.writeInt64(1, dimension);
          }
          out.writeInt32(2, FLOAT);
          out.writeString(8, name);
          out.writeBytes(9, ByteString.copyFrom(data.array()));
        }));
  }

  /// Adds an input of the graph.
  void input(String name, long... shape) throws IOException {
    graph.writeByteArray(11, value(name, shape));
  }

  /// Adds an output of the graph.
  void output(String name, long... shape) throws IOException {
    graph.writeByteArray(12, value(name, shape));
  }

  /// The bytes of the model file.
  byte[] model() throws IOException {
    graph.flush();
    return message(out -> {
      out.writeInt64(1, IR_VERSION);
      out.writeByteArray(7, bytes.toByteArray());
      out.writeByteArray(8, message(set -> set.writeInt64(2, OPERATOR_SET)));
    });
  }

  private static byte[] attribute(String name, long value) {
    return message(out -> {
      out.writeString(1, name);
      out.writeInt64(3, value);
      out.writeInt32(20, ATTRIBUTE_INT);
    });
  }

  private static byte[] value(String name, long... shape) {
    var dimensions =
        message(out -> {
          for (long dimension : shape) {
            out.writeByteArray(1, message(inner -> inner.writeInt64(1, dimension)));
          }
        });
    var tensorType =
        message(out -> {
          out.writeInt32(1, FLOAT);
          out.writeByteArray(2, dimensions);
        });
    return message(out -> {
      out.writeString(1, name);
      out.writeByteArray(2, message(type -> type.writeByteArray(1, tensorType)));
    });
  }

  private static byte[] message(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// The blocks of PyTorch's gates in ONNX's order.
  private static float[] ordered(Work.Cell cell, float[] values) {
    int[] gates =
        switch (cell) {
          case LSTM -> LSTM_GATES;
          case GRU -> GRU_GATES;
          case RNN -> RNN_GATES;
        };
    int block = values.length / gates.length;
    var result = new float[values.length];
    for (int gate = 0; gate < gates.length; gate++) {
      System.arraycopy(values, gates[gate] * block, result, gate * block, block);
    }
    return result;
  }
}
