package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.random.CounterRandom;

/// The place and options with which a [Cell] makes its [Recurrence]: the parameters of one layer
/// and direction are created there.
///
/// @param parameters the store
/// @param suffix end of the names, such as `_l0_reverse`
/// @param inputSize features of a step of the input
/// @param hiddenSize units
/// @param regularization dropout of every kind while training
/// @param initialization fills the parameters
/// @param random generator of the initial values
public record RecurrencePlace(
    Parameters parameters,
    String suffix,
    int inputSize,
    int hiddenSize,
    Regularization regularization,
    GateInitializers initialization,
    CounterRandom random) {}
