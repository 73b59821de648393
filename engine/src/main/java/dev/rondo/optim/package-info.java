/// What turns gradients into better parameters: optimizers, learning rate schedules, gradient
/// clipping. Models, losses and training loops do not belong here.
package dev.rondo.optim;
