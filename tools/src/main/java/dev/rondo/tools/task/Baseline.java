package dev.rondo.tools.task;

/// What can be had without memory.
///
/// @param name what it does, such as `always answering 1`
/// @param error in the task's measure; NaN if it has none
/// @param accuracy share of right answers; NaN if it is not known
record Baseline(String name, double error, double accuracy) {}
