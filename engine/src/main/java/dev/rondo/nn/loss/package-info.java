/// Loss functions: from predictions and targets to one number. Metrics that are only reported do
/// not belong here.
package dev.rondo.nn.loss;
