/// Looks inside a network while it runs: how gradients flow back through time, which gates are
/// saturated, what states do. Training and files do not belong here, nor anything that a network
/// needs to run.
package dev.rondo.check;
