package dev.rondo.nn;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// `y = x·Wᵀ + b` for every row of x. Parameters `weight` `[outputSize, inputSize]` and `bias`
/// `[outputSize]`.
public final class Linear {
  /// Options of a linear layer. The default initialization is PyTorch's: weights and biases uniform
  /// within ±1/√inputSize.
  ///
  /// @param inputSize columns of x
  /// @param outputSize columns of y
  /// @param weights fills `weight`
  /// @param biases fills `bias`
  public record Options(int inputSize, int outputSize, Initializer weights, Initializer biases) {
    /// Checks the sizes.
    public Options {
      if (inputSize <= 0 || outputSize <= 0) {
        throw new IllegalArgumentException(
            "sizes must be positive, were %d and %d".formatted(inputSize, outputSize));
      }
    }

    /// With these initializers.
    public Options initialization(Initializer forWeights, Initializer forBiases) {
      return new Options(inputSize, outputSize, forWeights, forBiases);
    }

    /// Creates the layer and fills its parameters.
    public Linear create(Parameters parameters, CounterRandom random) {
      var weight = parameters.create("weight", outputSize, inputSize);
      var bias = parameters.create("bias", outputSize);
      weights.fill(weight.value(), random);
      biases.fill(bias.value(), random);
      return new Linear(this, weight, bias);
    }

    /// Creates a layer that shares the weight of another layer, as the output projection of a
    /// language model shares [Embedding#weight()]. Only the bias is created and filled.
    ///
    /// The shared parameter is in the store once, under its first name. It is updated once, and its
    /// gradient is the sum over both layers.
    ///
    /// Source: O. Press, L. Wolf, "Using the output embedding to improve language models", 2016.
    ///
    /// @param weight [outputSize, inputSize]
    /// @throws IllegalArgumentException if the weight has another shape
    public Linear create(Parameters parameters, Parameter weight, CounterRandom random) {
      if (!Arrays.equals(weight.value().shape(), new int[] {outputSize, inputSize})) {
        throw new IllegalArgumentException(
            "weight is %s, expected [%d, %d]".formatted(weight, outputSize, inputSize));
      }
      var bias = parameters.create("bias", outputSize);
      biases.fill(bias.value(), random);
      return new Linear(this, weight, bias);
    }
  }

  private enum Form {
    FORWARD,
    BACKWARD
  }

  private record Key(Linear layer, Form form) {}

  private final Options options;
  private final Parameter weight;
  private final Parameter bias;

  private Linear(Options options, Parameter weight, Parameter bias) {
    this.options = options;
    this.weight = weight;
    this.bias = bias;
  }

  /// Options with PyTorch's initialization.
  public static Options of(int inputSize, int outputSize) {
    double bound = 1 / StrictMath.sqrt(Math.max(inputSize, 1));
    var uniform = Initializer.uniform(-bound, bound);
    return new Options(inputSize, outputSize, uniform, uniform);
  }

  /// Columns of x.
  public int inputSize() {
    return options.inputSize;
  }

  /// Columns of y.
  public int outputSize() {
    return options.outputSize;
  }

  /// `weight` and `bias`.
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  /// Computes `x·Wᵀ + b`.
  ///
  /// @param x [..., inputSize]
  /// @return [..., outputSize]
  /// @throws IllegalArgumentException if x has other columns
  public Variable forward(Tape tape, Variable x) {
    if (x.value().columns() != options.inputSize) {
      throw new IllegalArgumentException(
          "x is %s, expected [..., %d]".formatted(x, options.inputSize));
    }
    int[] shape = x.value().shape();
    shape[shape.length - 1] = options.outputSize;
    var backend = tape.backend();
    var y = tape.uninitialized(shape);
    var packed =
        tape.packed(
            new Key(this, Form.FORWARD),
            options.inputSize,
            options.outputSize,
            p -> backend.gemm().packTransposed(weight.value(), p, 0));
    backend.parallel().multiply(bias.value(), x.value(), packed, y);
    return tape.operation(
        y,
        result -> backward(tape, x, result.gradient()),
        x,
        tape.parameter(weight),
        tape.parameter(bias));
  }

  private void backward(Tape tape, Variable x, Tensor dy) {
    var backend = tape.backend();
    if (x.differentiable()) {
      var packed =
          tape.packed(
              new Key(this, Form.BACKWARD),
              options.outputSize,
              options.inputSize,
              p -> backend.gemm().packRows(weight.value(), p, 0));
      backend.parallel().multiply(dy, packed, x.gradient());
    }
    if (weight.trainable()) {
      backend.parallel().multiplyTransposed(dy, x.value(), weight.gradient());
    }
    if (bias.trainable()) {
      backend.rows().sumColumns(dy, bias.gradient());
    }
  }
}
