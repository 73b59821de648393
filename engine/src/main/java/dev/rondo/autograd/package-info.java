/// Reverse-mode differentiation, define by run: named parameters, variables, and the tape that
/// records operations and walks them back. Operations are few and coarse; layers and data do not
/// belong here.
package dev.rondo.autograd;
