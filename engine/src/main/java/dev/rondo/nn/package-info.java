/// Layers: recurrent stacks and their cells, linear, embedding, dropout. Parameter names, gate
/// order and layout are PyTorch's. Training loops and files do not belong here.
package dev.rondo.nn;
