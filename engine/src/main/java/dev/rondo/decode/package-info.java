/// From what a model puts out to what it says: choosing tokens from logits. Running the model does
/// not belong here.
package dev.rondo.decode;
