/// Diagnostics of a network while it runs: checks of gradients, their flow back through time, the
/// saturation of gates, traces of states. Training and files do not belong here, nor anything that
/// a network needs to run.
package dev.rondo.check;
