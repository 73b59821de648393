/// The `rondo` command and its subcommands. Code that an application would embed belongs in the
/// engine, not here.
package dev.rondo.tools;
