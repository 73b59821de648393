package dev.rondo.decode;

/// How a token is chosen from logits; see [Sampler].
///
/// ```java
/// SamplerOptions.of(0.8).topK(40).topP(0.95)
/// ```
///
/// @param temperature what logits are divided by: below 1 the probable becomes more so, above 1
///   less so; 0 is greedy, the largest logit always
/// @param topK the number of most probable tokens to choose among; 0 stands for all
/// @param topP the probability that the smallest set of most probable tokens to choose among must
///   reach, in (0, 1]; 1 stands for all
public record SamplerOptions(double temperature, int topK, double topP) {
  /// The largest logit always, and the lowest token where several are largest.
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

  /// Among all tokens, at a temperature; 1 takes the model at its word.
  ///
  /// @throws IllegalArgumentException if `temperature` is negative or not finite
  public static SamplerOptions of(double temperature) {
    return new SamplerOptions(temperature, 0, 1);
  }

  /// The same, but among the `topK` most probable tokens only; 0 stands for all.
  ///
  /// @throws IllegalArgumentException if `topK` is negative
  public SamplerOptions topK(int topK) {
    return new SamplerOptions(temperature, topK, topP);
  }

  /// The same, but among the fewest most probable tokens that together reach `topP`; 1 stands for
  /// all.
  ///
  /// @throws IllegalArgumentException if `topP` is not in (0, 1]
  public SamplerOptions topP(double topP) {
    return new SamplerOptions(temperature, topK, topP);
  }

  /// Whether the largest logit is always chosen, so that nothing is random.
  public boolean isGreedy() {
    return temperature == 0;
  }
}
