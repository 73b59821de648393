/// What parameters hold before training: initializers, which fill a tensor from a random number
/// generator, and what says which of them fills each gate of a recurrent layer. Which of these a
/// layer uses is the layer's choice and does not belong here.
package dev.rondo.nn.init;
