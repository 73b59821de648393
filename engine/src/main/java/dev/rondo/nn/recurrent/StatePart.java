package dev.rondo.nn.recurrent;

/// One part of the state that a cell carries from step to step, such as h or c.
///
/// @param name in files and snapshots
/// @param columns elements of one sequence's part
public record StatePart(String name, int columns) {
  /// Name of the hidden state, which is the output of a step; the first part of every state.
  public static final String HIDDEN = "h";

  /// Name of the cell state of an LSTM.
  public static final String CELL = "c";

  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `columns` is not positive, or the name is not made of
  ///   lower-case letters
  public StatePart {
    if (!isLowerCase(name)) {
      throw new IllegalArgumentException(
          "name of a state part must be lower-case letters, was " + name);
    }
    Limits.requirePositive("columns of " + name, columns);
  }

  // no regular expression: the first answer of a process would wait for its classes
  private static boolean isLowerCase(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) < 'a' || name.charAt(i) > 'z') {
        return false;
      }
    }
    return !name.isEmpty();
  }
}
