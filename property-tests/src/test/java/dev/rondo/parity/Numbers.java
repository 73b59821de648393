package dev.rondo.parity;

import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.List;

/// Numbers in the form common to both sides: a shape and its elements in row-major order, in double
/// whatever the precision of the computation. Not to be changed.
final class Numbers {
  private final int[] shape;
  private final double[] elements;

  /// @param shape dimensions; none for a single number
  /// @param elements as many as the shape has
  Numbers(int[] shape, double[] elements) {
    int expected = 1;
    for (int dimension : shape) {
      expected *= dimension;
    }
    if (elements.length != expected) {
      throw new IllegalArgumentException(
          "elements must be %d, were %d".formatted(expected, elements.length));
    }
    this.shape = shape;
    this.elements = elements;
  }

  static Numbers of(double... elements) {
    return new Numbers(new int[] {elements.length}, elements);
  }

  static Numbers of(Tensor tensor) {
    return new Numbers(tensor.shape(), tensor.toArray());
  }

  int[] shape() {
    return shape;
  }

  double[] elements() {
    return elements;
  }

  Tensor tensor(SegmentAllocator allocator, ElementType type) {
    var tensor = Tensor.allocate(allocator, type, shape);
    for (int i = 0; i < elements.length; i++) {
      tensor.set(i / tensor.columns(), i % tensor.columns(), elements[i]);
    }
    return tensor;
  }

  Tokens tokens(SegmentAllocator allocator) {
    var tokens = Tokens.allocate(allocator, shape[0], shape[1]);
    for (int i = 0; i < elements.length; i++) {
      tokens.set(i / shape[1], i % shape[1], (int) elements[i]);
    }
    return tokens;
  }

  /// Part `i` of the first dimension.
  Numbers at(int i) {
    int size = elements.length / shape[0];
    return new Numbers(
        Arrays.copyOfRange(shape, 1, shape.length),
        Arrays.copyOfRange(elements, i * size, (i + 1) * size));
  }

  /// Equal shapes along a new first dimension.
  static Numbers stack(List<Numbers> parts) {
    int[] inner = parts.getFirst().shape;
    var shape = new int[inner.length + 1];
    shape[0] = parts.size();
    System.arraycopy(inner, 0, shape, 1, inner.length);
    return new Numbers(
        shape, parts.stream().flatMapToDouble(part -> Arrays.stream(part.elements)).toArray());
  }

  /// The Euclidean norm.
  double norm() {
    double squares = 0;
    for (double element : elements) {
      squares += element * element;
    }
    return Math.sqrt(squares);
  }
}
