package dev.rondo.train;

/// The record of one training step.
///
/// @param step number of the step, from 0
/// @param epoch epoch of the step, from 0
/// @param loss mean loss over its targets; in nats for cross-entropies
/// @param gradientNorm global norm of the gradient before clipping
/// @param learningRate learning rate of the step
/// @param tokens number of targets that counted, as in [dev.rondo.data.Batch#count()]
/// @param epochEnded whether the step was the last one of its epoch
/// @param skipped whether the parameters were not changed, because the loss or a gradient was not
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
