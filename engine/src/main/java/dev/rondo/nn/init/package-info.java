/// Initial values of parameters: initializers, which fill a tensor with numbers from a random
/// number generator. The choice of initializers is the layer's and does not belong here.
package dev.rondo.nn.init;
