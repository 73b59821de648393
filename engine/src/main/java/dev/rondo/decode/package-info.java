/// Decoding: choosing tokens from a model's logits. Running the model does not belong here.
package dev.rondo.decode;
