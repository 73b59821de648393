package dev.rondo.tools.text;

import java.util.Iterator;
import java.util.NoSuchElementException;

/// The words of a text, one after the other: runs of characters without white space, and the end of
/// each line.
final class Words implements Iterator<String> {
  private final String text;
  private int position;

  Words(String text) {
    this.text = text;
    skipSpace();
  }

  private void skipSpace() {
    while (position < text.length()
        && text.charAt(position) != '\n'
        && Character.isWhitespace(text.charAt(position))) {
      position++;
    }
  }

  @Override
  public boolean hasNext() {
    return position < text.length();
  }

  @Override
  public String next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int start = position;
    if (text.charAt(position) == '\n') {
      position++;
    } else {
      while (position < text.length() && !Character.isWhitespace(text.charAt(position))) {
        position++;
      }
    }
    var word = text.substring(start, position);
    skipSpace();
    return word;
  }
}
