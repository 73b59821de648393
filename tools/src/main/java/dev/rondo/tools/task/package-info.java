/// `rondo task`: experiments with long dependencies, in which several kinds of model learn the same
/// task under the same budget. What trains a model on a user's own data does not belong here.
package dev.rondo.tools.task;
