package dev.rondo.decode;

/// Options of choosing a token from logits; see [Sampler].
///
/// ```java
/// SamplerOptions.of(0.8).topK(40).topP(0.95)
/// ```
///
/// @param temperature the divisor of the logits: values below 1 make probable tokens more probable,
///   values above 1 less; 0 is greedy and always chooses the largest logit
/// @param topK the number of most probable tokens to choose among; 0 for all
/// @param topP the probability that the most probable tokens to choose among must reach together,
///   in (0, 1]; 1 for all
public record SamplerOptions(double temperature, int topK, double topP) {
  /// Greedy: always the largest logit, and the lowest token where several are largest.
  public static final SamplerOptions GREEDY = new SamplerOptions(0, 0, 1);

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `temperature` is negative or not finite, `topK` is
  ///   negative, or `topP` is not in (0, 1]
  public SamplerOptions {
    if (temperature < 0) {
      throw new IllegalArgumentException("temperature must not be negative, was " + temperature);
    }
    if (!Double.isFinite(temperature)) {
      throw new IllegalArgumentException("temperature must be finite, was " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK must not be negative, was " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be in (0, 1], was " + topP);
    }
  }

  /// Chooses among all tokens at a temperature; 1 keeps the model's probabilities.
  ///
  /// @throws IllegalArgumentException if `temperature` is negative or not finite
  public static SamplerOptions of(double temperature) {
    return new SamplerOptions(temperature, 0, 1);
  }

  /// These options, restricted to the `topK` most probable tokens; 0 for all.
  ///
  /// @throws IllegalArgumentException if `topK` is negative
  public SamplerOptions topK(int topK) {
    return new SamplerOptions(temperature, topK, topP);
  }

  /// These options, restricted to the fewest most probable tokens that reach `topP`; 1 for all.
  ///
  /// @throws IllegalArgumentException if `topP` is not in (0, 1]
  public SamplerOptions topP(double topP) {
    return new SamplerOptions(temperature, topK, topP);
  }

  /// Whether the largest logit is always chosen and no random number is used.
  public boolean isGreedy() {
    return temperature == 0;
  }
}
