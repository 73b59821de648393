/// The engine compared with PyTorch: the cases, the engine's results, and the comparison. PyTorch
/// itself is in the module `property-tests/parity`, in the same package.
package dev.rondo.parity;
