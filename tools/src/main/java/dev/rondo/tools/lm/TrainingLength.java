package dev.rondo.tools.lm;

/// How long to train.
///
/// @param steps windows; 0 if epochs are given
/// @param epochs passes through the text; 0 if steps are given
/// @param asked whether the user said so, rather than nobody
record TrainingLength(long steps, long epochs, boolean asked) {
  /// The number of steps, for data that have so many an epoch.
  long inSteps(int stepsPerEpoch) {
    return epochs > 0 ? Math.multiplyExact(epochs, stepsPerEpoch) : steps;
  }
}
