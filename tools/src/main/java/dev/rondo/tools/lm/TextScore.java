package dev.rondo.tools.lm;

import dev.rondo.tools.text.TokenLevel;
import java.util.Locale;

/// The quality of a model's predictions of a text.
///
/// @param nats the mean cross-entropy of a token
/// @param level the kind of token
record TextScore(double nats, TokenLevel level) {
  private static final double LN_2 = StrictMath.log(2);

  /// Cross-entropy in bits.
  double bits() {
    return nats / LN_2;
  }

  /// Perplexity: exp of the mean loss in nats.
  double perplexity() {
    return StrictMath.exp(nats);
  }

  /// `validation loss 1.5912 nats, 2.2956 bits per character, perplexity 4.910`.
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "validation loss %.4f nats, %.4f bits per %s, perplexity %.3f",
        nats,
        bits(),
        level.unit(),
        perplexity());
  }
}
