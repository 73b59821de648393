/// Files: named tensors and text in the safetensors format, read strictly and written atomically.
/// What the names mean to a layer or a model does not belong here.
package dev.rondo.io;
