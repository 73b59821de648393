/// What turns gradients into better parameters: optimizers, averages of weights, learning rate
/// schedules, gradient clipping. Models, losses and training loops do not belong here.
package dev.rondo.optim;
