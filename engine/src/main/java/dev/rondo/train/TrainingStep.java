package dev.rondo.train;

/// The record of one training step.
///
/// @param step its number, from 0
/// @param epoch the epoch it belongs to, from 0
/// @param loss mean over its targets; of cross-entropies, in nats
/// @param gradientNorm global norm of the gradient before clipping
/// @param learningRate the rate it used
/// @param tokens targets that counted, as [dev.rondo.data.Batch#count()] says
/// @param epochEnded whether it was the last of its epoch
/// @param skipped whether the parameters were left as they were, the loss or a gradient not being
///   finite
public record TrainingStep(
    long step,
    long epoch,
    double loss,
    double gradientNorm,
    double learningRate,
    int tokens,
    boolean epochEnded,
    boolean skipped) {}
