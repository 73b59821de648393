package dev.rondo.tools.lm;

import dev.rondo.io.ModelFormatException;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.tools.text.TokenLevel;
import dev.rondo.tools.text.Vocabulary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/// A model and its vocabulary, which its file also holds.
///
/// @param model a model of tokens
/// @param vocabulary the tokens, as many as the model has
public record LanguageModel(SequenceModel model, Vocabulary vocabulary) {
  private static final String LEVEL = "lm.level";
  private static final String VOCABULARY = "lm.vocabulary";

  /// Adds the vocabulary to the model's properties, which are saved with it.
  public LanguageModel {
    model.setProperty(LEVEL, vocabulary.level().label());
    model.setProperty(VOCABULARY, vocabulary.serialized());
  }

  /// Loads a file that `lm train` wrote; a checkpoint is one too.
  ///
  /// @param arena owns the parameters
  /// @throws IOException if the file cannot be read, is damaged, or holds another kind of model
  static LanguageModel load(Path file, Backend backend, Arena arena) throws IOException {
    requireFile(file);
    var model = SequenceModel.load(file, backend, arena);
    var vocabulary = vocabulary(model, file);
    if (vocabulary == null) {
      throw ModelFormatException.in(file, "no language model: it has no vocabulary");
    }
    return new LanguageModel(model, vocabulary);
  }

  /// The vocabulary that was saved with a model of tokens.
  ///
  /// @param file for messages
  /// @return the vocabulary, or null if there is none
  /// @throws ModelFormatException if the entry is no vocabulary
  public static Vocabulary vocabulary(SequenceModel model, Path file) throws ModelFormatException {
    var level = model.property(LEVEL);
    var serialized = model.property(VOCABULARY);
    if (level == null
        || serialized == null
        || !(model.architecture().input() instanceof Architecture.TokenInput input)) {
      return null;
    }
    Vocabulary vocabulary;
    try {
      vocabulary = Vocabulary.parse(TokenLevel.of(level), serialized);
    } catch (IllegalArgumentException e) {
      throw ModelFormatException.in(file, e.getMessage());
    }
    int outputs = model.architecture().outputSize();
    if (vocabulary.size() != input.vocabularySize() || vocabulary.size() != outputs) {
      throw ModelFormatException.in(
          file,
          "the vocabulary has %d tokens, the model %d inputs and %d outputs"
              .formatted(vocabulary.size(), input.vocabularySize(), outputs));
    }
    return vocabulary;
  }

  /// @throws IOException if there is no such file, with a message that says so
  static void requireFile(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("there is no file " + file);
    }
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder, expected a model file");
    }
  }
}
