/// Training: steps of truncated or full BPTT, of language models and of any recurrent model,
/// evaluation, early stopping, checkpoints. Commands and output do not belong here.
package dev.rondo.train;
