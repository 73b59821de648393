package dev.rondo.nn.init;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;

/// Fills a tensor with its initial values.
///
/// The initializers made here draw random numbers in the order of the logical elements, row by row,
/// a fixed number for each element. Padding takes no draws and stays zero. Values are computed in
/// double with `StrictMath` and rounded to the element type at the end: equal seeds give equal bits
/// on every machine, and a float32 tensor holds the rounded values of the float64 one.
///
/// A weight is `[out, in]`, so that `y = W·x`; with more dimensions (`[out, in, height, width]`),
/// both fans also count the elements of the further ones.
@FunctionalInterface
public interface Initializer {
  /// Overwrites every logical element of `target`.
  ///
  /// @param random advances by the number of draws taken
  /// @throws IllegalArgumentException if this initializer is not defined for the shape of `target`
  void fill(Tensor target, CounterRandom random);

  /// All elements 0. Draws nothing.
  static Initializer zeros() {
    return constant(0);
  }

  /// All elements `value`. Draws nothing.
  static Initializer constant(double value) {
    return (target, _) -> target.fill(value);
  }

  /// Uniformly distributed in `[low, high)` before rounding; one draw for each element.
  ///
  ///     element = low + (high - low)·nextDouble()
  ///
  /// `uniform(-1/√hiddenSize, 1/√hiddenSize)` is PyTorch's choice for recurrent layers.
  ///
  /// @throws IllegalArgumentException if a bound is not finite or `low > high`
  static Initializer uniform(double low, double high) {
    if (!(low <= high && Double.isFinite(high - low))) {
      throw new IllegalArgumentException(
          "low must be at most high and both finite, were %s and %s".formatted(low, high));
    }
    double width = high - low;
    return (target, random) -> Elements.fill(target, () -> low + width * random.nextDouble());
  }

  /// Normally distributed; two draws for each element.
  ///
  ///     element = mean + deviation·nextGaussian()
  ///
  /// @throws IllegalArgumentException if a value is not finite or `deviation` is negative
  static Initializer normal(double mean, double deviation) {
    Elements.requireFinite("mean", mean);
    Elements.requireFinite("deviation", deviation);
    if (deviation < 0) {
      throw new IllegalArgumentException("deviation must not be negative, was " + deviation);
    }
    return (target, random) ->
        Elements.fill(target, () -> mean + deviation * random.nextGaussian());
  }

  /// Normally distributed, truncated at two deviations from the mean; as Keras's `TruncatedNormal`.
  /// One draw for each element.
  ///
  ///     element = mean + deviation·Φ⁻¹(Φ(-2) + (Φ(2) - Φ(-2))·nextDouble())
  ///
  /// `deviation` is that of the normal distribution; the deviation after truncation is 0.8796 times
  /// that.
  ///
  /// @throws IllegalArgumentException if a value is not finite or `deviation` is negative
  static Initializer truncatedNormal(double mean, double deviation) {
    Elements.requireFinite("mean", mean);
    Elements.requireFinite("deviation", deviation);
    if (deviation < 0) {
      throw new IllegalArgumentException("deviation must not be negative, was " + deviation);
    }
    return (target, random) ->
        Elements.fill(target, () -> mean + deviation * NormalQuantile.truncated(random));
  }

  /// The logarithm of a number that is equally distributed in `[low, high)`; one draw for each
  /// element. With bounds 1 and tMax - 1 these are the biases of a chrono initialization.
  ///
  /// @throws IllegalArgumentException unless `0 < low <= high` and both are finite
  static Initializer logUniform(double low, double high) {
    if (!(0 < low && low <= high && Double.isFinite(high))) {
      throw new IllegalArgumentException(
          "low must be positive and at most high, both finite, were %s and %s"
              .formatted(low, high));
    }
    double width = high - low;
    return (target, random) ->
        Elements.fill(target, () -> StrictMath.log(low + width * random.nextDouble()));
  }

  /// Uniformly distributed, with the variance `2·gain²/(fanIn + fanOut)`; as PyTorch's
  /// `xavier_uniform_`. One draw for each element.
  ///
  ///     element in [-a, a),   a = gain·√(6/(fanIn + fanOut))
  ///
  /// For a weight `[4·hiddenSize, inputSize]`, fanOut counts all gates together; [#perGate] treats
  /// each gate separately. `fill` refuses tensors of fewer than two dimensions, which have no fans.
  ///
  /// Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
  /// neural networks", 2010.
  ///
  /// @throws IllegalArgumentException if `gain` is not finite
  static Initializer xavierUniform(double gain) {
    Elements.requireFinite("gain", gain);
    return (target, random) -> {
      double a = Math.abs(gain) * StrictMath.sqrt(6.0 / Elements.fanInAndOut(target));
      uniform(-a, a).fill(target, random);
    };
  }

  /// Normally distributed, with the variance of [#xavierUniform]; as PyTorch's `xavier_normal_`.
  /// Two draws for each element.
  ///
  ///     element = gain·√(2/(fanIn + fanOut))·nextGaussian()
  ///
  /// @throws IllegalArgumentException if `gain` is not finite
  static Initializer xavierNormal(double gain) {
    Elements.requireFinite("gain", gain);
    return (target, random) ->
        normal(0, Math.abs(gain) * StrictMath.sqrt(2.0 / Elements.fanInAndOut(target)))
            .fill(target, random);
  }

  /// Uniformly distributed, with the variance `gain²/fan`; as PyTorch's `kaiming_uniform_`, which
  /// is He's initialization. One draw for each element.
  ///
  ///     element in [-a, a),   a = gain·√(3/fan)
  ///
  /// A rectifier's gain is √2. `fill` refuses tensors of fewer than two dimensions.
  ///
  /// Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers: surpassing human-level
  /// performance on ImageNet classification", 2015.
  ///
  /// @throws IllegalArgumentException if `gain` is not finite
  static Initializer kaimingUniform(double gain, Fan fan) {
    Elements.requireFinite("gain", gain);
    double scale = Math.abs(gain) * StrictMath.sqrt(3);
    return (target, random) -> {
      double a = Elements.overRoot(scale, target, fan);
      uniform(-a, a).fill(target, random);
    };
  }

  /// Normally distributed, with the variance of [#kaimingUniform]; as PyTorch's `kaiming_normal_`.
  /// Two draws for each element.
  ///
  ///     element = gain/√fan·nextGaussian()
  ///
  /// @throws IllegalArgumentException if `gain` is not finite
  static Initializer kaimingNormal(double gain, Fan fan) {
    Elements.requireFinite("gain", gain);
    return (target, random) ->
        normal(0, Elements.overRoot(Math.abs(gain), target, fan)).fill(target, random);
  }

  /// Uniformly distributed, with the variance `1/fanIn`: [#kaimingUniform] with gain 1.
  ///
  /// Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", 1998.
  static Initializer lecunUniform() {
    return kaimingUniform(1, Fan.IN);
  }

  /// Normally distributed, with the variance `1/fanIn`: [#kaimingNormal] with gain 1.
  static Initializer lecunNormal() {
    return kaimingNormal(1, Fan.IN);
  }

  /// A random matrix Q whose columns, or rows if these are fewer, are orthonormal, times `gain`;
  /// as PyTorch's `orthogonal_`. Two draws for each element.
  ///
  ///     A = Q·R      A normally distributed, R upper triangular with a positive diagonal
  ///     QᵀQ = 1      at least as many rows as columns; else QQᵀ = 1, by the same on Aᵀ
  ///
  /// More than two dimensions are treated as `[out, all others]`. A state that is multiplied by Q
  /// at every time step keeps its length. Use [#perGate] for weights of several gates. Costs
  /// `2·max(rows, columns)·min(rows, columns)²` multiply-adds and, on the heap, the elements as
  /// doubles.
  ///
  /// Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
  /// learning in deep linear neural networks", 2013.
  ///
  /// @throws IllegalArgumentException if `gain` is not finite
  static Initializer orthogonal(double gain) {
    Elements.requireFinite("gain", gain);
    return (target, random) -> Orthogonal.fill(target, random, gain);
  }

  /// `scale` on the diagonal of a matrix and 0 elsewhere. Draws nothing.
  ///
  /// On the recurrent weight of a plain network with ReLU this is the IRNN: Q. Le, N. Jaitly, G.
  /// Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015.
  /// `fill` refuses a tensor that is not a matrix.
  static Initializer identity(double scale) {
    return (target, _) -> {
      if (target.rank() != 2) {
        throw new IllegalArgumentException("identity needs a matrix, target is " + target);
      }
      target.fill(0);
      for (int i = 0; i < Math.min(target.rows(), target.columns()); i++) {
        target.set(i, i, scale);
      }
    };
  }

  /// [#identity(double)] plus normal noise on every element; two draws for each element.
  ///
  ///     W = scale·1 + deviation·N        N normally distributed
  ///
  /// `fill` refuses a tensor that is not a matrix.
  ///
  /// @throws IllegalArgumentException if a value is not finite or `deviation` is negative
  static Initializer identity(double scale, double deviation) {
    Elements.requireFinite("scale", scale);
    Elements.requireFinite("deviation", deviation);
    if (deviation < 0) {
      throw new IllegalArgumentException("deviation must not be negative, was " + deviation);
    }
    return (target, random) -> {
      if (target.rank() != 2) {
        throw new IllegalArgumentException("identity needs a matrix, target is " + target);
      }
      for (int r = 0; r < target.rows(); r++) {
        for (int c = 0; c < target.columns(); c++) {
          double noise = deviation * random.nextGaussian();
          target.set(r, c, r == c ? scale + noise : noise);
        }
      }
    };
  }

  /// A random symmetric matrix whose largest eigenvalue is 1, with no negative eigenvalue: the
  /// np-RNN, for the recurrent weight of a plain network with ReLU. Two draws for each element.
  ///
  ///     A = 1/n·RᵀR + 1      R normally distributed, [n, n]
  ///     W = A / (largest eigenvalue of A)
  ///
  /// The component of a state along one direction is kept; all others decay. `fill` refuses a
  /// tensor that is not a square matrix. Costs n³ multiply-adds, and n² more for each step of the
  /// power iteration that finds the eigenvalue.
  ///
  /// Source: S. Talathi, A. Vartak, "Improving performance of recurrent neural network with ReLU
  /// nonlinearity", 2015.
  static Initializer normalizedPositiveDefinite() {
    return NormalizedPositiveDefinite::fill;
  }

  /// Applies `each` to the rows of every gate separately, in their order. PyTorch's recurrent
  /// weights stack the gates: `[4·hiddenSize, inputSize]` is four times `[hiddenSize, inputSize]`.
  ///
  /// `fill` refuses a target whose number of rows is not a multiple of `gates`, and biases
  /// `[4·hiddenSize]`, which have no rows to divide.
  ///
  /// @throws IllegalArgumentException if `gates` is not positive
  static Initializer perGate(int gates, Initializer each) {
    if (gates <= 0) {
      throw new IllegalArgumentException("gates must be positive, was " + gates);
    }
    return (target, random) -> {
      if (target.rank() < 2 || target.dimension(0) % gates != 0) {
        throw new IllegalArgumentException(
            "target is %s, expected rows in a multiple of %d gates".formatted(target, gates));
      }
      int[] shape = target.shape();
      shape[0] /= gates;
      int rows = target.rows() / gates;
      for (int gate = 0; gate < gates; gate++) {
        each.fill(target.rows(gate * rows, rows).reshape(shape), random);
      }
    };
  }
}
