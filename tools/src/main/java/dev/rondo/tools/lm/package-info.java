/// `rondo lm`: language models of characters or words, trained, measured and made to write.
package dev.rondo.tools.lm;
