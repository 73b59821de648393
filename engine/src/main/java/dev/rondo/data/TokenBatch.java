package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.tensor.Tokens;

/// The tokens of one training step.
///
/// @param inputs [steps, batchSize]
/// @param targets [steps, batchSize], the token that follows each input; [Tokens#IGNORED] where
///   nothing is to be learned
/// @param fresh whether the sequences start here: the carried state is to be zero again
/// @param count targets that are not ignored
/// @param lengths steps of each sequence that are no padding
public record TokenBatch(
    Tokens inputs, Tokens targets, boolean fresh, int count, Lengths lengths) {}
