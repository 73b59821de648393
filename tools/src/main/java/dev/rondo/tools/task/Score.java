package dev.rondo.tools.task;

/// How well a model does.
///
/// @param error the mean loss
/// @param accuracy the share of right answers
record Score(double error, double accuracy) {}
