package dev.rondo.architecture.upsidedown.nn.init;

import dev.rondo.architecture.upsidedown.nn.recurrent.KnowsAnInitializer;

/// What `PackageLayersTest` must report: an initializer that knows a cell.
public record KnowsACell(KnowsAnInitializer forbidden) {}
