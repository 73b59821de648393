package dev.rondo.model;

import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.CellOptions;
import dev.rondo.nn.recurrent.Regularization;
import java.util.Map;
import java.util.Objects;

/// What a [SequenceModel] consists of, as data: an input, a stack of recurrent layers, a dense
/// output.
///
///     Architecture.languageModel(65, 64, CellKind.LSTM, 256, 2).dropout(0.2)
///     Architecture.of(new DenseInput(12), LayerStack.of(Gru.options(), 64).layers(3), 4)
///         .layerNorm()
///         .output(OutputFunction.SOFTMAX)
///
/// @param input what a step of the input is
/// @param stack the recurrent layers
/// @param normalizesTop whether the top layer's output is layer-normalized before the dense output
/// @param outputSize logits or values of a step of the output
/// @param outputFunction what becomes of the logits before a user sees them
public record Architecture(
    Input input,
    LayerStack stack,
    boolean normalizesTop,
    int outputSize,
    OutputFunction outputFunction) {

  /// What a step of the input is.
  public sealed interface Input {
    /// Features that reach the first recurrent layer.
    int features();
  }

  /// A token, looked up in a learned table.
  ///
  /// @param vocabularySize different tokens
  /// @param embeddingSize elements of the vector of a token
  public record TokenInput(int vocabularySize, int embeddingSize) implements Input {
    /// Checks the sizes.
    public TokenInput {
      requirePositive("vocabularySize", vocabularySize);
      requirePositive("embeddingSize", embeddingSize);
    }

    @Override
    public int features() {
      return embeddingSize;
    }
  }

  /// A vector of numbers.
  ///
  /// @param size elements of the vector
  public record DenseInput(int size) implements Input {
    /// Checks the size.
    public DenseInput {
      requirePositive("size", size);
    }

    @Override
    public int features() {
      return size;
    }
  }

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if `outputSize` is not positive
  public Architecture {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(stack, "stack");
    Objects.requireNonNull(outputFunction, "outputFunction");
    requirePositive("outputSize", outputSize);
  }

  /// A stack of a common cell that goes forward.
  ///
  /// @param dropout probability with which an element between two layers, and before the output, is
  ///   dropped while training
  /// @throws IllegalArgumentException if a size is not positive or `dropout` is not in [0, 1)
  public Architecture(
      Input input, CellKind cell, int hiddenSize, int layers, double dropout, int outputSize) {
    this(
        input,
        LayerStack.of(CellOptions.parse(cell.label()), hiddenSize)
            .layers(layers)
            .regularization(dropping(dropout)),
        false,
        outputSize,
        OutputFunction.IDENTITY);
  }

  private static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, was " + value);
    }
  }

  private static Regularization dropping(double probability) {
    return new Regularization(probability, false, 0, 0, 0, 0, 0);
  }

  /// A model of these layers whose output is that of the dense layer.
  public static Architecture of(Input input, LayerStack stack, int outputSize) {
    return new Architecture(input, stack, false, outputSize, OutputFunction.IDENTITY);
  }

  /// A language model over `vocabularySize` tokens, which are both input and output.
  public static Architecture languageModel(
      int vocabularySize, int embeddingSize, CellKind cell, int hiddenSize, int layers) {
    return new Architecture(
        new TokenInput(vocabularySize, embeddingSize), cell, hiddenSize, layers, 0, vocabularySize);
  }

  /// With this dropout between layers and before the output, and nothing else left out.
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public Architecture dropout(double probability) {
    var changed = stack.regularization(dropping(probability));
    return new Architecture(input, changed, normalizesTop, outputSize, outputFunction);
  }

  /// With layer normalization between the top layer and the dense output.
  public Architecture layerNorm() {
    return new Architecture(input, stack, true, outputSize, outputFunction);
  }

  /// With this function of the logits.
  public Architecture output(OutputFunction function) {
    return new Architecture(input, stack, normalizesTop, outputSize, function);
  }

  /// The recurrence of every layer.
  public CellOptions cell() {
    return stack.cell();
  }

  /// Units of each layer.
  public int hiddenSize() {
    return stack.hiddenSize();
  }

  /// Layers, one on the other.
  public int layers() {
    return stack.layers();
  }

  /// Probability with which an element between two layers, and before the output, is dropped while
  /// training.
  public double dropout() {
    return stack.regularization().dropout();
  }

  /// The architecture as text by key, for the metadata of a file; [#of(Map)] reads it back. What
  /// the format `sequence-model/1` can say is written in it, all else in `sequence-model/2`.
  public Map<String, String> metadata() {
    return ArchitectureText.write(this);
  }

  /// The architecture that [#metadata()] wrote, in either format.
  ///
  /// @throws IllegalArgumentException if a key is missing or unknown, or its value breaks a rule;
  ///   the message says which
  public static Architecture of(Map<String, String> metadata) {
    return ArchitectureText.read(metadata);
  }

  /// Whether a key belongs to the architecture rather than to the user.
  static boolean isReserved(String key) {
    return key.startsWith("rondo.");
  }
}
