/// What parameters hold before training: initializers, which fill a tensor from a random number
/// generator. Which initializer a layer uses is the layer's choice and does not belong here.
package dev.rondo.nn.init;
