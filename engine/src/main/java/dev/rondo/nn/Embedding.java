package dev.rondo.nn;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.init.Initializer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;

/// A learned vector for each token. Parameter `weight` [tokens, size].
public final class Embedding {
  /// Options of an embedding. The default initialization is PyTorch's: normal with deviation 1.
  ///
  /// @param tokens size of the vocabulary
  /// @param size elements of a vector
  /// @param weights fills `weight`
  public record Options(int tokens, int size, Initializer weights) {
    /// Checks the sizes.
    public Options {
      if (tokens <= 0 || size <= 0) {
        throw new IllegalArgumentException(
            "sizes must be positive, were %d and %d".formatted(tokens, size));
      }
    }

    /// With this initializer.
    public Options initialization(Initializer forWeights) {
      return new Options(tokens, size, forWeights);
    }

    /// Creates the embedding and fills its parameter.
    public Embedding create(Parameters parameters, CounterRandom random) {
      return new Embedding(this, parameters, random);
    }
  }

  private final Parameter weight;

  private Embedding(Options options, Parameters parameters, CounterRandom random) {
    weight = parameters.create("weight", options.tokens, options.size);
    options.weights.fill(weight.value(), random);
  }

  /// Options with PyTorch's initialization.
  public static Options of(int tokens, int size) {
    return new Options(tokens, size, Initializer.normal(0, 1));
  }

  /// The vectors, for a layer that shares them: see [Linear.Options#create(Parameters, Parameter,
  /// CounterRandom)].
  public Parameter weight() {
    return weight;
  }

  /// Number of different tokens.
  public int tokens() {
    return weight.value().rows();
  }

  /// Elements of a vector.
  public int size() {
    return weight.value().columns();
  }

  /// Looks up the vectors of the tokens.
  ///
  /// @param tokens [steps, batchSize]
  /// @return [steps, batchSize, size]
  /// @throws IllegalArgumentException if a token is negative or not in the vocabulary
  public Variable forward(Tape tape, Tokens tokens) {
    return tape.gather(tape.parameter(weight), tokens);
  }
}
