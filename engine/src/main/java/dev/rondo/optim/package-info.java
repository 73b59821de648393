/// Updates of parameters from gradients: the [dev.rondo.optim.Optimizer] and its algorithms,
/// averages of weights, learning rate schedules, gradient clipping. Models, losses and training
/// loops do not belong here.
///
/// An algorithm is one file with its hyperparameters, formula and update. A new one implements
/// [dev.rondo.optim.Algorithm] and, to be found by its name, gets a line in
/// [dev.rondo.optim.Algorithms].
package dev.rondo.optim;
