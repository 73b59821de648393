/// JMH benchmarks of the engine: what decides a kernel's form, scalar beside vector, and the limit
/// of the machine. Nothing here is shipped.
package dev.rondo.bench;
