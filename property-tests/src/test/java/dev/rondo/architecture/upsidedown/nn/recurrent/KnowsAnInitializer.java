package dev.rondo.architecture.upsidedown.nn.recurrent;

import dev.rondo.architecture.upsidedown.nn.init.KnowsACell;

/// What `PackageLayersTest` must allow: a cell that knows an initializer.
public record KnowsAnInitializer(KnowsACell allowed) {}
