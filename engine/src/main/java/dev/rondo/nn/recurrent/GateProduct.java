package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Gemm;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/// The product of a weight matrix, or of some of its gates, with rows of an operand, in the forward
/// and in the backward pass. The result goes to a run of blocks of pre-activations.
///
/// Gates are rows of the parameter, `gateRows` each; blocks are columns of pre-activations, padded
/// to a multiple of [Tensor#ROW_ALIGNMENT]. The blocks may be in another order than the gates.
/// Weights are packed once for each tape.
///
/// With DropConnect (Merity et al. 2017) the product uses a copy with some weights dropped, the
/// same ones for the whole tape.
final class GateProduct {
  private enum Form {
    FORWARD,
    BACKWARD,
    DROPPED
  }

  private record Key(GateProduct product, Form form) {}

  /// A copy with weights dropped, and the position in the random sequence that determines which.
  private record Dropped(Tensor value, long key, long counter) {}

  private final Parameter weight;
  private final int firstGate;
  private final int gateRows;
  private final int block;
  private final List<Integer> blocks;
  private final int first;
  private final int backwardShift;
  private final double dropConnect;

  private GateProduct(
      Parameter weight,
      int firstGate,
      int gateRows,
      List<Integer> blocks,
      int backwardShift,
      double dropConnect) {
    this.weight = weight;
    this.firstGate = firstGate;
    this.gateRows = gateRows;
    this.block = Tensor.padded(gateRows);
    this.blocks = blocks;
    this.first = Collections.min(blocks);
    this.backwardShift = backwardShift;
    this.dropConnect = dropConnect;
  }

  /// The product of the gates from `firstGate` on, one for each of `blocks`: a run in any order.
  static GateProduct of(Parameter weight, int firstGate, int gateRows, List<Integer> blocks) {
    return new GateProduct(weight, firstGate, gateRows, blocks, 0, 0);
  }

  /// With dL/d(pre-activations) in the blocks `count` further on.
  GateProduct backwardShift(int count) {
    return new GateProduct(weight, firstGate, gateRows, blocks, count, dropConnect);
  }

  /// With this share of the weights dropped while training.
  GateProduct dropConnect(double probability) {
    return new GateProduct(weight, firstGate, gateRows, blocks, backwardShift, probability);
  }

  /// The block of a gate, 0 for the first one of this product.
  int block(int gate) {
    return blocks.get(gate);
  }

  /// The block of every gate.
  List<Integer> blocks() {
    return blocks;
  }

  int gates() {
    return blocks.size();
  }

  /// Multiply-adds of one row, padding counted.
  long multiplyAdds() {
    return (long) gates() * block * weight.value().columns();
  }

  /// The columns of pre-activations that the product writes.
  Tensor part(Tensor z) {
    return z.columns(first * block, gates() * block);
  }

  /// The columns that hold dL/d(pre-activations) in the backward pass.
  Tensor gradientPart(Tensor dz) {
    return dz.columns((first + backwardShift) * block, gates() * block);
  }

  /// `z += a·Wᵀ`, on the caller's thread.
  void add(Tape tape, Tensor a, Tensor z) {
    tape.backend().gemm().multiply(a, forward(tape), part(z));
  }

  /// `z = start + a·Wᵀ` of one row `start`, on the caller's thread.
  void set(Tape tape, Tensor start, Tensor a, Tensor z) {
    tape.backend().gemm().multiply(part(start), a, forward(tape), part(z));
  }

  /// `da += dz·W`, on the caller's thread.
  void addBackward(Tape tape, Tensor dz, Tensor da) {
    tape.backend().gemm().multiply(gradientPart(dz), backward(tape), da);
  }

  /// `da = start + dz·W` of one row `start`, on the caller's thread.
  void setBackward(Tape tape, Tensor start, Tensor dz, Tensor da) {
    tape.backend().gemm().multiply(start, gradientPart(dz), backward(tape), da);
  }

  /// `da += dz·W`, on all threads.
  void addBackwardParallel(Tape tape, Tensor dz, Tensor da) {
    tape.backend().parallel().multiply(gradientPart(dz), backward(tape), da);
  }

  private Tensor rowsOf(Tensor matrix, int gate, int gates) {
    return matrix.rows((firstGate + gate) * gateRows, gates * gateRows);
  }

  /// `Wᵀ`: operand to pre-activations.
  PackedMatrix forward(Tape tape) {
    return tape.packed(
        new Key(this, Form.FORWARD),
        weight.value().columns(),
        gates() * block,
        packed -> {
          Gemm gemm = tape.backend().gemm();
          for (int gate = 0; gate < gates(); gate++) {
            int column = (blocks.get(gate) - first) * block;
            gemm.packTransposed(rowsOf(effective(tape), gate, 1), packed, column);
          }
        });
  }

  /// `W`: dL/d(pre-activations) to dL/d(operand).
  PackedMatrix backward(Tape tape) {
    return tape.packed(
        new Key(this, Form.BACKWARD),
        gates() * block,
        weight.value().columns(),
        packed -> {
          Gemm gemm = tape.backend().gemm();
          for (int gate = 0; gate < gates(); gate++) {
            int row = (blocks.get(gate) - first) * block;
            gemm.packRows(rowsOf(effective(tape), gate, 1), packed, row);
          }
        });
  }

  /// The weights that the product uses.
  private Tensor effective(Tape tape) {
    return dropping(tape) ? dropped(tape).value : weight.value();
  }

  private boolean dropping(Tape tape) {
    return dropConnect > 0 && tape.training();
  }

  private Dropped dropped(Tape tape) {
    return tape.shared(
        new Key(this, Form.DROPPED),
        Dropped.class,
        () -> {
          var random = tape.random().next();
          var copy = tape.uninitialized(weight.value().shape());
          tape.backend()
              .arithmetic()
              .dropout(weight.value(), copy, 1 - dropConnect, random.key(), random.counter());
          return new Dropped(copy, random.key(), random.counter());
        });
  }

  /// `dW += dzᵀ·a` over all rows in order, on all threads.
  void accumulate(Tape tape, Tensor dz, Tensor a) {
    if (!weight.trainable()) {
      return;
    }
    var target = gradientTarget(tape);
    for (int gate = 0; gate < gates(); gate += run(gate)) {
      accumulate(tape, dz, a, target, gate, run(gate));
    }
    finish(tape, target);
  }

  private void accumulate(Tape tape, Tensor dz, Tensor a, Tensor target, int gate, int run) {
    tape.backend()
        .parallel()
        .multiplyTransposed(gradientColumns(dz, gate, run), a, rowsOf(target, gate, run));
  }

  private Tensor gradientColumns(Tensor dz, int gate, int run) {
    return dz.columns((blocks.get(gate) + backwardShift) * block, run * gateRows);
  }

  /// As [#accumulate], for two products of the same gates. A block that holds the gradient of a
  /// gate for both products is read once.
  static void accumulate(
      Tape tape, Tensor dz, GateProduct one, Tensor a, GateProduct other, Tensor b) {
    if (!one.weight.trainable() || !other.weight.trainable()) {
      one.accumulate(tape, dz, a);
      other.accumulate(tape, dz, b);
      return;
    }
    var oneTarget = one.gradientTarget(tape);
    var otherTarget = other.gradientTarget(tape);
    int run;
    for (int gate = 0; gate < one.gates(); gate += run) {
      run = one.commonRun(other, gate);
      if (one.meets(other, gate)) {
        tape.backend()
            .parallel()
            .multiplyTransposed(
                one.gradientColumns(dz, gate, run),
                a,
                one.rowsOf(oneTarget, gate, run),
                b,
                other.rowsOf(otherTarget, gate, run));
      } else {
        one.accumulate(tape, dz, a, oneTarget, gate, run);
        other.accumulate(tape, dz, b, otherTarget, gate, run);
      }
    }
    one.finish(tape, oneTarget);
    other.finish(tape, otherTarget);
  }

  /// True if the gradient of a gate is in the same block for both products.
  private boolean meets(GateProduct other, int gate) {
    return blocks.get(gate) + backwardShift == other.blocks.get(gate) + other.backwardShift;
  }

  /// Number of gates from this one on that one call can cover in each product, and whose gradients
  /// are all in the same blocks or all in different ones.
  private int commonRun(GateProduct other, int gate) {
    int longest = Math.min(run(gate), other.run(gate));
    int run = 1;
    while (run < longest && meets(other, gate + run) == meets(other, gate)) {
      run++;
    }
    return run;
  }

  private Tensor gradientTarget(Tape tape) {
    return dropping(tape) ? tape.zeros(weight.value().shape()) : weight.gradient();
  }

  private void finish(Tape tape, Tensor target) {
    if (dropping(tape)) {
      var dropped = dropped(tape);
      tape.backend()
          .arithmetic()
          .accumulateDropout(
              target, weight.gradient(), 1 - dropConnect, dropped.key, dropped.counter);
    }
  }

  /// Number of gates from this one on whose blocks lie side by side without padding, so that one
  /// product covers all of them.
  private int run(int gate) {
    int run = 1;
    while (gateRows == block
        && gate + run < gates()
        && blocks.get(gate + run) == blocks.get(gate) + run) {
      run++;
    }
    return run;
  }
}
