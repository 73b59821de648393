package dev.rondo.tools.lm;

/// The length of training.
///
/// @param steps number of windows; 0 if epochs are given
/// @param epochs number of passes through the text; 0 if steps are given
/// @param asked whether the user gave it; false for a default
record TrainingLength(long steps, long epochs, boolean asked) {
  /// The number of steps, for data with `stepsPerEpoch` steps in an epoch.
  long inSteps(int stepsPerEpoch) {
    return epochs > 0 ? Math.multiplyExact(epochs, stepsPerEpoch) : steps;
  }
}
