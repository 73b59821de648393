/// The same work in Rondo and in other engines, each in a process of its own, in turn: checked to
/// give the same numbers, then timed. The contenders of other engines are modules of their own, as
/// their libraries exclude each other; here is what they share, and Rondo's.
package dev.rondo.bench.peers;
