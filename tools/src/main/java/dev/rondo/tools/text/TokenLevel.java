package dev.rondo.tools.text;

/// The kinds of tokens of a text.
public enum TokenLevel {
  /// A Unicode code point.
  CHAR("character"),
  /// A run of characters without white space. The end of a line is a word of its own.
  WORD("word");

  private final String unit;

  TokenLevel(String unit) {
    this.unit = unit;
  }

  /// The word for a token: `character`, `word`.
  public String unit() {
    return unit;
  }

  /// The name in options and model files: `char`, `word`.
  public String label() {
    return this == CHAR ? "char" : "word";
  }

  /// The level with a label.
  ///
  /// @throws IllegalArgumentException if there is none
  public static TokenLevel of(String label) {
    for (var level : values()) {
      if (level.label().equals(label)) {
        return level;
      }
    }
    throw new IllegalArgumentException("level must be char or word, was " + label);
  }
}
