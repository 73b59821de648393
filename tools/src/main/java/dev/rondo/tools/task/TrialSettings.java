package dev.rondo.tools.task;

/// The settings of all runs of an experiment, besides their length.
///
/// @param hiddenSize units of every model
/// @param window steps that the model named window sees
/// @param batchSize sequences of a training step
/// @param clipNorm the largest norm of a gradient; infinite not to clip
/// @param memory steps that the gates of LSTM and GRU begin able to bridge; 0 for an LSTM whose
///   forget gates begin with bias 1, and a GRU that begins as PyTorch's
/// @param validationSequences to choose by
/// @param testSequences to measure on, at the end
/// @param evaluations measurements on the validation sequences during a run, the one before its
///   first step not counted
/// @param seed of sequences and weights
record TrialSettings(
    int hiddenSize,
    int window,
    int batchSize,
    double clipNorm,
    int memory,
    int validationSequences,
    int testSequences,
    int evaluations,
    long seed) {
  /// As many sequences of a split as were asked for, or as there are.
  int sequences(Task task, Split split) {
    int asked = split == Split.TEST ? testSequences : validationSequences;
    return Math.min(asked, task.available(split));
  }
}
