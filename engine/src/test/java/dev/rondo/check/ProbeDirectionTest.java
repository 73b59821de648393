package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which elements are moved, and how far.
class ProbeDirectionTest {
  private static final int COUNT = 8;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor tensor(double value, int... shape) {
    var tensor = Tensor.allocate(arena, ElementType.FLOAT64, shape);
    tensor.fill(value);
    return tensor;
  }

  private List<ProbeDirection> samples(int... shape) {
    return ProbeDirection.samples(tensor(0.5, shape), COUNT, new CounterRandom(1));
  }

  /// How often each element is moved by some directions.
  private static double[] moved(List<ProbeDirection> directions, int size) {
    var count = new double[size];
    for (var direction : directions) {
      for (int i = 0; i < size; i++) {
        var unit = new double[size];
        unit[i] = 1;
        assertEquals(direction.norm(unit) == 0, direction.along(unit) == 0);
        count[i] += direction.norm(unit);
      }
    }
    return count;
  }

  private static double[] once(int size) {
    var once = new double[size];
    Arrays.fill(once, 1);
    return once;
  }

  @Test
  void allElementsOfASmallTensorAreTried() {
    var directions = samples(4, 8);
    assertEquals(32, directions.size());
    for (int i = 0; i < 32; i++) {
      assertEquals(i, directions.get(i).element());
    }
    assertEquals("element [3, 7]", directions.getLast().place());
    assertEquals(COUNT + COUNT + 3 + COUNT, samples(11, 3).size());
  }

  /// 8 directions of all, 8 blocks of the 10 rows, one of each of 7 columns, 8 elements.
  @Test
  void everyElementIsInABlockOfRowsAndInOneOfColumns() {
    var directions = samples(10, 7);
    assertEquals(31, directions.size());
    for (int d = 0; d < 8; d++) {
      assertEquals("all elements, direction " + d, directions.get(d).place());
      assertArrayEquals(once(70), moved(directions.subList(d, d + 1), 70));
    }
    var rows = directions.subList(8, 16);
    assertArrayEquals(once(70), moved(rows, 70));
    assertEquals("row 0", rows.get(0).place());
    assertEquals("rows 3 to 4", rows.get(3).place());
    assertEquals("rows 8 to 9", rows.get(7).place());
    var columns = directions.subList(16, 23);
    assertArrayEquals(once(70), moved(columns, 70));
    assertEquals("column 6", columns.get(6).place());
    var elements = directions.subList(23, 31);
    assertEquals(8, elements.stream().mapToInt(ProbeDirection::element).distinct().count());
    assertEquals(0, elements.stream().filter(d -> d.element() < 0).count());
  }

  /// A single row has no blocks of rows, a single column none of columns.
  @Test
  void vectorsAreMovedAlongOneDimension() {
    var row = samples(1, 50);
    assertEquals(24, row.size());
    assertEquals("columns 43 to 49", row.get(15).place());
    assertArrayEquals(once(50), moved(row.subList(8, 16), 50));
    var column = samples(50, 1);
    assertEquals(24, column.size());
    assertArrayEquals(once(50), moved(column.subList(8, 16), 50));
    assertEquals(8 + 2 + 8 + 8, samples(2, 20).size());
    assertEquals(8 + 8 + 2 + 8, samples(20, 2).size());
  }

  /// A step of 1 moves values by 1, or by their root mean square where that is more.
  @Test
  void stepsFollowTheSizeOfTheValues() {
    for (double value : new double[] {0.5, -3}) {
      var tensor = tensor(value, 10, 7);
      for (var direction : ProbeDirection.samples(tensor, COUNT, new CounterRandom(2))) {
        double[] x = tensor.toArray();
        direction.move(direction.unit());
        double squares = 0;
        double[] after = tensor.toArray();
        for (int i = 0; i < x.length; i++) {
          squares += (after[i] - x[i]) * (after[i] - x[i]);
        }
        assertEquals(Math.max(1, Math.abs(value)), Math.sqrt(squares), 1e-12, direction.place());
        assertEquals(2 * direction.unit(), direction.moved(direction.unit()), 1e-12);
        direction.move(0);
        assertArrayEquals(x, tensor.toArray());
      }
    }
  }

  /// ‖gradient‖ over what is moved, and its part along the direction.
  @Test
  void sizesAreThoseOfWhatIsMoved() {
    var twos = new double[70];
    Arrays.fill(twos, 2);
    var directions = samples(10, 7);
    assertEquals(2 * Math.sqrt(70), directions.get(0).norm(twos), 1e-12);
    assertEquals(2 * Math.sqrt(14), directions.get(8 + 3).norm(twos), 1e-12);
    assertEquals(2 * Math.sqrt(10), directions.get(16).norm(twos), 1e-12);
    assertEquals(2, directions.getLast().norm(twos));
    assertEquals(2, directions.getLast().along(twos));
    assertArrayEquals(new int[] {1, 0, 3}, ProbeDirection.index(new int[] {2, 3, 4}, 15));
  }
}
