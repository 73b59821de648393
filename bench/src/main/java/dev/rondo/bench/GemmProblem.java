package dev.rondo.bench;

import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;

/// One matrix product with its operands, for one implementation: weights packed beforehand,
/// activations packed, where they are, by the product itself.
public final class GemmProblem {
  /// Rows of the result that are compared before anything is timed: several register tiles and a
  /// remainder.
  private static final int SAMPLE = 43;

  private final Gemm gemm;
  private final GemmShape shape;
  private final Tensor left;
  private final Tensor right; // weights, or the activations of a weight gradient
  private final PackedMatrix packed; // null for a weight gradient
  private final Tensor product;

  /// Operands that depend on the shape alone.
  public GemmProblem(Gemm gemm, Arena arena, GemmShape shape) {
    this.gemm = gemm;
    this.shape = shape;
    boolean gradient = shape.form() == GemmShape.Form.GRADIENT;
    boolean forward = shape.form() == GemmShape.Form.FORWARD;
    left = Operands.random(arena, 1, shape.m(), forward ? shape.k() : shape.n());
    right = Operands.random(arena, 2, gradient ? shape.m() : shape.n(), shape.k());
    packed =
        switch (shape.form()) {
          case FORWARD -> Operands.packedTransposed(gemm, arena, right);
          case BACKWARD -> Operands.packedRows(gemm, arena, right);
          case GRADIENT -> null;
        };
    product =
        switch (shape.form()) {
          case FORWARD -> Operands.zeros(arena, shape.m(), shape.n());
          case BACKWARD -> Operands.zeros(arena, shape.m(), shape.k());
          case GRADIENT -> Operands.zeros(arena, shape.n(), shape.k());
        };
  }

  /// The left operand before transposition.
  Tensor left() {
    return left;
  }

  /// The weights, or the activations of a weight gradient.
  Tensor right() {
    return right;
  }

  /// Adds the product once more.
  public Tensor run() {
    if (packed == null) {
      gemm.multiplyTransposed(left, right, product);
    } else {
      gemm.multiply(left, packed, product);
    }
    return product;
  }

  /// The first rows of the product, for a comparison: rows do not depend on each other.
  Tensor sample(Arena arena) {
    int rows = Math.min(SAMPLE, product.rows());
    var result = Operands.zeros(arena, rows, product.columns());
    if (packed == null) {
      gemm.multiplyTransposed(left.columns(0, rows), right, result);
    } else {
      gemm.multiply(left.rows(0, rows), packed, result);
    }
    return result;
  }

  /// Floating-point operations on whole vectors: columns of the product rounded up to them.
  public double paddedFlops() {
    return shape.flops() / product.columns() * Tensor.padded(product.columns());
  }

  /// Bytes of the operands, each counted once.
  public long operandBytes() {
    return Operands.bytes(left) + Operands.bytes(right) + Operands.bytes(product);
  }

  /// Bytes that must be moved at least: operands read, the product read and written.
  public long trafficBytes() {
    return operandBytes() + Operands.bytes(product);
  }
}
