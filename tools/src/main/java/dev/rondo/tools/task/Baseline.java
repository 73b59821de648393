package dev.rondo.tools.task;

/// The score of an answer that needs no memory.
///
/// @param name its rule, such as `always answering 1`
/// @param error the error in the task's measure; NaN if it has none
/// @param accuracy the share of right answers; NaN if unknown
record Baseline(String name, double error, double accuracy) {}
