/// The baseline of the vector kernels: recurrent networks in plain loops over rows of `float[]`.
/// They are written so that the JIT compiler can vectorize them (distinct rows, one common index),
/// and complete enough to train. With `-XX:-UseSuperWord` the same code is truly scalar.
///
/// Of the engine's kernels, it uses only the one-element functions of `dev.rondo.kernel.FloatMath`.
package dev.rondo.bench.array;
