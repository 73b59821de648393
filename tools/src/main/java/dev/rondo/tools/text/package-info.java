/// Text for language models: files as characters, and characters or words as numbers. What the
/// model does with the numbers does not belong here.
package dev.rondo.tools.text;
