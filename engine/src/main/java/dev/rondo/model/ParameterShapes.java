package dev.rondo.model;

import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import java.util.Arrays;

/// Checks that a file holds the parameters of an architecture, before memory is taken for them: an
/// architecture from a file may ask for anything.
final class ParameterShapes {
  private final SafeTensors file;

  private ParameterShapes(SafeTensors file) {
    this.file = file;
  }

  static void require(Architecture architecture, SafeTensors file) throws ModelFormatException {
    var shapes = new ParameterShapes(file);
    if (architecture.input() instanceof Architecture.TokenInput tokens) {
      shapes.require("embedding.weight", tokens.vocabularySize(), tokens.embeddingSize());
    }
    long hidden = architecture.hiddenSize();
    long rows = architecture.cell().gates() * hidden;
    long features = architecture.input().features();
    for (int layer = 0; layer < architecture.layers(); layer++) {
      shapes.require("recurrent.weight_ih_l" + layer, rows, features);
      shapes.require("recurrent.weight_hh_l" + layer, rows, hidden);
      shapes.require("recurrent.bias_ih_l" + layer, rows);
      shapes.require("recurrent.bias_hh_l" + layer, rows);
      features = hidden;
    }
    shapes.require("output.weight", architecture.outputSize(), hidden);
    shapes.require("output.bias", architecture.outputSize());
  }

  private void require(String name, long... shape) throws ModelFormatException {
    var info = file.find(name);
    if (info.isEmpty()) {
      throw ModelFormatException.ofTensor(file.file(), name, "the parameter is missing");
    }
    if (!Arrays.equals(info.get().shape(), shape)) {
      throw ModelFormatException.ofTensor(
          file.file(),
          name,
          "shape is %s, expected %s"
              .formatted(Arrays.toString(info.get().shape()), Arrays.toString(shape)));
    }
  }
}
