package dev.rondo.model;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;

/// What becomes of a model's logits before its user sees them. Losses take the logits.
public enum OutputFunction {
  /// They stay as they are.
  IDENTITY("identity"),
  /// Each becomes a probability of its own, 1 / (1 + e^-x).
  SIGMOID("sigmoid"),
  /// All of a step together become probabilities.
  SOFTMAX("softmax");

  private final String label;

  OutputFunction(String label) {
    this.label = label;
  }

  /// The name in model files: `identity`, `sigmoid`, `softmax`.
  public String label() {
    return label;
  }

  /// The function of a label.
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

  /// The function of logits.
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
