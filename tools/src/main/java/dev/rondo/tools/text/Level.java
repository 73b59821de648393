package dev.rondo.tools.text;

/// What one token of a text is.
public enum Level {
  /// A Unicode code point.
  CHAR("character"),
  /// A run of characters without white space; a line's end is a word of its own.
  WORD("word");

  private final String unit;

  Level(String unit) {
    this.unit = unit;
  }

  /// What a token is called: `character`, `word`.
  public String unit() {
    return unit;
  }

  /// The name in options and model files: `char`, `word`.
  public String label() {
    return this == CHAR ? "char" : "word";
  }

  /// The level of a label.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Level of(String label) {
    for (var level : values()) {
      if (level.label().equals(label)) {
        return level;
      }
    }
    throw new IllegalArgumentException("level must be char or word, was " + label);
  }
}
