package dev.rondo.model;

import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.LstmOptions;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Skip;
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
    long top = shapes.requireStack(architecture.stack(), architecture.input().features());
    if (architecture.normalizesTop()) {
      shapes.require("norm.weight", top);
      shapes.require("norm.bias", top);
    }
    shapes.require("output.weight", architecture.outputSize(), top);
    shapes.require("output.bias", architecture.outputSize());
  }

  /// @return features of the top layer's output
  private long requireStack(LayerStack stack, long inputFeatures) throws ModelFormatException {
    boolean both = stack.direction() == Direction.BIDIRECTIONAL;
    long state = stack.cell().stateSize(stack.hiddenSize());
    long outputFeatures = both && stack.merge() == Merge.CONCAT ? 2 * state : state;
    for (int layer = 0; layer < stack.layers(); layer++) {
      long features = inputFeatures;
      if (layer > 0) {
        features = outputFeatures + (stack.skip() == Skip.INPUT ? inputFeatures : 0);
      }
      requireLayer(stack, "_l" + layer, features);
      if (both) {
        requireLayer(stack, "_l" + layer + "_reverse", features);
      }
    }
    return outputFeatures;
  }

  private void requireLayer(LayerStack stack, String suffix, long features)
      throws ModelFormatException {
    var cell = stack.cell();
    long hidden = stack.hiddenSize();
    long state = cell.stateSize(stack.hiddenSize());
    long gates = Math.max(cell.gates().size(), 1);
    long rows = gates * hidden;
    require("recurrent.weight_ih" + suffix, rows, features);
    require("recurrent.weight_hh" + suffix, rows, state);
    require("recurrent.bias_ih" + suffix, rows);
    require("recurrent.bias_hh" + suffix, rows);
    if (cell instanceof LstmOptions lstm) {
      if (lstm.peepholes()) {
        require("recurrent.peephole" + suffix, gates - 1, hidden);
      }
      if (lstm.projection() > 0) {
        require("recurrent.weight_hr" + suffix, state, hidden);
      }
      if (lstm.layerNorm()) {
        require("recurrent.norm_ih" + suffix, rows);
        require("recurrent.norm_hh" + suffix, rows);
        require("recurrent.norm_c" + suffix, hidden);
        require("recurrent.norm_c_bias" + suffix, hidden);
      }
    }
    if (stack.learnsInitialState()) {
      require("recurrent.h0" + suffix, state);
      if (cell.hasCellState()) {
        require("recurrent.c0" + suffix, hidden);
      }
    }
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
