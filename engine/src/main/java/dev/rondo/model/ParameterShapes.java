package dev.rondo.model;

import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import java.util.Arrays;

/// Checks that a file holds the parameters of an architecture before memory is allocated for them:
/// an architecture read from a file may demand any size.
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
    var stack = architecture.stack();
    for (int layer = 0; layer < stack.layers(); layer++) {
      for (var parameter : stack.parameters(layer)) {
        shapes.require("recurrent." + parameter.name(), parameter.toArray());
      }
    }
    int top = stack.outputSize();
    if (architecture.normalizesTop()) {
      shapes.require("norm.weight", top);
      shapes.require("norm.bias", top);
    }
    shapes.require("output.weight", architecture.outputSize(), top);
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
