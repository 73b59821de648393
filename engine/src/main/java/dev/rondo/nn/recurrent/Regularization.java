package dev.rondo.nn.recurrent;

/// What is left out of a stack of recurrent layers at random while it is trained. Nothing of it
/// acts on an evaluating tape, but that zoneout's states become their expectation. Everything is
/// drawn from the tape's generator: equal seeds give equal bits.
///
/// @param dropout probability that an element between two layers is dropped
/// @param locked whether an element between two layers is dropped at all steps or at none
///   (variational dropout, Gal and Ghahramani 2016)
/// @param state probability that a unit of h₋₁ is dropped from the recurrent product, the same
///   units at all steps of a tape (Gal and Ghahramani 2016)
/// @param candidate probability that a unit of the new value (g of an LSTM, n of a GRU) is dropped
///   in a step, which leaves old memories alone (Semeniuta et al. 2016)
/// @param zoneoutHidden probability that a unit of h stays as it was in a step (Krueger et al.
///   2017)
/// @param zoneoutCell the same for c
/// @param dropConnect probability that a recurrent weight is dropped, the same weights for a tape
///   (Merity et al. 2017)
public record Regularization(
    double dropout,
    boolean locked,
    double state,
    double candidate,
    double zoneoutHidden,
    double zoneoutCell,
    double dropConnect) {
  /// Nothing is left out.
  public static final Regularization NONE = new Regularization(0, false, 0, 0, 0, 0, 0);

  /// Checks the probabilities.
  ///
  /// @throws IllegalArgumentException if one is not in [0, 1)
  public Regularization {
    Limits.requireProbability("dropout", dropout);
    Limits.requireProbability("state", state);
    Limits.requireProbability("candidate", candidate);
    Limits.requireProbability("zoneoutHidden", zoneoutHidden);
    Limits.requireProbability("zoneoutCell", zoneoutCell);
    Limits.requireProbability("dropConnect", dropConnect);
  }

  /// Whether something acts inside a step, which the fused kernels do not know.
  boolean insideSteps() {
    return state > 0 || candidate > 0 || zoneoutHidden > 0 || zoneoutCell > 0;
  }
}
