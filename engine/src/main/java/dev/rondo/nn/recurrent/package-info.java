/// Recurrent layers: cells, stacks of layers through time in one or both directions, their states,
/// lengths and initialization. Parameter names, gate order and layout are PyTorch's. Layers without
/// a state, losses, training loops and files do not belong here.
package dev.rondo.nn.recurrent;
