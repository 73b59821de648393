/// The roofline of the machine: peak and bandwidths measured with vectors, and the position of each
/// kernel of the engine below them. It knows kernels, not layers.
///
/// Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance
/// model for multicore architectures", 2009.
package dev.rondo.bench.roofline;
