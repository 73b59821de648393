/// Reverse-mode differentiation, define by run: named parameters, variables, and the tape that
/// records operations and runs their backward passes in reverse. Operations are few and coarse.
/// Layers and data do not belong here.
package dev.rondo.autograd;
