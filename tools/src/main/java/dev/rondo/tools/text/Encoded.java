package dev.rondo.tools.text;

import java.util.List;

/// A text as tokens, and the unknown parts of it.
///
/// @param tokens one number per token. Unknown tokens become `<unk>` where the vocabulary has it,
///   and are left out otherwise
/// @param unknown the unknown characters or words, each once, in the order of the text
/// @param unknownCount the number of unknown tokens in the text
/// @param level the kind of tokens
@SuppressWarnings("ArrayRecordComponent") // a whole text, passed on at once
public record Encoded(int[] tokens, List<String> unknown, long unknownCount, TokenLevel level) {
  /// The largest number of unknown tokens in a message.
  private static final int MOST_NAMED = 10;

  /// Whether the vocabulary contains every token.
  public boolean complete() {
    return unknownCount == 0;
  }

  /// The unknown tokens and their number: `2 unknown characters: 'ä' (U+00E4), 'ß' (U+00DF)`.
  public String describeUnknown() {
    var result = new StringBuilder();
    result.append(unknownCount).append(" unknown ").append(level.unit());
    if (unknownCount != 1) {
      result.append('s');
    }
    if (unknownCount > unknown.size()) {
      result.append(" (").append(unknown.size()).append(" different)");
    }
    result.append(": ");
    for (int i = 0; i < Math.min(unknown.size(), MOST_NAMED); i++) {
      result.append(i == 0 ? "" : ", ").append(name(unknown.get(i)));
    }
    return result.append(unknown.size() > MOST_NAMED ? ", ..." : "").toString();
  }

  private String name(String token) {
    if (level == TokenLevel.WORD) {
      return "'" + token + "'";
    }
    int codePoint = token.codePointAt(0);
    boolean visible =
        !Character.isISOControl(codePoint)
            && Character.getType(codePoint) != Character.FORMAT
            && !Character.isWhitespace(codePoint);
    return (visible ? "'" + token + "' " : "") + "(U+%04X)".formatted(codePoint);
  }
}
