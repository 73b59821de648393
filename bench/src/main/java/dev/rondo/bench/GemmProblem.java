package dev.rondo.bench;

import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;

/// One matrix product with its operands, for one implementation. Weights are packed beforehand;
/// where activations are packed, the product itself does it.
public final class GemmProblem {
  /// The number of rows of the result that are compared before the timing: several register tiles
  /// and a remainder.
  private static final int SAMPLE = 43;

  private final Gemm gemm;
  private final GemmShape shape;
  private final Tensor left;
  private final Tensor right; // weights, or the activations of a weight gradient
  private final PackedMatrix packed; // null for a weight gradient
  private final Tensor product;

  /// Makes operands that depend on the shape alone.
  public GemmProblem(Gemm gemm, Arena arena, GemmShape shape) {
    this.gemm = gemm;
    this.shape = shape;
    boolean gradient = shape.form() == GemmShape.Product.GRADIENT;
    boolean forward = shape.form() == GemmShape.Product.FORWARD;
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

  /// Adds the product once more to the result.
  public Tensor run() {
    if (packed == null) {
      gemm.multiplyTransposed(left, right, product);
    } else {
      gemm.multiply(left, packed, product);
    }
    return product;
  }

  /// The first rows of the product, for a comparison: rows are independent of each other.
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

  /// The number of floating-point operations on whole vectors, with columns rounded up.
  public double paddedFlops() {
    return shape.flops() / product.columns() * Tensor.padded(product.columns());
  }

  /// The number of bytes of the operands, each counted once.
  public long operandBytes() {
    return Operands.bytes(left) + Operands.bytes(right) + Operands.bytes(product);
  }

  /// The smallest number of bytes moved: operands read, the product read and written.
  public long trafficBytes() {
    return operandBytes() + Operands.bytes(product);
  }
}
