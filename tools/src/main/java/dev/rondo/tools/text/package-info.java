/// Text as a language model sees it: files as characters, characters or words as numbers. What the
/// model does with the numbers does not belong here.
package dev.rondo.tools.text;
