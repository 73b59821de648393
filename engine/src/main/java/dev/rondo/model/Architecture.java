package dev.rondo.model;

import dev.rondo.nn.recurrent.Cell;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.GateInitializers;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Regularization;
import java.util.Map;
import java.util.Objects;

/// A [SequenceModel] as data: an input, a stack of recurrent layers, a dense output.
///
///     Architecture.languageModel(65, 64, Lstm.cell(), 256, 2).dropout(0.2)
///     Architecture.of(new DenseInput(12), RecurrentOptions.of(Gru.cell(), 64).layers(3), 4)
///         .layerNorm()
///         .output(OutputFunction.SOFTMAX)
///
/// Two architectures are equal if a file of one is a file of the other: the initialization of the
/// parameters does not count.
///
/// @param input one step of the input
/// @param stack the recurrent layers; their input size becomes that of `input`
/// @param normalizesTop whether the top layer's output is layer-normalized before the dense output
/// @param outputSize number of logits or values of a step of the output
/// @param outputFunction function applied to the logits before a user sees them
public record Architecture(
    Input input,
    RecurrentOptions stack,
    boolean normalizesTop,
    int outputSize,
    OutputFunction outputFunction) {

  /// The kind of a step of the input.
  public sealed interface Input {
    /// Features that reach the first recurrent layer.
    int features();
  }

  /// A token, looked up in a learned table.
  ///
  /// @param vocabularySize number of different tokens
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
    stack = stack.inputSize(input.features());
    Objects.requireNonNull(outputFunction, "outputFunction");
    requirePositive("outputSize", outputSize);
  }

  /// A stack of one cell, forward.
  ///
  /// @param dropout probability with which an element between two layers, and before the output, is
  ///   dropped while training
  /// @throws IllegalArgumentException if a size is not positive or `dropout` is not in [0, 1)
  public Architecture(
      Input input, Cell cell, int hiddenSize, int layers, double dropout, int outputSize) {
    this(
        input,
        RecurrentOptions.of(cell, hiddenSize).layers(layers).regularization(dropping(dropout)),
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

  /// A model of these layers, whose output is that of the dense layer.
  public static Architecture of(Input input, RecurrentOptions stack, int outputSize) {
    return new Architecture(input, stack, false, outputSize, OutputFunction.IDENTITY);
  }

  /// A language model over `vocabularySize` tokens, which are both input and output.
  public static Architecture languageModel(
      int vocabularySize, int embeddingSize, Cell cell, int hiddenSize, int layers) {
    return new Architecture(
        new TokenInput(vocabularySize, embeddingSize), cell, hiddenSize, layers, 0, vocabularySize);
  }

  /// With this dropout between layers and before the output, and no other regularization.
  ///
  /// @throws IllegalArgumentException if `probability` is not in [0, 1)
  public Architecture dropout(double probability) {
    return stack(stack.regularization(dropping(probability)));
  }

  /// With layer normalization between the top layer and the dense output.
  public Architecture layerNorm() {
    return new Architecture(input, stack, true, outputSize, outputFunction);
  }

  /// With these initializers of the recurrent layers' parameters. They are not part of a file.
  ///
  /// @throws IllegalArgumentException if they name a gate that no layer has
  public Architecture initialization(GateInitializers initializers) {
    return stack(stack.initialization(initializers));
  }

  /// With the forget gate of LSTMs initially open; see [RecurrentOptions#forgetBias].
  ///
  /// @throws IllegalArgumentException if no cell has a forget gate
  public Architecture forgetBias(double value) {
    return stack(stack.forgetBias(value));
  }

  private Architecture stack(RecurrentOptions changed) {
    return new Architecture(input, changed, normalizesTop, outputSize, outputFunction);
  }

  /// With this function of the logits.
  public Architecture output(OutputFunction function) {
    return new Architecture(input, stack, normalizesTop, outputSize, function);
  }

  /// The cell of every layer that has no other one set.
  public Cell cell() {
    return stack.cell();
  }

  /// Units of each layer that has no other number set.
  public int hiddenSize() {
    return stack.hiddenSize();
  }

  /// Number of layers, stacked.
  public int layers() {
    return stack.layers();
  }

  /// Probability with which an element between two layers, and before the output, is dropped while
  /// training.
  public double dropout() {
    return stack.regularization().dropout();
  }

  /// The architecture as text by key, for the metadata of a file; [#of(Map)] reads it back. It is
  /// written in the oldest format that can express it: `sequence-model/1`, `/2` or `/3`.
  public Map<String, String> metadata() {
    return ArchitectureText.write(this);
  }

  /// Reads an architecture of the engine's own cells that [#metadata()] wrote, in any format.
  ///
  /// @throws IllegalArgumentException if a key is missing or unknown, or its value breaks a rule;
  ///   the message says which
  public static Architecture of(Map<String, String> metadata) {
    return of(metadata, Cells.standard());
  }

  /// Reads an architecture that [#metadata()] wrote, in any format.
  ///
  /// @param cells the families that the file may name
  /// @throws IllegalArgumentException if a key is missing or unknown, or its value breaks a rule;
  ///   the message says which
  public static Architecture of(Map<String, String> metadata, Cells cells) {
    return ArchitectureText.read(metadata, cells);
  }

  /// True if a key belongs to the architecture rather than to the user.
  static boolean isReserved(String key) {
    return key.startsWith("rondo.");
  }
}
