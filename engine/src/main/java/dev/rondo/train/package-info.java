/// Training: steps of truncated or full BPTT, evaluation, early stopping, checkpoints. Commands and
/// output do not belong here.
package dev.rondo.train;
