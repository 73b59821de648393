/// Measurements of streams: the time of a single step, in Rondo and in other engines, each in a
/// process of its own; many streams for a long time; and how soon a freshly started process
/// answers. The contenders of other engines are modules of their own. This package has the shared
/// code and Rondo's contenders.
package dev.rondo.bench.stream;
