package dev.rondo.bench.peers.onnxruntime;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// An ONNX model of one recurrent node: `X` `[steps, batchSize, hiddenSize]` to `Y` `[steps, 1,
/// batchSize, hiddenSize]`, weights inside.
///
/// Written field by field; the numbers are those of `onnx.proto`. ONNX orders the gates of an LSTM
/// i o f c and those of a GRU z r h; a GRU with `linear_before_reset` is PyTorch's.
final class OnnxModel {
  private static final int FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 14;

  /// For each of ONNX's gates, which of PyTorch's it is (i f g o; r z n).
  private static final int[] LSTM_GATES = {0, 3, 1, 2};

  private static final int[] GRU_GATES = {1, 0, 2};
  private static final int[] RNN_GATES = {0};

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private OnnxModel() {}

  /// The bytes of the model file.
  static byte[] of(Work work, Numbers operands) throws IOException {
    int hidden = work.hiddenSize();
    int rows = work.cell().gates() * hidden;
    var weightIh = ordered(work, operands.read("layer.weight_ih_l0"));
    var weightHh = ordered(work, operands.read("layer.weight_hh_l0"));
    var biasIh = ordered(work, operands.read("layer.bias_ih_l0"));
    var biasHh = ordered(work, operands.read("layer.bias_hh_l0"));
    var biases = new float[2 * rows];
    System.arraycopy(biasIh, 0, biases, 0, rows);
    System.arraycopy(biasHh, 0, biases, rows, rows);
    var graph =
        message(out -> {
          out.writeByteArray(1, node(work));
          out.writeString(2, "graph");
          out.writeByteArray(5, tensor("W", weightIh, 1, rows, hidden));
          out.writeByteArray(5, tensor("R", weightHh, 1, rows, hidden));
          out.writeByteArray(5, tensor("B", biases, 1, 2L * rows));
          out.writeByteArray(11, value("X", work.steps(), work.batchSize(), hidden));
          out.writeByteArray(12, value("Y", work.steps(), 1, work.batchSize(), hidden));
        });
    return message(out -> {
      out.writeInt64(1, IR_VERSION);
      out.writeByteArray(7, graph);
      out.writeByteArray(8, message(set -> set.writeInt64(2, OPERATOR_SET)));
    });
  }

  private static byte[] node(Work work) {
    return message(out -> {
      for (var input : new String[] {"X", "W", "R", "B"}) {
        out.writeString(1, input);
      }
      out.writeString(2, "Y");
      out.writeString(4, work.cell().name());
      out.writeByteArray(5, attribute("hidden_size", work.hiddenSize()));
      if (work.cell() == Work.Cell.GRU) {
        out.writeByteArray(5, attribute("linear_before_reset", 1));
      }
    });
  }

  private static byte[] attribute(String name, long value) {
    return message(out -> {
      out.writeString(1, name);
      out.writeInt64(3, value);
      out.writeInt32(20, ATTRIBUTE_INT);
    });
  }

  private static byte[] tensor(String name, float[] values, long... shape) {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return message(out -> {
      for (long dimension : shape) {
        out.writeInt64(1, dimension);
      }
      out.writeInt32(2, FLOAT);
      out.writeString(8, name);
      out.writeBytes(9, ByteString.copyFrom(bytes.array()));
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
  private static float[] ordered(Work work, float[] values) {
    int[] gates =
        switch (work.cell()) {
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
