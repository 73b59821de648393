/// Off-heap memory: dense tensors with padded rows, integer tokens, and the workspace that training
/// steps allocate from. Layers and operations do not belong here.
package dev.rondo.tensor;
