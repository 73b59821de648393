/// Layers without a state: linear, embedding, layer normalization, dropout. Parameter names and
/// layout are PyTorch's. Recurrent layers, losses and initializers have packages of their own below
/// this one; training loops and files do not belong here.
package dev.rondo.nn;
