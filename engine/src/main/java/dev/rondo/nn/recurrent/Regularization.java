package dev.rondo.nn.recurrent;

/// Dropout of every kind in a stack of recurrent layers while it is trained. On an evaluating tape
/// nothing is dropped, and the states of zoneout become their expectation. Everything is drawn from
/// the tape's generator: equal seeds give equal bits.
///
/// @param dropout probability that an element between two layers is dropped
/// @param locked whether an element between two layers is dropped at all steps or at none
///   (variational dropout, Gal and Ghahramani 2016)
/// @param state probability that a unit of h₋₁ is dropped from the recurrent product, the same
///   units at all steps of a tape (Gal and Ghahramani 2016)
/// @param candidate probability that a unit of the new value (g of an LSTM, n of a GRU) is dropped
///   in a step, which does not affect the old memory (Semeniuta et al. 2016)
/// @param zoneoutHidden probability that a unit of h keeps its value in a step (Krueger et al.
///   2017)
/// @param zoneoutCell the same for c
/// @param dropConnect probability that a recurrent weight is dropped, the same weights for a whole
///   tape (Merity et al. 2017)
public record Regularization(
    double dropout,
    boolean locked,
    double state,
    double candidate,
    double zoneoutHidden,
    double zoneoutCell,
    double dropConnect) {
  /// No regularization.
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

  /// With this dropout between layers.
  public Regularization dropout(double probability, boolean forAllSteps) {
    return new Regularization(
        probability, forAllSteps, state, candidate, zoneoutHidden, zoneoutCell, dropConnect);
  }

  /// With this dropout probability for units of h₋₁.
  public Regularization state(double probability) {
    return new Regularization(
        dropout, locked, probability, candidate, zoneoutHidden, zoneoutCell, dropConnect);
  }

  /// With this dropout probability for units of the new value.
  public Regularization candidate(double probability) {
    return new Regularization(
        dropout, locked, state, probability, zoneoutHidden, zoneoutCell, dropConnect);
  }

  /// With these zoneout probabilities for units of h and c.
  public Regularization zoneout(double hidden, double cell) {
    return new Regularization(dropout, locked, state, candidate, hidden, cell, dropConnect);
  }

  /// With this dropout probability for recurrent weights.
  public Regularization dropConnect(double probability) {
    return new Regularization(
        dropout, locked, state, candidate, zoneoutHidden, zoneoutCell, probability);
  }

  /// True if something acts inside a step; the fused kernels do not support that.
  boolean insideSteps() {
    return state > 0 || candidate > 0 || zoneoutHidden > 0 || zoneoutCell > 0;
  }
}
