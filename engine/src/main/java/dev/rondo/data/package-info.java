/// Sequence data cut into batches: contiguous windows for truncated BPTT, whole sequences with
/// padding for full BPTT, bucketed by length or packed into rows to reduce padding. Reading files
/// and vocabularies do not belong here.
package dev.rondo.data;
