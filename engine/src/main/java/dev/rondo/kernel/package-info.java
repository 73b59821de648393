/// The numeric kernels: public interfaces by kind, each with a scalar and a vector implementation
/// that give the same bits, and a float64 twin generated from the scalar source. Kernels deal with
/// memory and numbers; models, files and time do not belong here.
///
/// Every kernel works on whole rows of [dev.rondo.tensor.Tensor]s, padding included, on the
/// caller's thread, and allocates no native memory. Sizes are checked by the callers at the public
/// border; kernels `assert` them. Unless stated otherwise, `target` may be the same tensor as a
/// source, but must not overlap one in any other way.
package dev.rondo.kernel;
