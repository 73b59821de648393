/// The baseline that vector kernels are measured against: recurrent networks in plain loops over
/// rows of `float[]`, written so that the JIT compiler can vectorize them (distinct rows, one
/// common index), and complete enough to train. With `-XX:-UseSuperWord` the same code is truly
/// scalar.
///
/// Nothing of the engine's kernels is used here but the one-element functions of
/// `dev.rondo.kernel.FloatMath`.
package dev.rondo.bench.array;
