/// `rondo lm`: training, evaluation and text generation of language models of characters or words.
package dev.rondo.tools.lm;
