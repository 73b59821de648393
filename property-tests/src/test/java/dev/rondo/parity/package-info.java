/// The engine beside PyTorch: the cases that are compared, what the engine makes of them, and the
/// comparison. PyTorch itself is in the module `property-tests/parity`, in the same package.
package dev.rondo.parity;
