package dev.rondo.bench.stream;

import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.kernel.WeightFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/// The work of a contender: one step of one stream.
///
/// @param cell the recurrence of every layer
/// @param hiddenSize the number of units of a layer and of input features
/// @param layers the number of layers
/// @param outputSize the size of a dense layer on top; 0 if the output is h of the top layer
/// @param weights the format of the weights of products
public record StreamCase(
    Work.Cell cell, int hiddenSize, int layers, int outputSize, WeightFormat weights) {
  /// The number of steps from a zero state whose outputs are compared before the timing.
  public static final int CHECKED_STEPS = 16;

  /// The size of the dense layer on a stack.
  private static final int STACK_OUTPUTS = 32;

  /// Checks the sizes.
  public StreamCase {
    if (hiddenSize <= 0 || layers <= 0 || outputSize < 0) {
      throw new IllegalArgumentException(
          "sizes must be positive, were %d units, %d layers, %d outputs"
              .formatted(hiddenSize, layers, outputSize));
    }
  }

  /// One layer alone.
  public static StreamCase layer(Work.Cell cell, int hiddenSize, WeightFormat weights) {
    return new StreamCase(cell, hiddenSize, 1, 0, weights);
  }

  /// Layers and a dense output, described by a text such as `3x256`.
  ///
  /// @throws IllegalArgumentException if the text has another form
  public static StreamCase stack(Work.Cell cell, String text, WeightFormat weights) {
    var sizes = text.split("x", -1);
    try {
      if (sizes.length == 2) {
        return new StreamCase(
            cell, Integer.parseInt(sizes[1]), Integer.parseInt(sizes[0]), STACK_OUTPUTS, weights);
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new IllegalArgumentException("a stack must be like 3x256, was " + text);
  }

  /// The name in tables.
  public String name() {
    return outputSize == 0
        ? "%s %d".formatted(cell.label(), hiddenSize)
        : "%s %dx%d+%d".formatted(cell.label(), layers, hiddenSize, outputSize);
  }

  /// The weight format in tables and files.
  public String weightsLabel() {
    return weights.name().toLowerCase(Locale.ROOT);
  }

  /// The words of one line, read by [#parse(String)].
  public String line() {
    return "%s/%d/%d/%d/%s".formatted(cell.label(), hiddenSize, layers, outputSize, weightsLabel());
  }

  /// The case of a line.
  public static StreamCase parse(String line) {
    var parts = line.split("/", -1);
    return new StreamCase(
        Work.Cell.valueOf(parts[0].toUpperCase(Locale.ROOT)),
        Integer.parseInt(parts[1]),
        Integer.parseInt(parts[2]),
        Integer.parseInt(parts[3]),
        WeightFormat.valueOf(parts[4].toUpperCase(Locale.ROOT)));
  }

  /// The same case with another weight format.
  public StreamCase weights(WeightFormat format) {
    return new StreamCase(cell, hiddenSize, layers, outputSize, format);
  }

  /// The number of outputs of a step.
  public int stepOutputs() {
    return outputSize == 0 ? hiddenSize : outputSize;
  }

  /// Names and shapes of all parameters, in PyTorch's words and order.
  public Map<String, int[]> parameters() {
    var shapes = new LinkedHashMap<String, int[]>();
    int rows = cell.gates() * hiddenSize;
    for (int layer = 0; layer < layers; layer++) {
      shapes.put("layer.weight_ih_l" + layer, new int[] {rows, hiddenSize});
      shapes.put("layer.weight_hh_l" + layer, new int[] {rows, hiddenSize});
      shapes.put("layer.bias_ih_l" + layer, new int[] {rows});
      shapes.put("layer.bias_hh_l" + layer, new int[] {rows});
    }
    if (outputSize > 0) {
      shapes.put("head.weight", new int[] {outputSize, hiddenSize});
      shapes.put("head.bias", new int[] {outputSize});
    }
    return shapes;
  }

  /// The bytes of the weights of products and of their scales. A step needs each of them once.
  public long weightBytes() {
    long bytes = 0;
    for (int[] shape : parameters().values()) {
      if (shape.length == 2) {
        bytes += (long) shape[0] * shape[1] * weights.bytes();
        bytes += weights == WeightFormat.INT8 ? (long) shape[0] * Float.BYTES : 0;
      }
    }
    return bytes;
  }

  /// Generates parameters and the inputs of the checked steps. Those of a case are always the same,
  /// whatever the format of its weights.
  void writeOperands(Numbers numbers) throws IOException {
    var random = new SplittableRandom(1);
    double bound = 1 / Math.sqrt(hiddenSize);
    for (var parameter : parameters().entrySet()) {
      int size = 1;
      for (int dimension : parameter.getValue()) {
        size *= dimension;
      }
      numbers.write(parameter.getKey(), uniform(random, size, bound));
    }
    numbers.write("input", uniform(random, CHECKED_STEPS * hiddenSize, 1));
  }

  private static float[] uniform(SplittableRandom random, int size, double bound) {
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }

  /// All combinations of formats, cells and sizes, and stacks of the first of the cells.
  ///
  /// @throws IllegalArgumentException if a size is not positive or a stack has another form
  static List<StreamCase> all(
      List<Work.Cell> cells,
      List<Integer> hiddenSizes,
      List<String> stacks,
      List<WeightFormat> formats) {
    var cases = new ArrayList<StreamCase>();
    for (var format : formats) {
      for (var cell : cells) {
        hiddenSizes.forEach(size -> cases.add(layer(cell, size, format)));
      }
      stacks.forEach(text -> cases.add(stack(cells.getFirst(), text, format)));
    }
    return cases;
  }
}
