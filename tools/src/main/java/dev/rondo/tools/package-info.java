/// The `rondo` command and its subcommands. What an application would embed belongs in the engine,
/// not here.
package dev.rondo.tools;
