package dev.rondo.stream;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.Linear;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.tensor.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// The layers of a [StreamingModel]: an input, then trained layers one after the other.
///
///     var stack = StreamingStack.ofTokens(embedding).recurrent(lstm).layerNorm(norm).linear(head).softmax();
///     var model = StreamingModel.compile(stack, StreamingOptions.standard(), arena);
///
/// Immutable: each method returns a longer copy. Weights are not copied until compilation.
public final class StreamingStack {
  /// One layer, on a tape.
  private sealed interface Stage {
    record Recur(Recurrent layer) implements Stage {}

    record Normalize(LayerNorm layer) implements Stage {}

    record Project(Linear layer) implements Stage {}

    record Activate(Activation function) implements Stage {}

    record Softmax() implements Stage {}
  }

  /// The results of a step.
  ///
  /// @param output [batchSize, outputSize]
  /// @param states one state per recurrent layer, stack by stack
  record StepResult(Variable output, List<CellState> states) {}

  private final Embedding embedding;
  private final int inputSize;
  private final List<Stage> parts;
  private final int outputSize;

  private StreamingStack(Embedding embedding, int inputSize, List<Stage> parts, int outputSize) {
    this.embedding = embedding;
    this.inputSize = inputSize;
    this.parts = parts;
    this.outputSize = outputSize;
  }

  /// A stack whose input is a vector of numbers.
  ///
  /// @throws IllegalArgumentException if `size` is not positive
  public static StreamingStack ofDense(int size) {
    if (size <= 0) {
      throw new IllegalArgumentException("size must be positive, was " + size);
    }
    return new StreamingStack(null, size, List.of(), size);
  }

  /// A stack whose input is a token.
  public static StreamingStack ofTokens(Embedding embedding) {
    return new StreamingStack(embedding, 1, List.of(), embedding.size());
  }

  /// The layers of a model and its output function.
  ///
  /// @throws IllegalArgumentException if a layer does not run forward
  public static StreamingStack of(SequenceModel model) {
    return of(model, model.architecture().outputFunction());
  }

  /// The layers of a model with another output function.
  ///
  /// @throws IllegalArgumentException if a layer does not run forward
  public static StreamingStack of(SequenceModel model, OutputFunction function) {
    var input =
        model.embedding() == null
            ? ofDense(model.recurrent().options().inputSize())
            : ofTokens(model.embedding());
    var top = input.recurrent(model.recurrent());
    var normalized = model.layerNorm() == null ? top : top.layerNorm(model.layerNorm());
    var logits = normalized.linear(model.output());
    return switch (function) {
      case IDENTITY -> logits;
      case SIGMOID -> logits.sigmoid();
      case SOFTMAX -> logits.softmax();
    };
  }

  private StreamingStack with(Stage part, int expected, int size) {
    if (expected != outputSize) {
      throw new IllegalArgumentException(
          "the layer takes %d columns, those before it give %d".formatted(expected, outputSize));
    }
    var longer = new ArrayList<>(parts);
    longer.add(part);
    return new StreamingStack(embedding, inputSize, List.copyOf(longer), size);
  }

  /// Adds recurrent layers in any form.
  ///
  /// @throws IllegalArgumentException if they do not run forward, since a backward step needs later
  ///   steps; or if their input has another size
  public StreamingStack recurrent(Recurrent layers) {
    var options = layers.options();
    if (options.direction() != Direction.FORWARD) {
      throw new IllegalArgumentException(
          "layers of direction %s cannot be streamed: their output at a step depends on later steps"
              .formatted(options.direction()));
    }
    return with(new Stage.Recur(layers), options.inputSize(), options.outputSize());
  }

  /// Adds layer normalization.
  ///
  /// @throws IllegalArgumentException if its size does not fit
  public StreamingStack layerNorm(LayerNorm layer) {
    return with(new Stage.Normalize(layer), layer.size(), layer.size());
  }

  /// Adds a dense layer.
  ///
  /// @throws IllegalArgumentException if its input has another size
  public StreamingStack linear(Linear layer) {
    return with(new Stage.Project(layer), layer.inputSize(), layer.outputSize());
  }

  /// Adds a function of each element.
  public StreamingStack activation(Activation function) {
    Objects.requireNonNull(function, "function");
    return with(new Stage.Activate(function), outputSize, outputSize);
  }

  /// Adds the sigmoid of each element.
  public StreamingStack sigmoid() {
    return activation(Activation.SIGMOID);
  }

  /// Adds the softmax over all elements: probabilities.
  public StreamingStack softmax() {
    return with(new Stage.Softmax(), outputSize, outputSize);
  }

  /// Whether the input of a step is a token.
  public boolean takesTokens() {
    return embedding != null;
  }

  /// The number of different tokens.
  ///
  /// @throws IllegalStateException if the input is a vector
  public int vocabularySize() {
    if (embedding == null) {
      throw new IllegalStateException("the input is a vector, not a token");
    }
    return embedding.tokens();
  }

  /// The number of elements of an input; 1 if it is a token.
  public int inputSize() {
    return inputSize;
  }

  /// The number of elements of an output.
  public int outputSize() {
    return outputSize;
  }

  /// The same layers with other sizes.
  StreamingStack rebuilt(SmallStack small) {
    var stack =
        embedding == null ? ofDense(small.dense(inputSize)) : ofTokens(small.embedding(embedding));
    for (var part : parts) {
      int size = stack.outputSize;
      stack =
          switch (part) {
            case Stage.Recur(var layers) -> stack.recurrent(small.recurrent(layers, size));
            case Stage.Normalize _ -> stack.layerNorm(small.layerNorm(size));
            case Stage.Project(var layer) -> stack.linear(small.linear(layer, size));
            case Stage.Activate(var function) -> stack.activation(function);
            case Stage.Softmax _ -> stack.softmax();
          };
    }
    return stack;
  }

  /// The recurrent stacks, from the input up.
  List<Recurrent> recurrents() {
    return parts.stream()
        .filter(Stage.Recur.class::isInstance)
        .map(part -> ((Stage.Recur) part).layer)
        .toList();
  }

  /// All parameters, from the input up.
  List<Parameter> parameters() {
    var all = new ArrayList<Parameter>();
    if (embedding != null) {
      all.add(embedding.weight());
    }
    for (var part : parts) {
      switch (part) {
        case Stage.Recur(var layers) -> all.addAll(layers.parameters());
        case Stage.Normalize(var layer) -> all.addAll(layer.parameters());
        case Stage.Project(var layer) -> all.addAll(layer.parameters());
        case Stage.Activate _, Stage.Softmax _ -> {}
      }
    }
    return all;
  }

  /// A description of the computation without weights: equal texts for equal layers.
  String description() {
    var text = new StringBuilder(embedding == null ? "dense" : "tokens").append(inputSize);
    for (var part : parts) {
      text.append('\n');
      switch (part) {
        case Stage.Recur(var layers) -> {
          var o = layers.options();
          text.append(o.cell().text()).append(o.inputSize()).append('x').append(o.hiddenSize());
          // of the regularization, this alone acts on a stream
          var kept = o.regularization();
          text.append('x').append(o.layers()).append(o.skip().name());
          text.append(kept.zoneoutHidden()).append(',').append(kept.zoneoutCell());
          if (!o.layersApart().isEmpty() || !o.denseLayers().isEmpty()) {
            text.append(o.layersApart()).append(o.denseLayers());
          }
        }
        case Stage.Normalize(var layer) ->
            text.append("norm").append(layer.size()).append('e').append(layer.epsilon());
        case Stage.Project(var layer) -> text.append("linear").append(layer.outputSize());
        case Stage.Activate(var f) ->
            text.append(f.function().name()).append(f.alpha()).append(',').append(f.beta());
        case Stage.Softmax _ -> text.append("softmax");
      }
    }
    return text.toString();
  }

  /// The embedding vectors of tokens.
  Variable embed(Tape tape, Tokens tokens) {
    return embedding.forward(tape, tokens);
  }

  /// Steps all layers once.
  ///
  /// @param x [batchSize, features of the input]
  /// @param states one state per recurrent layer, stack by stack
  StepResult step(Tape tape, Variable x, List<CellState> states) {
    var next = new ArrayList<CellState>();
    Variable output = x;
    for (var part : parts) {
      output =
          switch (part) {
            case Stage.Recur(var layers) -> {
              int count = layers.options().layers();
              var before = states.subList(next.size(), next.size() + count);
              var stepped = layers.step(tape, output, new StackState(before));
              next.addAll(stepped.state().layers());
              yield stepped.output();
            }
            case Stage.Normalize(var layer) -> layer.forward(tape, output);
            case Stage.Project(var layer) -> layer.forward(tape, output);
            case Stage.Activate(var function) -> tape.activation(function, output);
            case Stage.Softmax _ -> tape.softmax(output);
          };
    }
    return new StepResult(output, next);
  }
}
