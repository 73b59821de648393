/// Random numbers from a counter-based generator, whose whole state is a key and a counter. Filling
/// tensors and choosing tokens do not belong here.
package dev.rondo.random;
