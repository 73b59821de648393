/// The roofline of the machine it runs on: peak and bandwidths measured with vectors, and where
/// each kernel of the engine lies below them. Knows kernels, not layers.
///
/// Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance
/// model for multicore architectures", 2009.
package dev.rondo.bench.roofline;
