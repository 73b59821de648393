package dev.rondo.nn;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// Layer normalization: each row minus its mean, divided by its standard deviation, with a learned
/// gain and bias for each column. Parameters: `weight` `[size]`, initially ones, and `bias`
/// `[size]`, initially zeros.
///
///     n = (x - mean(x)) / sqrt(variance(x) + epsilon)      the variance divides by size
///     y = weight∘n + bias
///
/// Source: Ba, Kiros and Hinton, Layer Normalization, 2016; the formula and names are PyTorch's.
public final class LayerNorm {
  /// Options of a layer.
  ///
  /// @param size columns of x
  /// @param epsilon added to the variance
  public record Options(int size, double epsilon) {
    /// Checks the values.
    public Options {
      if (size <= 0) {
        throw new IllegalArgumentException("size must be positive, was " + size);
      }
      if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("epsilon must be positive, was " + epsilon);
      }
    }

    /// With this epsilon.
    public Options epsilon(double newEpsilon) {
      return new Options(size, newEpsilon);
    }

    /// Creates the layer and fills its parameters.
    public LayerNorm create(Parameters parameters) {
      return new LayerNorm(this, parameters);
    }
  }

  private final Options options;
  private final Parameter weight;
  private final Parameter bias;

  private LayerNorm(Options options, Parameters parameters) {
    this.options = options;
    weight = parameters.create("weight", options.size);
    bias = parameters.create("bias", options.size);
    weight.value().fill(1);
  }

  /// Options with PyTorch's epsilon, 1e-5.
  public static Options of(int size) {
    return new Options(size, 1e-5);
  }

  /// Columns of x.
  public int size() {
    return options.size;
  }

  /// The value added to the variance.
  public double epsilon() {
    return options.epsilon;
  }

  /// `weight` and `bias`.
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  /// Normalizes the rows of x.
  ///
  /// @param x [..., size]
  /// @return in the shape of x
  /// @throws IllegalArgumentException if x has other columns
  public Variable forward(Tape tape, Variable x) {
    int size = options.size;
    var source = x.value();
    if (source.columns() != size) {
      throw new IllegalArgumentException("x is %s, expected [..., %d]".formatted(x, size));
    }
    var rows = tape.backend().rows();
    var normalized = tape.uninitialized(source.shape());
    var statistics = tape.uninitialized(source.rows(), 1);
    var y = tape.uninitialized(source.shape());
    tape.backend()
        .parallel()
        .overRows(
            source.rows(),
            size,
            (from, count) -> {
              var n = normalized.rows(from, count);
              var target = y.rows(from, count);
              rows.normalize(
                  source.rows(from, count),
                  1,
                  size,
                  options.epsilon,
                  n,
                  statistics.rows(from, count));
              rows.set(bias.value(), target);
              rows.accumulateScaledColumns(weight.value(), n, target);
            });
    return tape.operation(
        y,
        result -> backward(tape, x, normalized, statistics, result.gradient()),
        x,
        tape.parameter(weight),
        tape.parameter(bias));
  }

  private void backward(
      Tape tape, Variable x, Tensor normalized, Tensor statistics, Tensor upstream) {
    var rows = tape.backend().rows();
    if (weight.trainable()) {
      rows.dotColumns(upstream, normalized, weight.gradient());
    }
    if (bias.trainable()) {
      rows.sumColumns(upstream, bias.gradient());
    }
    if (!x.differentiable()) {
      return;
    }
    var gradient = x.gradient();
    var part = tape.zeros(upstream.shape());
    tape.backend()
        .parallel()
        .overRows(
            upstream.rows(),
            options.size,
            (from, count) -> {
              var p = part.rows(from, count);
              rows.accumulateScaledColumns(weight.value(), upstream.rows(from, count), p);
              rows.normalizeBackward(
                  normalized.rows(from, count),
                  statistics.rows(from, count),
                  1,
                  options.size,
                  p,
                  p);
              tape.backend().arithmetic().accumulate(p, gradient.rows(from, count));
            });
  }
}
