/// Serving of trained models: streams of single steps, with state in the caller's memory.
///
/// Nothing here learns. Models are trained with `dev.rondo.train`, or by hand on a tape.
package dev.rondo.stream;
