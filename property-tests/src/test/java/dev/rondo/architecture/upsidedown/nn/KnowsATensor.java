package dev.rondo.architecture.upsidedown.nn;

import dev.rondo.architecture.upsidedown.tensor.KnowsALayer;

/// What `PackageLayersTest` must allow: a layer that knows a tensor.
public record KnowsATensor(KnowsALayer allowed) {}
