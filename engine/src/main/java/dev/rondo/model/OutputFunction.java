package dev.rondo.model;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;

/// The function applied to a model's logits before its user sees them. Losses take the logits.
public enum OutputFunction {
  /// No change.
  IDENTITY("identity"),
  /// Turns each logit into a separate probability, 1 / (1 + e^-x).
  SIGMOID("sigmoid"),
  /// Turns the logits of a step into probabilities that sum to 1.
  SOFTMAX("softmax");

  private final String label;

  OutputFunction(String label) {
    this.label = label;
  }

  /// The name in model files: `identity`, `sigmoid`, `softmax`.
  public String label() {
    return label;
  }

  /// Finds the function with this label.
  ///
  /// @throws IllegalArgumentException if there is none
  public static OutputFunction of(String label) {
    for (var function : values()) {
      if (function.label.equals(label)) {
        return function;
      }
    }
    throw new IllegalArgumentException("output must be identity, sigmoid or softmax, was " + label);
  }

  /// Applies the function to logits.
  ///
  /// @param logits [..., outputSize]
  /// @return in the same shape
  Variable apply(Tape tape, Variable logits) {
    return switch (this) {
      case IDENTITY -> logits;
      case SIGMOID -> tape.activation(Activation.SIGMOID, logits);
      case SOFTMAX -> tape.softmax(logits);
    };
  }
}
