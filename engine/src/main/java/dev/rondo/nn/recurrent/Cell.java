package dev.rondo.nn.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/// The description of a recurrence: everything that layers, files, commands and gradient checks
/// need to know about it, except its sizes.
///
/// | asked | answered by |
/// |---|---|
/// | its name in files and commands | [#family], [#settings], [#text] |
/// | its gates and their activations | [#gates] |
/// | its parameters | [#parameters] |
/// | the state it carries from step to step | [#states] |
/// | how one step is computed | [#recurrence] |
///
/// The cells of the engine are records, whose fields are their options: [Rnn], [Gru], [Lstm]. A
/// cell of your own implements [CustomCell]. [Cells] lists the families.
public sealed interface Cell permits Rnn, Gru, Lstm, CustomCell {
  /// The name of the family: `rnn`, `gru`, `lstm`.
  String family();

  /// The options that differ from the family's common ones, as text by key, in a fixed order; a
  /// flag has an empty value. Made with [CellSettings].
  SequencedMap<String, String> settings();

  /// The gates in the order of their rows in the parameters.
  List<Gate> gates();

  /// The parameters of one layer and direction, in the order in which they are created.
  ///
  /// @param inputSize features of a step of the input
  /// @param hiddenSize units
  List<ParameterShape> parameters(int inputSize, int hiddenSize);

  /// The state that a step passes to the next one; the first part is h, the output of the step.
  ///
  /// @param hiddenSize units
  List<StatePart> states(int hiddenSize);

  /// Creates and fills the parameters, together with the computation of a step. Layers call this;
  /// the result has no operations for other callers.
  ///
  /// @param place where the parameters are created, and under which options
  Recurrence recurrence(RecurrencePlace place);

  /// The cell for a layer of another size. A setting that does not fit, such as a projection larger
  /// than the number of units, is reduced to that size.
  default Cell limitedTo(int hiddenSize) {
    return this;
  }

  /// Refuses a regularization that this cell cannot carry out.
  ///
  /// @throws IllegalArgumentException if the regularization drops something that the cell does not
  ///   have
  default void requireRegularization(Regularization regularization) {
    if (regularization.zoneoutCell() > 0 && !hasCellState()) {
      throw new IllegalArgumentException("zoneoutCell needs a cell state, the cell is " + text());
    }
    if (regularization.candidate() > 0 && gates().size() < 2) {
      throw new IllegalArgumentException("candidate needs a gated cell, the cell is " + text());
    }
  }

  /// True if there is a second state beside h.
  default boolean hasCellState() {
    return states(1).size() > 1;
  }

  /// Columns of h of a layer with `hiddenSize` units.
  default int stateSize(int hiddenSize) {
    return states(hiddenSize).getFirst().columns();
  }

  /// The names of the gates, in order.
  default List<? extends Enum<?>> gateNames() {
    var names = new ArrayList<Enum<?>>();
    for (var gate : gates()) {
      names.add(gate.name());
    }
    return names;
  }

  /// The cell as text, such as `lstm`, `gru reset_before` or `lstm peepholes projection=128`: the
  /// same for equal cells. [Cells#parse] reads it back.
  default String text() {
    return CellSettings.text(family(), settings());
  }

  /// Reads the text that [#text()] wrote for one of the engine's own cells.
  ///
  /// @throws IllegalArgumentException if the text names no cell, or a value breaks a rule
  static Cell parse(String text) {
    return Cells.standard().parse(text);
  }
}
