package dev.rondo.kernel;

import java.util.Locale;

/// A function of one element with its parameters, which a gate or a layer applies.
///
/// Every derivative follows from the value y = f(x) alone, so the backward pass does not need x.
///
/// | function | f(x) | f'(x) from y |
/// |---|---|---|
/// | sigmoid | 1 / (1 + e^-x) | y·(1 - y) |
/// | tanh | tanh(x) | 1 - y² |
/// | relu | max(x, 0) | 0 where y = 0, else 1 |
/// | hard sigmoid | min(max(α·x + β, 0), 1) | 0 where y is 0 or 1, else α |
/// | softsign | x / (1 + abs(x)) | (1 - abs(y))² |
/// | elu | x where x > 0, else α·(e^x - 1) | 1 where y > 0, else y + α |
/// | affine | α·x + β | α |
/// | leaky relu | x where x > 0, else α·x | 1 where y > 0, else α |
/// | softplus | log(1 + e^x) | 1 - e^-y |
/// | thresholded relu | x where x > α, else 0 | 0 where y = 0, else 1 |
/// | scaled tanh | α·tanh(β·x) | α·β·(1 - (y/α)²) |
///
/// @param function kind of the function
/// @param alpha α, 0 where the function has none; rounded to the element type
/// @param beta β, 0 where the function has none; rounded to the element type
public record Activation(Function function, double alpha, double beta) {
  /// The kinds of [Activation].
  public enum Function {
    /// 1 / (1 + e^-x).
    SIGMOID,
    /// The hyperbolic tangent.
    TANH,
    /// max(x, 0).
    RELU,
    /// min(max(α·x + β, 0), 1).
    HARD_SIGMOID,
    /// x / (1 + abs(x)).
    SOFTSIGN,
    /// x where positive, else α·(e^x - 1).
    ELU,
    /// α·x + β.
    AFFINE,
    /// x where positive, else α·x.
    LEAKY_RELU,
    /// log(1 + e^x).
    SOFTPLUS,
    /// x where above α, else 0.
    THRESHOLDED_RELU,
    /// α·tanh(β·x).
    SCALED_TANH
  }

  /// 1 / (1 + e^-x).
  public static final Activation SIGMOID = new Activation(Function.SIGMOID, 0, 0);

  /// The hyperbolic tangent.
  public static final Activation TANH = new Activation(Function.TANH, 0, 0);

  /// max(x, 0).
  public static final Activation RELU = new Activation(Function.RELU, 0, 0);

  /// x / (1 + abs(x)).
  public static final Activation SOFTSIGN = new Activation(Function.SOFTSIGN, 0, 0);

  /// log(1 + e^x); log 2 at 0.
  public static final Activation SOFTPLUS = new Activation(Function.SOFTPLUS, 0, 0);

  /// x, as the affine function with α = 1 and β = 0.
  public static final Activation IDENTITY = new Activation(Function.AFFINE, 1, 0);

  /// Checks the parameters.
  ///
  /// @throws IllegalArgumentException if a parameter is not a finite float, if a parameter that the
  ///   function does not have is not 0, if α is negative where the derivative would then not follow
  ///   from y (elu, leaky relu, thresholded relu), or, for a scaled tanh, if α is 0 or α·β is not a
  ///   finite float
  public Activation {
    checkFinite("alpha", alpha);
    checkFinite("beta", beta);
    switch (function) {
      case SIGMOID, TANH, RELU, SOFTSIGN, SOFTPLUS -> {
        checkAbsent(function, "alpha", alpha);
        checkAbsent(function, "beta", beta);
      }
      case ELU, LEAKY_RELU, THRESHOLDED_RELU -> {
        if (alpha < 0) {
          throw new IllegalArgumentException(
              "alpha of " + function + " must not be negative, was " + alpha);
        }
        checkAbsent(function, "beta", beta);
      }
      case SCALED_TANH -> {
        if ((float) alpha == 0) {
          throw new IllegalArgumentException(
              "alpha of SCALED_TANH must not be 0 as a float, was " + alpha);
        }
        checkFinite("alpha times beta", alpha * beta);
      }
      case HARD_SIGMOID, AFFINE -> {}
    }
  }

  private static void checkFinite(String name, double value) {
    if (!Float.isFinite((float) value)) {
      throw new IllegalArgumentException(name + " must be finite as a float, was " + value);
    }
  }

  private static void checkAbsent(Function function, String name, double value) {
    if (value != 0) {
      throw new IllegalArgumentException(
          function + " has no " + name + ": it must be 0, was " + value);
    }
  }

  /// The function as text, such as `tanh`, `elu(0.5)` or `hard_sigmoid(0.2,0.5)`; [#parse] reads it
  /// back.
  public String text() {
    String name = function.name().toLowerCase(Locale.ROOT);
    return switch (function) {
      case SIGMOID, TANH, RELU, SOFTSIGN, SOFTPLUS -> name;
      case ELU, LEAKY_RELU, THRESHOLDED_RELU -> "%s(%s)".formatted(name, alpha);
      case HARD_SIGMOID, AFFINE, SCALED_TANH -> "%s(%s,%s)".formatted(name, alpha, beta);
    };
  }

  /// Reads a function that [#text()] wrote.
  ///
  /// @throws IllegalArgumentException if the text names no function, or its numbers do not fit it
  public static Activation parse(String text) {
    int open = text.indexOf('(');
    String name = open < 0 ? text : text.substring(0, open);
    String[] numbers = {};
    if (open >= 0) {
      if (!text.endsWith(")")) {
        throw new IllegalArgumentException("expected function(numbers), was " + text);
      }
      numbers = text.substring(open + 1, text.length() - 1).split(",", -1);
    }
    if (numbers.length > 2) {
      throw new IllegalArgumentException("expected at most two numbers, was " + text);
    }
    double alpha = numbers.length > 0 ? number(text, numbers[0]) : 0;
    double beta = numbers.length > 1 ? number(text, numbers[1]) : 0;
    for (var function : Function.values()) {
      if (function.name().toLowerCase(Locale.ROOT).equals(name)) {
        return new Activation(function, alpha, beta);
      }
    }
    throw new IllegalArgumentException("unknown function " + name);
  }

  private static double number(String text, String number) {
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected numbers in brackets, was " + text, e);
    }
  }

  /// min(max(α·x + β, 0), 1).
  ///
  /// Frameworks use this name for different functions: ONNX and Keras 1 and 2 take α = 0.2, PyTorch
  /// and Keras 3 take relu6(x + 3)/6, which is α = 1/6; β is 0.5 in all of them.
  public static Activation hardSigmoid(double alpha, double beta) {
    return new Activation(Function.HARD_SIGMOID, alpha, beta);
  }

  /// ONNX's [#hardSigmoid(double, double)]: α = 0.2, β = 0.5.
  public static Activation hardSigmoid() {
    return hardSigmoid(0.2, 0.5);
  }

  /// x where positive, else α·(e^x - 1), for α >= 0.
  public static Activation elu(double alpha) {
    return new Activation(Function.ELU, alpha, 0);
  }

  /// α·x + β.
  public static Activation affine(double alpha, double beta) {
    return new Activation(Function.AFFINE, alpha, beta);
  }

  /// x where positive, else α·x, for α >= 0.
  public static Activation leakyRelu(double alpha) {
    return new Activation(Function.LEAKY_RELU, alpha, 0);
  }

  /// x where above θ, else 0, for θ >= 0; ONNX's default is 1.
  ///
  /// @param theta θ, the α of [Activation]
  public static Activation thresholdedRelu(double theta) {
    return new Activation(Function.THRESHOLDED_RELU, theta, 0);
  }

  /// α·tanh(β·x), for α other than 0. LeCun's choice is α = 1.7159 and β = 2/3.
  public static Activation scaledTanh(double alpha, double beta) {
    return new Activation(Function.SCALED_TANH, alpha, beta);
  }
}
