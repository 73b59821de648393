/// Sequence data cut into batches: contiguous windows for truncated BPTT, whole sequences with
/// padding for full BPTT. Reading files and vocabularies do not belong here.
package dev.rondo.data;
