package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.nn.recurrent.RecurrentObserver.GateColumns;
import dev.rondo.tensor.Tensor;
import java.util.List;

/// An LSTM of any form. This file is long because it holds the equations with all options, forward
/// and backward.
///
/// See [Lstm] for the equations, which the names of the blocks follow.
///
/// A missing option has no block and no parameter. [LstmNorms] holds layer normalization.
final class LstmRecurrence extends RegularizedRecurrence {
  private final Lstm cell;
  private final GateProduct input;
  private final GateProduct state;

  /// From o∘tanh(c) to h; null without a projection.
  private final GateProduct projection;

  private final Parameter peephole;
  private final LstmNorms norms;

  /// All gates side by side.
  private final Block preActivations;

  private final Activated i;

  /// Null where the gates are coupled: f is 1 - i then.
  private final Activated f;

  private final Activated g;
  private final Activated o;

  /// tanh(c), or that of the normalized c.
  private final Block shown;

  /// o∘tanh(c), and dL/dh behind it; null without a projection.
  private final Block raw;

  private final Block dProjected;

  /// h and c before zoneout; null without.
  private final Block freshHidden;

  private final Block freshCell;
  private final Zoneout zoneoutHidden;
  private final Zoneout zoneoutCell;

  /// g after dropout, and its mask; null if nothing is dropped.
  private final Block candidate;

  private final Block candidateMask;

  /// h₋₁ after dropout; null if nothing is dropped.
  private final Block dropped;

  private final Block dHidden;
  private final Block dGate;
  private final Block direct;
  private final Block other;

  LstmRecurrence(Lstm cell, RecurrencePlace place) {
    super(cell, cell.clip(), place);
    this.cell = cell;
    preActivations = keep(gates);
    var activated = activated(gatesOf(preActivations));
    i = activated.get(cell.gateNames().indexOf(LstmGate.INPUT));
    f = cell.coupled() ? null : activated.get(cell.gateNames().indexOf(LstmGate.FORGET));
    g = activated.get(cell.gateNames().indexOf(LstmGate.CELL));
    o = activated.get(cell.gateNames().indexOf(LstmGate.OUTPUT));
    norms = cell.layerNorm() ? new LstmNorms(this, preActivations) : null;
    boolean projects = cell.projection() > 0;
    shown = keepUnits();
    raw = keepUnitsIf(projects);
    dProjected = keepStateIf(projects);
    double hiddenStays = regularization.zoneoutHidden();
    freshHidden = keepStateIf(hiddenStays > 0);
    zoneoutHidden = zoneout(Draw.HIDDEN, hiddenStays, keepStateIf(hiddenStays > 0));
    double cellStays = regularization.zoneoutCell();
    freshCell = keepUnitsIf(cellStays > 0);
    zoneoutCell = zoneout(Draw.CELL, cellStays, keepUnitsIf(cellStays > 0));
    candidateMask = keepUnitsIf(regularization.candidate() > 0);
    candidate = keepUnitsIf(regularization.candidate() > 0);
    dropped = keepStateIf(regularization.state() > 0);
    dHidden = scratchUnits();
    dGate = scratchUnits();
    direct = scratchUnits();
    other = scratchUnits();
    var ofInput = norms == null ? preActivations : norms.inputProduct();
    var ofState = norms == null ? preActivations : norms.stateProduct();
    int shift = norms == null ? 0 : norms.backwardShift();
    input = GateProduct.of(weightIh, 0, hiddenSize, indexesOf(ofInput)).backwardShift(shift);
    state =
        GateProduct.of(weightHh, 0, hiddenSize, indexesOf(ofState))
            .backwardShift(shift)
            .dropConnect(regularization.dropConnect());
    peephole = parameter("peephole");
    projection =
        projects ? GateProduct.of(parameter("weight_hr"), 0, cell.projection(), List.of(0)) : null;
  }

  private static Zoneout zoneout(Draw what, double probability, Block mask) {
    return mask == null ? null : new Zoneout(what, probability, mask);
  }

  @Override
  boolean readsCells() {
    return cell.peepholes();
  }

  @Override
  List<GateColumns> gateColumns() {
    return gateColumns(indexesOf(preActivations));
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  List<GateProduct> stepProducts() {
    return projection == null ? List.of(state) : List.of(state, projection);
  }

  @Override
  int biasInputBlock(int gate) {
    return preActivations.index() + gate;
  }

  @Override
  int biasStateBlock(int gate) {
    return preActivations.index() + gate;
  }

  @Override
  void prepareForward(Tape tape) {
    super.prepareForward(tape);
    if (norms != null) {
      norms.prepare(tape);
    }
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    // with normalization the bias is added later, and the input's blocks of its row are zero
    input.set(tape, biasRow(tape), x, z);
  }

  // Forward.

  @Override
  void forward(Tape tape, Step step) {
    var operand = operand(tape, step, dropped);
    if (norms == null) {
      state.add(tape, operand, step.z());
    } else {
      state.set(tape, biasRow(tape), operand, step.z());
      norms.forward(tape, step, biasRow(tape));
    }
    see(tape, LstmGate.INPUT, step.cPrevious(), i.of(step));
    activate(tape, i, step);
    if (f != null) {
      see(tape, LstmGate.FORGET, step.cPrevious(), f.of(step));
      activate(tape, f, step);
    }
    activate(tape, g, step);
    var c = newCell(tape, step);
    see(tape, LstmGate.OUTPUT, c, o.of(step));
    activate(tape, o, step);
    show(tape, step, c);
    hidden(tape, step);
  }

  /// Adds the peephole of a gate: `target += p∘c`.
  private void see(Tape tape, LstmGate gate, Tensor c, Tensor target) {
    if (peephole != null) {
      tape.backend().rows().accumulateScaledColumns(peepholeRow(peephole.value(), gate), c, target);
    }
  }

  /// A gate's row of `peephole`: the rows are in the order of the gates, without g.
  private Tensor peepholeRow(Tensor peepholes, LstmGate gate) {
    int place = cell.gateNames().indexOf(gate);
    return peepholes.rows(gate == LstmGate.OUTPUT ? place - 1 : place, 1);
  }

  /// c = f∘c₋₁ + i∘g, as used for h.
  private Tensor newCell(Tape tape, Step step) {
    var arithmetic = arithmetic(tape);
    var sum = dHidden.of(step);
    arithmetic.multiply(i.of(step), newValue(tape, step), sum);
    arithmetic.accumulateProduct(forget(tape, step, dGate), step.cPrevious(), sum);
    if (cell.cellClip() < Double.POSITIVE_INFINITY) {
      arithmetic.clamp(cell.cellClip(), sum, sum);
    }
    if (zoneoutCell == null) {
      arithmetic.settle(sum, step.c());
      return step.c();
    }
    var c = freshCell.of(step);
    arithmetic.settle(sum, c);
    zoneout(tape, step, zoneoutCell, step.cPrevious(), c, step.c());
    return c;
  }

  /// g, after dropout if there is any.
  private Tensor newValue(Tape tape, Step step) {
    if (candidate == null || !tape.training()) {
      return g.of(step);
    }
    draw(tape, step, Draw.CANDIDATE, 1 - regularization.candidate(), candidateMask.of(step));
    arithmetic(tape).multiply(g.of(step), candidateMask.of(step), candidate.of(step));
    return candidate.of(step);
  }

  /// f, or 1 - i.
  ///
  /// @param scratch overwritten where the gates are coupled
  private Tensor forget(Tape tape, Step step, Block scratch) {
    if (f != null) {
      return f.of(step);
    }
    var forget = scratch.of(step);
    arithmetic(tape).oneMinus(i.of(step), forget);
    return forget;
  }

  /// shown = tanh(c), or that of the normalized c.
  private void show(Tape tape, Step step, Tensor c) {
    var target = shown.of(step);
    if (norms == null) {
      activations(tape).apply(cell.output(), c, target);
    } else {
      norms.ofCell(tape, step, c, target);
      activations(tape).apply(cell.output(), target, target);
    }
  }

  /// h = W_hr·(o∘shown).
  private void hidden(Tape tape, Step step) {
    var arithmetic = arithmetic(tape);
    var h = zoneoutHidden == null ? step.h() : freshHidden.of(step);
    if (projection == null) {
      arithmetic.multiply(o.of(step), shown.of(step), h);
    } else {
      arithmetic.multiply(o.of(step), shown.of(step), raw.of(step));
      projection.set(tape, zeroRow(tape), raw.of(step), h);
    }
    arithmetic.settle(h, h);
    if (zoneoutHidden != null) {
      zoneout(tape, step, zoneoutHidden, step.hPrevious(), h, step.h());
    }
  }

  // Backward.

  @Override
  void backward(Tape tape, Step step, Step.Gradients gradients, boolean toState) {
    var arithmetic = arithmetic(tape);
    var dc = gradients.dc();
    var dRaw = hiddenBackward(tape, step, gradients);
    var c = zoneoutCell == null ? step.c() : freshCell.of(step);
    // dL/dc: the part passed on by zoneout, then those from h and the output gate's peephole
    if (zoneoutCell != null) {
      zoneoutBackward(tape, step, zoneoutCell, dc, direct.of(step), other.of(step));
    }
    outputBackward(tape, step, dRaw, dc);
    see(tape, LstmGate.OUTPUT, o.of(step), dc);
    if (cell.cellClip() < Double.POSITIVE_INFINITY) {
      arithmetic.clampBackward(cell.cellClip(), c, dc, dc);
    }
    cellBackward(tape, step, dc);
    if (zoneoutCell != null) {
      arithmetic.accumulate(direct.of(step), dc);
    }
    if (norms != null) {
      norms.backward(tape, step);
    }
    if (toState) {
      carry(tape, step, state, state(dHidden).of(step), gradients.carried());
    }
  }

  /// dL/d(o∘shown) = W_hrᵀ·dL/dh, in the block of dL/dh; `carried` becomes zoneout's direct part.
  private Tensor hiddenBackward(Tape tape, Step step, Step.Gradients gradients) {
    var arithmetic = arithmetic(tape);
    var dh = state(dHidden).of(step);
    arithmetic.add(gradients.dh(), gradients.carried(), dh);
    if (zoneoutHidden == null) {
      tape.backend().rows().set(zeroRow(tape), gradients.carried());
    } else {
      var zero = state(dGate).of(step);
      zoneoutBackward(tape, step, zoneoutHidden, dh, gradients.carried(), zero);
    }
    if (projection == null) {
      return dh;
    }
    arithmetic.copy(dh, dProjected.of(step));
    projection.setBackward(tape, zeros(tape), dProjected.of(step), dGate.of(step));
    arithmetic.copy(dGate.of(step), dHidden.of(step));
    return dHidden.of(step);
  }

  /// dc += dL/d(o∘shown)∘o∘tanh'(c), and dL/do = dL/d(o∘shown)∘shown.
  private void outputBackward(Tape tape, Step step, Tensor dRaw, Tensor dc) {
    var arithmetic = arithmetic(tape);
    var y = shown.of(step);
    var slope = other.of(step);
    arithmetic.multiply(dRaw, y, dGate.of(step));
    arithmetic.multiply(dRaw, o.of(step), dRaw);
    if (norms == null) {
      tape.backend().rows().set(ones(tape), slope);
      activations(tape).backward(cell.output(), y, slope, slope);
      arithmetic.accumulateProduct(dRaw, slope, dc);
    } else {
      activations(tape).backward(cell.output(), y, dRaw, dRaw);
      norms.ofCellBackward(tape, step, dRaw, slope);
      arithmetic.accumulate(slope, dc);
    }
    activateBackward(tape, o, step, dGate.of(step));
  }

  /// di = dc∘g, df = dc∘c₋₁, dg = dc∘i, and dc₋₁ = dc∘f in the place of dc.
  private void cellBackward(Tape tape, Step step, Tensor dc) {
    var arithmetic = arithmetic(tape);
    var di = dHidden.of(step);
    var df = dGate.of(step);
    var dg = other.of(step);
    var newValue = candidate == null ? g.of(step) : candidate.of(step);
    if (f == null) {
      arithmetic.subtract(newValue, step.cPrevious(), di);
      arithmetic.multiply(dc, di, di);
    } else {
      arithmetic.multiply(dc, newValue, di);
      arithmetic.multiply(dc, step.cPrevious(), df);
    }
    arithmetic.multiply(dc, i.of(step), dg);
    if (candidate != null) {
      arithmetic.multiply(dg, candidateMask.of(step), dg);
    }
    activateBackward(tape, g, step, dg);
    arithmetic.multiply(dc, forget(tape, step, other), dc);
    activateBackward(tape, i, step, di);
    see(tape, LstmGate.INPUT, i.of(step), dc);
    if (f != null) {
      activateBackward(tape, f, step, df);
      see(tape, LstmGate.FORGET, f.of(step), dc);
    }
  }

  @Override
  void accumulateGradients(Tape tape, Step.All rows) {
    var z = rows.z();
    GateProduct.accumulate(tape, z, input, rows.x(), state, operands(tape, rows, dropped));
    accumulateBiases(tape, z.columns(0, preActivations.first() + preActivations.columns()));
    if (peephole != null && peephole.trainable()) {
      accumulatePeephole(tape, LstmGate.INPUT, i.value().of(rows), rows.cPrevious());
      if (f != null) {
        accumulatePeephole(tape, LstmGate.FORGET, f.value().of(rows), rows.cPrevious());
      }
      var c = zoneoutCell == null ? rows.c() : freshCell.of(rows);
      accumulatePeephole(tape, LstmGate.OUTPUT, o.value().of(rows), c);
    }
    if (projection != null) {
      projection.accumulate(tape, dProjected.of(rows), raw.of(rows));
    }
    if (norms != null) {
      norms.accumulate(tape, rows);
    }
  }

  private void accumulatePeephole(Tape tape, LstmGate gate, Tensor dGate, Tensor c) {
    tape.backend().rows().dotColumns(dGate, c, peepholeRow(peephole.gradient(), gate));
  }
}
