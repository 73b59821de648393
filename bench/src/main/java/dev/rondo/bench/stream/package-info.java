/// One step at a time: how long a step of a stream takes, in Rondo and beside it in other engines,
/// each in a process of its own; many streams for a long time; and how soon a process that has just
/// been started answers. The contenders of other engines are modules of their own; here is what
/// they share, and Rondo's.
package dev.rondo.bench.stream;
