package dev.rondo.model;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.io.ModelFormatException;
import dev.rondo.io.SafeTensors;
import dev.rondo.io.SafeTensorsWriter;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import dev.rondo.nn.init.Initializer;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A model made from an [Architecture]: embedding or dense input, recurrent stack, optional layer
/// normalization, dense output.
///
/// Its file is a safetensors file whose metadata holds the architecture and the user's own
/// [properties][#properties()], so loading needs no code from the user. Parameters are
/// `embedding.weight`, `recurrent.weight_ih_l0` and so on, `norm.weight`, `norm.bias`,
/// `output.weight`, `output.bias`.
///
/// A forward pass ends with the dense output: losses take its logits. The architecture's output
/// function is applied by [#outputs] and by streams.
///
/// Holds parameters but no state: the state of the recurrence is an argument and a result.
public final class SequenceModel {
  /// The result of a forward pass.
  ///
  /// @param logits the dense output of every step, [steps, batchSize, outputSize], before the
  ///   architecture's output function
  /// @param lastState the state after the last step
  public record ModelOutput(Variable logits, StackState lastState) {}

  private final Architecture architecture;
  private final Parameters parameters;
  private final Embedding embedding;
  private final Recurrent recurrent;
  private final LayerNorm layerNorm;
  private final Linear output;
  private final Map<String, String> properties = new LinkedHashMap<>();

  /// @param random generator of the initial values; null if they stay zero and are read from a file
  private SequenceModel(
      Architecture architecture, Backend backend, Arena arena, CounterRandom random) {
    this.architecture = architecture;
    parameters = new Parameters(backend, arena);
    Initializer nothing = (_, _) -> {};
    var draws = random == null ? new CounterRandom(0) : random;
    embedding =
        switch (architecture.input()) {
          case Architecture.TokenInput tokens -> {
            var options = Embedding.of(tokens.vocabularySize(), tokens.embeddingSize());
            yield (random == null ? options.initialization(nothing) : options)
                .create(parameters.at("embedding"), draws.next());
          }
          case Architecture.DenseInput _ -> null;
        };
    var stack = architecture.stack();
    recurrent =
        (random == null ? stack.initialization(nothing, nothing, nothing) : stack)
            .create(parameters.at("recurrent"), draws.next());
    int top = recurrent.options().outputSize();
    layerNorm =
        architecture.normalizesTop() ? LayerNorm.of(top).create(parameters.at("norm")) : null;
    var dense = Linear.of(top, architecture.outputSize());
    output =
        (random == null ? dense.initialization(nothing, nothing) : dense)
            .create(parameters.at("output"), draws.next());
  }

  /// Creates a model with new parameters, initialized as in PyTorch.
  ///
  /// @param arena owns the parameters; shared when the backend has workers
  public static SequenceModel create(
      Architecture architecture, Backend backend, Arena arena, CounterRandom random) {
    return new SequenceModel(architecture, backend, arena, random);
  }

  /// Loads the model of a file, which may be a checkpoint: tensors that do not belong to the model
  /// are ignored.
  ///
  /// Allocates nothing until it has checked that the file holds every parameter in its full size.
  ///
  /// @param arena owns the parameters
  /// @throws ModelFormatException if the file is damaged or holds no sequence model
  /// @throws IOException if it cannot be read
  public static SequenceModel load(Path file, Backend backend, Arena arena) throws IOException {
    return load(file, backend, arena, Cells.standard());
  }

  /// As [#load(Path, Backend, Arena)], for a file that may have a user's own cells.
  ///
  /// @param cells the families that the file may name
  /// @throws ModelFormatException if the file is damaged or holds no sequence model
  /// @throws IOException if it cannot be read
  public static SequenceModel load(Path file, Backend backend, Arena arena, Cells cells)
      throws IOException {
    try (var tensors = SafeTensors.open(file)) {
      return load(tensors, backend, arena, cells);
    }
  }

  /// As [#load(Path, Backend, Arena)], from a file that is open.
  ///
  /// @throws ModelFormatException if the file holds no sequence model
  /// @throws IOException if it cannot be read
  public static SequenceModel load(SafeTensors file, Backend backend, Arena arena)
      throws IOException {
    return load(file, backend, arena, Cells.standard());
  }

  /// As [#load(SafeTensors, Backend, Arena)], for a file that may have a user's own cells.
  ///
  /// @param cells the families that the file may name
  /// @throws ModelFormatException if the file holds no sequence model
  /// @throws IOException if it cannot be read
  public static SequenceModel load(SafeTensors file, Backend backend, Arena arena, Cells cells)
      throws IOException {
    Architecture architecture;
    try {
      architecture = Architecture.of(file.metadata(), cells);
    } catch (IllegalArgumentException e) {
      throw ModelFormatException.in(file.file(), e.getMessage());
    }
    ParameterShapes.require(architecture, file);
    var model = new SequenceModel(architecture, backend, arena, null);
    for (var parameter : model.parameters.all()) {
      file.readInto(parameter.name(), parameter.value());
    }
    for (var entry : file.metadata().entrySet()) {
      if (!Architecture.isReserved(entry.getKey())) {
        model.properties.put(entry.getKey(), entry.getValue());
      }
    }
    return model;
  }

  /// Writes the model, replacing the file as a whole or not at all. The same model gives the same
  /// bytes.
  ///
  /// @throws IOException if it cannot be written; the previous file is then unchanged
  public void save(Path file) throws IOException {
    var writer = new SafeTensorsWriter();
    writeTo(writer);
    writer.write(file);
  }

  /// Adds metadata and parameters to a file being written, such as a checkpoint.
  public void writeTo(SafeTensorsWriter writer) {
    architecture.metadata().forEach(writer::metadata);
    properties.forEach(writer::metadata);
    parameters.values().forEach(writer::add);
  }

  /// The architecture of the model.
  public Architecture architecture() {
    return architecture;
  }

  /// The table of the tokens' vectors; null if the input is dense.
  public Embedding embedding() {
    return embedding;
  }

  /// The recurrent layers.
  public Recurrent recurrent() {
    return recurrent;
  }

  /// The normalization of the top layer's output; null if there is none.
  public LayerNorm layerNorm() {
    return layerNorm;
  }

  /// The dense output.
  public Linear output() {
    return output;
  }

  /// The parameters of the model.
  public Parameters parameters() {
    return parameters;
  }

  /// The user's own text that is saved with the model, such as a vocabulary, in order.
  public Map<String, String> properties() {
    return Map.copyOf(properties);
  }

  /// Returns one such text.
  ///
  /// @return null if there is none
  public String property(String key) {
    return properties.get(key);
  }

  /// Sets a text that is saved with the model.
  ///
  /// @throws IllegalArgumentException if the key starts with `rondo.`
  public void setProperty(String key, String value) {
    if (Architecture.isReserved(key)) {
      throw new IllegalArgumentException("key must not start with rondo., was " + key);
    }
    properties.put(key, value);
  }

  /// A zero state in the caller's memory. If the initial state is learned, copy [#initialState]
  /// into it before the first step.
  public RecurrentState newState(int batchSize, SegmentAllocator allocator) {
    return recurrent.newState(batchSize, allocator);
  }

  /// The state before the first step on a tape: zero, or the learned one, the same for every row.
  public StackState initialState(Tape tape, int batchSize) {
    return recurrent.initialState(tape, batchSize);
  }

  /// Runs over tokens `[steps, batchSize]` from a state, which is read, not changed.
  ///
  /// @throws IllegalStateException if the model takes dense input
  /// @throws IllegalArgumentException if a shape or a token does not fit
  public ModelOutput forward(Tape tape, Tokens tokens, RecurrentState state) {
    return forward(tape, tokens, state.on(tape), null);
  }

  /// As [#forward(Tape, Tokens, RecurrentState)], with a gradient for a state on the tape.
  public ModelOutput forward(Tape tape, Tokens tokens, StackState state) {
    return forward(tape, tokens, state, null);
  }

  /// Runs over tokens with padded steps, which are skipped and whose logits are 0.
  ///
  /// @param tokens [steps, batchSize]; in a padded step, any token of the vocabulary
  /// @param state state before the first step, which receives a gradient
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalStateException if the model takes dense input
  /// @throws IllegalArgumentException if a shape, a length or a token does not fit
  public ModelOutput forward(Tape tape, Tokens tokens, StackState state, Lengths lengths) {
    if (embedding == null) {
      throw new IllegalStateException("the model takes dense input, not tokens");
    }
    return run(tape, embedding.forward(tape, tokens), state, lengths);
  }

  /// Runs over vectors `[steps, batchSize, size]` from a state, which is read, not changed.
  ///
  /// @throws IllegalStateException if the model takes tokens
  /// @throws IllegalArgumentException if a shape does not fit
  public ModelOutput forward(Tape tape, Variable x, RecurrentState state) {
    return forward(tape, x, state.on(tape), null);
  }

  /// As [#forward(Tape, Variable, RecurrentState)], with a gradient for a state on the tape.
  public ModelOutput forward(Tape tape, Variable x, StackState state) {
    return forward(tape, x, state, null);
  }

  /// Runs over vectors with padded steps, which are skipped whatever their values, and whose logits
  /// are 0.
  ///
  /// @param x [steps, batchSize, size]
  /// @param state state before the first step, which receives a gradient
  /// @param lengths which steps are real; null if all are
  /// @throws IllegalStateException if the model takes tokens
  /// @throws IllegalArgumentException if a shape or a length does not fit
  public ModelOutput forward(Tape tape, Variable x, StackState state, Lengths lengths) {
    if (embedding != null) {
      throw new IllegalStateException("the model takes tokens, not dense input");
    }
    return run(tape, x, state, lengths);
  }

  private ModelOutput run(Tape tape, Variable x, StackState state, Lengths lengths) {
    var stack = recurrent.forward(tape, x, state, lengths);
    var top = layerNorm == null ? stack.output() : layerNorm.forward(tape, stack.output());
    var regularization = architecture.stack().regularization();
    var kept =
        regularization.locked()
            ? Dropout.locked(tape, top, regularization.dropout())
            : Dropout.apply(tape, top, regularization.dropout());
    var logits = output.forward(tape, kept);
    if (lengths != null) {
      clearPaddedSteps(tape, logits, lengths);
    }
    return new ModelOutput(logits, stack.lastState());
  }

  /// Sets the logits of padded steps to 0, in place, and their gradient to 0 in the backward pass.
  /// The dense output would otherwise leave its bias there.
  private static void clearPaddedSteps(Tape tape, Variable logits, Lengths lengths) {
    int steps = logits.value().dimension(0);
    int batchSize = logits.value().dimension(1);
    var real = lengths.mask(steps);
    clearRows(logits.value(), real, batchSize);
    if (logits.differentiable()) {
      tape.entry(() -> clearRows(logits.gradient(), real, batchSize), logits);
    }
  }

  private static void clearRows(Tensor tensor, boolean[][] real, int batchSize) {
    for (int r = 0; r < tensor.rows(); r++) {
      if (!real[r / batchSize][r % batchSize]) {
        tensor.rows(r, 1).clear();
      }
    }
  }

  /// Applies the architecture's output function to the logits of a forward pass, for a user of the
  /// model.
  ///
  /// @param logits [..., outputSize]
  /// @return in the same shape
  public Variable outputs(Tape tape, Variable logits) {
    return architecture.outputFunction().apply(tape, logits);
  }
}
