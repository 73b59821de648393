/// Off-heap memory: dense tensors with padded rows, integer tokens, and the workspace that training
/// steps allocate from. What a layer or an operation is does not belong here.
package dev.rondo.tensor;
