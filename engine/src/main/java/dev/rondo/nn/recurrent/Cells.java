package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/// The families of cells by name: the one list that files and commands read. Immutable.
///
///     Cells.standard().parse("lstm peepholes projection=128")
///     Cells.standard().with("leaky", settings -> new Leaky(settings.number("rate", 0.5)))
///
/// A file with a cell of your own is loaded with a list that knows its name.
public final class Cells {
  private static final Cells STANDARD =
      new Cells(Map.of())
          .with("rnn_tanh", _ -> Rnn.cell(Activation.TANH))
          .with("rnn_relu", _ -> Rnn.cell(Activation.RELU))
          .with(Rnn.FAMILY, Rnn::of)
          .with(Gru.FAMILY, Gru::of)
          .with(Lstm.FAMILY, Lstm::of);

  private final Map<String, Function<CellSettings, Cell>> families;

  private Cells(Map<String, Function<CellSettings, Cell>> families) {
    this.families = families;
  }

  /// The engine's own families: `rnn_tanh`, `rnn_relu`, `rnn`, `gru`, `lstm`.
  public static Cells standard() {
    return STANDARD;
  }

  /// A copy with one more family.
  ///
  /// @param family as [Cell#family] gives it
  /// @param read makes the cell from [Cell#settings]; a setting that it does not read is refused
  /// @throws IllegalArgumentException if the name is taken, or is not made of lower-case letters,
  ///   digits and underscores
  public Cells with(String family, Function<CellSettings, Cell> read) {
    Objects.requireNonNull(read, "read");
    if (!isName(family)) {
      throw new IllegalArgumentException(
          "family must be lower-case letters, digits and underscores, was " + family);
    }
    if (families.containsKey(family)) {
      throw new IllegalArgumentException("family %s is known already".formatted(family));
    }
    var more = new LinkedHashMap<>(families);
    more.put(family, read);
    return new Cells(more);
  }

  // no regular expression: the first answer of a process would wait for its classes
  private static boolean isName(String family) {
    for (int i = 0; i < family.length(); i++) {
      char c = family.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      boolean other = (c >= '0' && c <= '9') || c == '_';
      if (!letter && !(other && i > 0)) {
        return false;
      }
    }
    return !family.isEmpty();
  }

  /// The names of all families, in the order in which they were added.
  public List<String> families() {
    return List.copyOf(families.keySet());
  }

  /// The engine's cells that are named without any setting: `rnn_tanh`, `rnn_relu`, `gru`, `lstm`.
  /// Commands offer these.
  public static List<Cell> common() {
    var cells = new ArrayList<Cell>();
    for (String family : STANDARD.families.keySet()) {
      var cell = STANDARD.parse(family);
      if (!cells.contains(cell)) {
        cells.add(cell);
      }
    }
    return List.copyOf(cells);
  }

  /// Reads the text that [Cell#text()] wrote.
  ///
  /// @throws IllegalArgumentException if no family has this name, a setting is unknown or given
  ///   twice, or a value breaks a rule
  public Cell parse(String text) {
    int space = text.indexOf(' ');
    String family = space < 0 ? text : text.substring(0, space);
    var read = families.get(family);
    if (read == null) {
      throw new IllegalArgumentException(
          "cell must be one of %s, was %s".formatted(String.join(", ", families.keySet()), family));
    }
    var settings = CellSettings.parse(family, space < 0 ? null : text.substring(space + 1));
    var cell = read.apply(settings);
    settings.requireAllRead();
    return cell;
  }
}
