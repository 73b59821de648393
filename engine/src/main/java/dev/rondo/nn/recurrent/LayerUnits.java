package dev.rondo.nn.recurrent;

import java.util.Objects;

/// The cell of one layer in one direction, and its size.
///
/// @param cell the recurrence
/// @param hiddenSize units
public record LayerUnits(Cell cell, int hiddenSize) {
  /// Checks the values.
  ///
  /// @throws IllegalArgumentException if `hiddenSize` is not positive, or a projection is larger
  public LayerUnits {
    Objects.requireNonNull(cell, "cell");
    Limits.requirePositive("hiddenSize", hiddenSize);
    var first = cell.states(hiddenSize).getFirst();
    if (!first.name().equals(StatePart.HIDDEN)) {
      throw new IllegalArgumentException(
          "the first part of a state must be h, cell %s has %s"
              .formatted(cell.text(), first.name()));
    }
    if (first.columns() > hiddenSize && !(cell instanceof CustomCell)) {
      throw new IllegalArgumentException(
          "projection must be at most hiddenSize %d, was %d"
              .formatted(hiddenSize, first.columns()));
    }
  }

  /// Columns of h.
  public int stateSize() {
    return cell.stateSize(hiddenSize);
  }
}
