package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameters;
import dev.rondo.random.CounterRandom;

/// Where the parameters of one layer and direction are created, and under which options: what a
/// [Cell] is given to make its [Recurrence].
///
/// @param parameters the store
/// @param suffix behind the names, such as `_l0_reverse`
/// @param inputSize features of a step of the input
/// @param hiddenSize units
/// @param regularization what is left out while training
/// @param initialization fills the parameters
/// @param random of the first values
public record RecurrencePlace(
    Parameters parameters,
    String suffix,
    int inputSize,
    int hiddenSize,
    Regularization regularization,
    GateInitializers initialization,
    CounterRandom random) {}
