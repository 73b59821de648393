package dev.rondo.tools;

import dev.rondo.nn.recurrent.Cell;
import dev.rondo.nn.recurrent.Cells;
import java.util.Iterator;

/// The cells that commands offer, for their help.
public final class CellNames implements Iterable<String> {
  /// Made by picocli.
  public CellNames() {}

  @Override
  public Iterator<String> iterator() {
    return Cells.common().stream().map(Cell::text).iterator();
  }
}
