package dev.rondo.bench.roofline;

import dev.rondo.bench.GatesProblem;
import dev.rondo.bench.GemmProblem;
import dev.rondo.bench.GemmShape;
import dev.rondo.bench.Operands;
import dev.rondo.bench.peers.Work.Cell;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Updates.AdamStep;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The measured kernels, with the operations that they compute and the bytes that they move.
///
/// Operations are counted from the formulas of `FloatMath` and `Gates`: operations on floats,
/// without the integer operations of an exponential function.
final class Kernels {
  // tanh: 9 fused multiply-adds, square, product, quotient, minimum, maximum
  private static final int TANH = 23;
  // exp: 10 fused multiply-adds, minimum, maximum, difference, two products
  private static final int EXP = 25;
  // exp of the negative, sum, quotient
  private static final int SIGMOID = EXP + 3;

  private static final int ROWS = 32;
  private static final int COLUMNS = 256;
  private static final int CLASSES = 65;
  private static final int CLASS_ROWS = 2500; // 50 steps of 50 sequences

  private final Backend backend;
  private final Arena arena;
  private final List<Kernel> all = new ArrayList<>();

  private Kernels(Backend backend, Arena arena) {
    this.backend = backend;
    this.arena = arena;
  }

  /// All kernels of a backend, operands in `arena`.
  static List<Kernel> of(Backend backend, Arena arena) {
    var kernels = new Kernels(backend, arena);
    GemmShape.NAMED.forEach(kernels::gemm);
    kernels.activations(ROWS);
    kernels.activations(8 * ROWS);
    // per unit of a row: operations and floats moved, see Gates
    kernels.gates(Cell.LSTM, 3 * SIGMOID + 2 * TANH + 8, 11, TANH + 23, 14);
    kernels.gates(Cell.GRU, 2 * SIGMOID + TANH + 6, 9, 17, 12);
    kernels.gates(Cell.RNN, TANH + 1, 2, 4, 4);
    kernels.rows();
    kernels.optimizers();
    return kernels.all;
  }

  private void gemm(String shape) {
    var sizes = GemmShape.parse(shape);
    var problem = new GemmProblem(backend.gemm(), arena, sizes);
    all.add(
        new Kernel(
            "gemm",
            shape,
            sizes.flops(),
            problem.paddedFlops(),
            problem.trafficBytes(),
            problem.operandBytes(),
            (long) sizes.m() * sizes.n(),
            problem::run));
  }

  private void activations(int rows) {
    var x = Operands.random(arena, 1, rows, COLUMNS);
    var y = Operands.zeros(arena, rows, COLUMNS);
    var kernels = backend.activations();
    var size = " " + rows + "x" + COLUMNS;
    elementwise(
        "activation",
        "tanh" + size,
        TANH,
        2,
        y,
        2,
        () -> {
          kernels.tanh(x, y);
          return y;
        });
    elementwise(
        "activation",
        "sigmoid" + size,
        SIGMOID,
        2,
        y,
        2,
        () -> {
          kernels.sigmoid(x, y);
          return y;
        });
    elementwise(
        "activation",
        "exp" + size,
        EXP,
        2,
        y,
        2,
        () -> {
          kernels.exp(x, y);
          return y;
        });
  }

  private void gates(
      Cell kind, int forwardFlops, int forwardFloats, int backwardFlops, int backwardFloats) {
    // one problem per pass: each settles at values of its own
    var forward = new GatesProblem(backend.gates(), arena, kind, ROWS, COLUMNS);
    var backward = new GatesProblem(backend.gates(), arena, kind, ROWS, COLUMNS);
    var unit = Operands.zeros(arena, ROWS, COLUMNS);
    var name = kind.label() + " gates %s " + ROWS + "x" + COLUMNS;
    int blocks = kind == Cell.RNN ? 1 : 4;
    elementwise(
        "gates",
        name.formatted("forward"),
        forwardFlops,
        forwardFloats,
        unit,
        kind == Cell.LSTM ? blocks + 3 : blocks + 2,
        forward::forward);
    elementwise(
        "gates",
        name.formatted("backward"),
        backwardFlops,
        backwardFloats,
        unit,
        kind == Cell.LSTM ? blocks + 5 : blocks + 3,
        backward::backward);
  }

  /// A kernel that applies one operation to each element of tensors of one size.
  ///
  /// @param flops of an element
  /// @param floats read and written for an element
  /// @param size one of the tensors
  /// @param operands tensors that are touched
  private void elementwise(
      String group,
      String name,
      double flops,
      int floats,
      Tensor size,
      int operands,
      Stopwatch.TimedWork work) {
    double padding = (double) Tensor.padded(size.columns()) / size.columns();
    all.add(
        new Kernel(
            group,
            name,
            flops * size.size(),
            flops * size.size() * padding,
            (double) floats * Operands.bytes(size),
            operands * Operands.bytes(size),
            size.size(),
            work));
  }

  private void rows() {
    var logits = Operands.random(arena, 1, CLASS_ROWS, CLASSES);
    var gradient = Operands.zeros(arena, CLASS_ROWS, CLASSES);
    var losses = Operands.zeros(arena, CLASS_ROWS, 1);
    var targets = Operands.tokens(arena, 2, 50, 50, CLASSES);
    var kernels = backend.rows();
    var size = " %dx%d".formatted(CLASS_ROWS, CLASSES);
    // maximum, difference, exponential, sum, product
    elementwise(
        "rows",
        "softmax" + size,
        EXP + 4,
        2,
        gradient,
        2,
        () -> {
          kernels.softmax(logits, gradient);
          return gradient;
        });
    elementwise(
        "rows",
        "cross-entropy" + size,
        EXP + 4,
        2,
        gradient,
        2,
        () -> {
          kernels.crossEntropy(logits, targets, 0, losses, gradient);
          return gradient;
        });
    var table = Operands.random(arena, 3, CLASSES, COLUMNS);
    var vectors = Operands.zeros(arena, CLASS_ROWS, COLUMNS);
    size = " %dx%d".formatted(CLASS_ROWS, COLUMNS);
    // no arithmetic: one operation per element stands for the copy, so that a rate can be drawn
    elementwise(
        "rows",
        "embedding gather" + size,
        1,
        2,
        vectors,
        1,
        () -> {
          kernels.gather(table, targets, 0, vectors);
          return vectors;
        });
    elementwise(
        "rows",
        "embedding scatter" + size,
        1,
        3,
        vectors,
        1,
        () -> {
          kernels.scatterAdd(vectors, targets, 0, table);
          return table;
        });
  }

  private void optimizers() {
    var value = Operands.random(arena, 1, 4 * COLUMNS, COLUMNS);
    var gradient = Operands.random(arena, 2, 4 * COLUMNS, COLUMNS);
    var mean = Operands.zeros(arena, 4 * COLUMNS, COLUMNS);
    var variance = Operands.zeros(arena, 4 * COLUMNS, COLUMNS);
    var step = new AdamStep(1e-7, 1, 0.9, 0.999, 1e-8, 0, 1);
    var updates = backend.updates();
    var size = " %dx%d".formatted(4 * COLUMNS, COLUMNS);
    // 5 fused multiply-adds, 3 products, difference, root, quotient
    elementwise(
        "optimizer",
        "adam" + size,
        15,
        7,
        value,
        4,
        () -> {
          updates.adam(value, gradient, mean, variance, step);
          return value;
        });
    elementwise(
        "optimizer",
        "sgd" + size,
        4,
        3,
        value,
        2,
        () -> {
          updates.sgd(value, gradient, 1e-7, 0);
          return value;
        });
    // in double: a product and a sum
    elementwise(
        "optimizer", "norm" + size, 2, 1, value, 1, () -> backend.rows().sumOfSquares(gradient));
  }
}
