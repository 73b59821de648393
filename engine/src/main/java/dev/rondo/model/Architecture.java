package dev.rondo.model;

import dev.rondo.nn.CellKind;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// What a [SequenceModel] consists of: an input, a stack of recurrent layers, a dense output.
///
/// @param input what a step of the input is
/// @param cell the recurrence of every layer
/// @param hiddenSize units of each layer
/// @param layers layers, one on the other
/// @param dropout probability with which an element between two layers, and before the output, is
///   dropped while training
/// @param outputSize logits or values of a step of the output
public record Architecture(
    Input input, CellKind cell, int hiddenSize, int layers, double dropout, int outputSize) {

  private static final String FORMAT_KEY = "rondo.model";
  private static final String FORMAT = "sequence-model/1";
  private static final String INPUT_KEY = "rondo.input";
  private static final String INPUT_SIZE_KEY = "rondo.input_size";
  private static final String EMBEDDING_KEY = "rondo.embedding_size";
  private static final String CELL_KEY = "rondo.cell";
  private static final String HIDDEN_KEY = "rondo.hidden_size";
  private static final String LAYERS_KEY = "rondo.layers";
  private static final String DROPOUT_KEY = "rondo.dropout";
  private static final String OUTPUT_KEY = "rondo.output_size";

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
  /// @throws IllegalArgumentException if a size is not positive or `dropout` is not in [0, 1)
  public Architecture {
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(cell, "cell");
    requirePositive("hiddenSize", hiddenSize);
    requirePositive("layers", layers);
    requirePositive("outputSize", outputSize);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), was " + dropout);
    }
  }

  private static void requirePositive(String name, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, was " + value);
    }
  }

  /// A language model over `vocabularySize` tokens, which are both input and output.
  public static Architecture languageModel(
      int vocabularySize, int embeddingSize, CellKind cell, int hiddenSize, int layers) {
    return new Architecture(
        new TokenInput(vocabularySize, embeddingSize), cell, hiddenSize, layers, 0, vocabularySize);
  }

  /// With this dropout.
  public Architecture dropout(double probability) {
    return new Architecture(input, cell, hiddenSize, layers, probability, outputSize);
  }

  /// The architecture as text by key, for the metadata of a file; [#of] reads it back.
  public Map<String, String> metadata() {
    var result = new LinkedHashMap<String, String>();
    result.put(FORMAT_KEY, FORMAT);
    switch (input) {
      case TokenInput tokens -> {
        result.put(INPUT_KEY, "tokens");
        result.put(INPUT_SIZE_KEY, Integer.toString(tokens.vocabularySize));
        result.put(EMBEDDING_KEY, Integer.toString(tokens.embeddingSize));
      }
      case DenseInput dense -> {
        result.put(INPUT_KEY, "dense");
        result.put(INPUT_SIZE_KEY, Integer.toString(dense.size));
      }
    }
    result.put(CELL_KEY, cell.label());
    result.put(HIDDEN_KEY, Integer.toString(hiddenSize));
    result.put(LAYERS_KEY, Integer.toString(layers));
    result.put(DROPOUT_KEY, Double.toString(dropout));
    result.put(OUTPUT_KEY, Integer.toString(outputSize));
    return result;
  }

  /// The architecture that [#metadata()] wrote.
  ///
  /// @throws IllegalArgumentException if a key is missing or its value breaks a rule; the message
  ///   says which
  public static Architecture of(Map<String, String> metadata) {
    String format = text(metadata, FORMAT_KEY);
    if (!format.equals(FORMAT)) {
      throw new IllegalArgumentException(
          "%s is %s, expected %s".formatted(FORMAT_KEY, format, FORMAT));
    }
    int inputSize = integer(metadata, INPUT_SIZE_KEY);
    String kind = text(metadata, INPUT_KEY);
    Input input =
        switch (kind) {
          case "tokens" -> new TokenInput(inputSize, integer(metadata, EMBEDDING_KEY));
          case "dense" -> new DenseInput(inputSize);
          default ->
              throw new IllegalArgumentException(
                  "%s is %s, expected tokens or dense".formatted(INPUT_KEY, kind));
        };
    return new Architecture(
        input,
        CellKind.of(text(metadata, CELL_KEY)),
        integer(metadata, HIDDEN_KEY),
        integer(metadata, LAYERS_KEY),
        number(metadata, DROPOUT_KEY),
        integer(metadata, OUTPUT_KEY));
  }

  /// Whether a key belongs to the architecture rather than to the user.
  static boolean isReserved(String key) {
    return key.startsWith("rondo.");
  }

  private static String text(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing: not a sequence model");
    }
    return value;
  }

  private static int integer(Map<String, String> metadata, String key) {
    String value = text(metadata, key);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }

  private static double number(Map<String, String> metadata, String key) {
    String value = text(metadata, key);
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }
}
