package dev.rondo.architecture.upsidedown.tensor;

import dev.rondo.architecture.upsidedown.nn.KnowsATensor;

/// What `PackageLayersTest` must report: a tensor that knows a layer.
public record KnowsALayer(KnowsATensor forbidden) {}
