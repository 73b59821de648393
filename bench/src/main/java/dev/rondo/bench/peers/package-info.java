/// The same work in Rondo and in other engines, each in a process of its own, in turn: first the
/// numbers are compared, then the work is timed. The contenders of other engines are modules of
/// their own, since their libraries exclude each other. This package has the shared code and
/// Rondo's contender.
package dev.rondo.bench.peers;
