package dev.rondo.nn.recurrent;


import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Activation;
import dev.rondo.nn.init.Initializer;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// An LSTM of any form; see [LstmOptions] for what it computes.
///
/// A missing option has no blocks and no parameters. [LstmNorms] holds what layer normalization
/// adds.
final class LstmRecurrence extends ComposedRecurrence {
  private final LstmOptions cell;
  private final GateProduct input;
  private final GateProduct state;

  /// From o∘tanh(c) to h; null without a projection.
  private final GateProduct projection;

  private final Parameter weightHr;
  private final Parameter peephole;
  private final LstmNorms norms;

  // Places of gates among the rows of the parameters, and so among the gates' blocks.
  private final int placeI;
  private final int placeF;
  private final int placeG;
  private final int placeO;

  // Blocks.
  private final int firstGate;
  private final int limited;
  private final int shown;
  private final int raw;
  private final int unzoned;
  private final int freshCell;
  private final int dProjected;
  private final int candidateMask;
  private final int candidate;
  private final int hiddenMask;
  private final int cellMask;
  private final int dropped;
  private final int scratch;

  LstmRecurrence(LstmOptions cell, RecurrentOptions options, int inputSize, Place place) {
    super(options, inputSize, cell.gates().size(), cell.clip(), place);
    this.cell = cell;
    placeI = cell.gates().indexOf(LstmGate.INPUT);
    placeF = cell.gates().indexOf(LstmGate.FORGET);
    placeG = cell.gates().indexOf(LstmGate.CELL);
    placeO = cell.gates().indexOf(LstmGate.OUTPUT);
    norms = cell.layerNorm() ? new LstmNorms(this, place) : null;
    firstGate = take(gates);
    boolean projects = cell.projection() > 0;
    boolean zonesHidden = regularization.zoneoutHidden() > 0;
    boolean zonesCell = regularization.zoneoutCell() > 0;
    boolean drops = regularization.candidate() > 0;
    limited = takeIf(clips(), gates);
    shown = take(1);
    raw = takeIf(projects, 1);
    dProjected = takeIf(projects, 1);
    unzoned = takeIf(zonesHidden, 1);
    freshCell = takeIf(zonesCell, 1);
    candidateMask = takeIf(drops, 1);
    candidate = takeIf(drops, 1);
    hiddenMask = takeIf(zonesHidden, 1);
    cellMask = takeIf(zonesCell, 1);
    dropped = takeIf(regularization.state() > 0, 1);
    scratch = take(4);
    int inputBlock = norms == null ? firstGate : norms.inputBlock();
    int stateBlock = norms == null ? firstGate : norms.stateBlock();
    int shift = norms == null ? 0 : norms.backwardShift();
    input = GateProduct.of(weightIh, 0, hiddenSize, run(inputBlock)).backwardShift(shift);
    state =
        GateProduct.of(weightHh, 0, hiddenSize, run(stateBlock))
            .backwardShift(shift)
            .dropConnect(regularization.dropConnect());
    double bound = 1 / StrictMath.sqrt(hiddenSize);
    var uniform = Initializer.uniform(-bound, bound);
    peephole = cell.peepholes() ? place.create("peephole", peepholes(), hiddenSize) : null;
    weightHr = projects ? place.create("weight_hr", cell.projection(), hiddenSize) : null;
    projection = projects ? GateProduct.of(weightHr, 0, cell.projection(), List.of(0)) : null;
    for (var parameter : new Parameter[] {peephole, weightHr}) {
      if (parameter != null) {
        uniform.fill(parameter.value(), place.random());
      }
    }
  }

  private List<Integer> run(int first) {
    return IntStream.range(first, first + gates).boxed().toList();
  }

  /// Gates that see the cell: all but g.
  private int peepholes() {
    return gates - 1;
  }

  /// The row of `peephole` of a gate: its place with g left out.
  private Tensor peepholeRow(Tensor peepholes, int place) {
    return peepholes.rows(place < placeG ? place : place - 1, 1);
  }

  @Override
  List<Parameter> parameters() {
    var all = new ArrayList<>(super.parameters());
    if (peephole != null) {
      all.add(peephole);
    }
    if (weightHr != null) {
      all.add(weightHr);
    }
    if (norms != null) {
      all.addAll(norms.parameters());
    }
    return all;
  }

  @Override
  int stateSize() {
    return cell.stateSize(hiddenSize);
  }

  @Override
  boolean hasCellState() {
    return true;
  }

  @Override
  boolean readsCells() {
    return cell.peepholes();
  }

  @Override
  List<RecurrentObserver.Gate> gateColumns() {
    var activations = cell.gates().stream().map(this::activation).toList();
    return gateColumns(cell.gates(), activations, run(firstGate));
  }

  @Override
  GateProduct input() {
    return input;
  }

  @Override
  GateProduct state() {
    return state;
  }

  @Override
  int biasInputBlock(int gate) {
    return firstGate + gate;
  }

  @Override
  int biasStateBlock(int gate) {
    return firstGate + gate;
  }

  @Override
  void prepareForward(Tape tape, int slots) {
    super.prepareForward(tape, slots);
    if (norms != null) {
      norms.prepare(tape);
    }
    if (projection != null) {
      projection.forward(tape);
    }
  }

  @Override
  void prepareBackward(Tape tape) {
    super.prepareBackward(tape);
    if (projection != null) {
      projection.backward(tape);
    }
  }

  @Override
  void project(Tape tape, Tensor x, Tensor z) {
    // with normalization the bias comes later, and the input's blocks of its row are zero
    input.set(tape, biasRow(tape), x, z);
  }

  private Tensor gate(Tensor z, int place) {
    return at(z, firstGate + place);
  }

  private void activate(Tape tape, Tensor z, LstmGate gate, int place) {
    activate(tape, cell.activations().get(gate), z, firstGate + place, limited + place);
  }

  private void activateBackward(Tape tape, Tensor z, LstmGate gate, int place, Tensor gradient) {
    var f = cell.activations().get(gate);
    activateBackward(tape, f, z, firstGate + place, limited + place, gradient);
  }

  /// `target += p∘c` for the gate in this place.
  private void see(Tape tape, int place, Tensor c, Tensor target) {
    if (peephole != null) {
      var row = peepholeRow(peephole.value(), place);
      tape.backend().rows().accumulateScaledColumns(row, c, target);
    }
  }

  @Override
  void forward(Tape tape, Step step) {
    var z = step.z();
    var operand = operand(tape, step, dropped);
    if (norms == null) {
      state.add(tape, operand, z);
    } else {
      state.set(tape, biasRow(tape), operand, z);
      norms.gates(tape, z, biasRow(tape));
    }
    see(tape, placeI, step.cPrevious(), gate(z, placeI));
    activate(tape, z, LstmGate.INPUT, placeI);
    if (!cell.coupled()) {
      see(tape, placeF, step.cPrevious(), gate(z, placeF));
      activate(tape, z, LstmGate.FORGET, placeF);
    }
    activate(tape, z, LstmGate.CELL, placeG);
    var c = cell(tape, step);
    see(tape, placeO, c, gate(z, placeO));
    activate(tape, z, LstmGate.OUTPUT, placeO);
    show(tape, z, c);
    hidden(tape, step);
  }

  private void hidden(Tape tape, Step step) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var h = unzoned == NONE ? step.h() : stateAt(z, unzoned);
    if (projection == null) {
      arithmetic.multiply(gate(z, placeO), at(z, shown), h);
    } else {
      arithmetic.multiply(gate(z, placeO), at(z, shown), at(z, raw));
      projection.set(tape, zeroRow(tape), at(z, raw), h);
    }
    arithmetic.settle(h, h);
    if (unzoned != NONE) {
      double probability = regularization.zoneoutHidden();
      var mask = stateAt(z, hiddenMask);
      zoneout(tape, step, Draw.HIDDEN, probability, step.hPrevious(), h, mask, step.h());
    }
  }

  /// What is kept of the old cell state: f, or 1 - i.
  private Tensor forget(Tape tape, Tensor z, int temporary) {
    if (!cell.coupled()) {
      return gate(z, placeF);
    }
    var forget = at(z, temporary);
    arithmetic(tape).oneMinus(gate(z, placeI), forget);
    return forget;
  }

  /// The new cell state, as h sees it.
  private Tensor cell(Tape tape, Step step) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var g = gate(z, placeG);
    if (candidate != NONE && tape.training()) {
      draw(tape, step, Draw.CANDIDATE, 1 - regularization.candidate(), at(z, candidateMask));
      arithmetic.multiply(g, at(z, candidateMask), at(z, candidate));
      g = at(z, candidate);
    }
    var sum = at(z, scratch);
    arithmetic.multiply(gate(z, placeI), g, sum);
    arithmetic.accumulateProduct(forget(tape, z, scratch + 1), step.cPrevious(), sum);
    if (cell.cellClip() < Double.POSITIVE_INFINITY) {
      arithmetic.clamp(cell.cellClip(), sum, sum);
    }
    if (freshCell == NONE) {
      arithmetic.settle(sum, step.c());
      return step.c();
    }
    var c = at(z, freshCell);
    arithmetic.settle(sum, c);
    double probability = regularization.zoneoutCell();
    zoneout(tape, step, Draw.CELL, probability, step.cPrevious(), c, at(z, cellMask), step.c());
    return c;
  }

  /// What the output gate lets through: f(c), or f of the normalized c.
  private void show(Tape tape, Tensor z, Tensor c) {
    var source = c;
    if (norms != null) {
      norms.cell(tape, z, c, at(z, shown));
      source = at(z, shown);
    }
    activations(tape).apply(cell.output(), source, at(z, shown));
  }

  @Override
  void backward(Tape tape, Step step, boolean toState) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var dRaw = hiddenBackward(tape, step);
    var c = freshCell == NONE ? step.c() : at(z, freshCell);
    // dL/dc: what zoneout passes on, then what h and the output gate's peephole bring
    var direct = at(z, scratch + 2);
    if (freshCell != NONE) {
      zoneoutBackward(tape, at(z, cellMask), step.dc(), direct, at(z, scratch + 3));
    }
    outputBackward(tape, step, dRaw, at(z, scratch + 1), at(z, scratch + 3));
    see(tape, placeO, gate(z, placeO), step.dc());
    if (cell.cellClip() < Double.POSITIVE_INFINITY) {
      arithmetic.clampBackward(cell.cellClip(), c, step.dc(), step.dc());
    }
    cellBackward(tape, step, at(z, scratch), at(z, scratch + 1), at(z, scratch + 3));
    if (freshCell != NONE) {
      arithmetic.accumulate(direct, step.dc());
    }
    if (norms != null) {
      norms.gatesBackward(tape, z);
    }
    if (toState) {
      carry(tape, step, state, stateAt(z, scratch));
    }
  }

  /// dL/d(o∘f(c)), in the first block of scratch; `carried` becomes what zoneout passes on.
  private Tensor hiddenBackward(Tape tape, Step step) {
    var z = step.z();
    var gradient = stateAt(z, scratch);
    arithmetic(tape).add(step.dh(), step.carried(), gradient);
    if (unzoned != NONE) {
      var zero = stateAt(z, scratch + 1);
      zoneoutBackward(tape, stateAt(z, hiddenMask), gradient, step.carried(), zero);
    } else {
      tape.backend().rows().set(zeroRow(tape), step.carried());
    }
    if (projection == null) {
      return gradient;
    }
    arithmetic(tape).copy(gradient, stateAt(z, dProjected));
    var dRaw = at(z, scratch + 1);
    projection.setBackward(tape, zeros(tape), stateAt(z, dProjected), dRaw);
    arithmetic(tape).copy(dRaw, at(z, scratch));
    return at(z, scratch);
  }

  /// `dc +=` what h brings; dL/d(pre-activation) of the output gate takes its place.
  private void outputBackward(Tape tape, Step step, Tensor dRaw, Tensor dGate, Tensor slope) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var y = at(z, shown);
    arithmetic.multiply(dRaw, y, dGate);
    arithmetic.multiply(dRaw, gate(z, placeO), dRaw);
    if (norms == null) {
      tape.backend().rows().set(ones(tape), slope);
      activations(tape).backward(cell.output(), y, slope, slope);
      arithmetic.accumulateProduct(dRaw, slope, step.dc());
    } else {
      activations(tape).backward(cell.output(), y, dRaw, dRaw);
      norms.cellBackward(tape, z, dRaw, slope);
      arithmetic.accumulate(slope, step.dc());
    }
    activateBackward(tape, z, LstmGate.OUTPUT, placeO, dGate);
  }

  /// dL/d(pre-activations) of i f g take their places; `dc` becomes dL/dc₋₁.
  private void cellBackward(Tape tape, Step step, Tensor dI, Tensor dF, Tensor other) {
    var z = step.z();
    var arithmetic = arithmetic(tape);
    var dc = step.dc();
    var g = candidate == NONE ? gate(z, placeG) : at(z, candidate);
    if (cell.coupled()) {
      arithmetic.subtract(g, step.cPrevious(), dI);
      arithmetic.multiply(dc, dI, dI);
    } else {
      arithmetic.multiply(dc, g, dI);
      arithmetic.multiply(dc, step.cPrevious(), dF);
    }
    arithmetic.multiply(dc, gate(z, placeI), other);
    if (candidate != NONE) {
      arithmetic.multiply(other, at(z, candidateMask), other);
    }
    activateBackward(tape, z, LstmGate.CELL, placeG, other);
    arithmetic.multiply(dc, forget(tape, z, scratch + 3), dc);
    activateBackward(tape, z, LstmGate.INPUT, placeI, dI);
    see(tape, placeI, gate(z, placeI), dc);
    if (!cell.coupled()) {
      activateBackward(tape, z, LstmGate.FORGET, placeF, dF);
      see(tape, placeF, gate(z, placeF), dc);
    }
  }

  @Override
  void accumulateGradients(Tape tape, Rows rows) {
    var z = rows.z();
    GateProduct.accumulate(tape, z, input, rows.x(), state, operands(tape, rows, dropped));
    accumulateBiases(tape, blocks(z, 0, firstGate + gates));
    if (peephole != null && peephole.trainable()) {
      accumulatePeephole(tape, rows, placeI, rows.cPrevious());
      if (!cell.coupled()) {
        accumulatePeephole(tape, rows, placeF, rows.cPrevious());
      }
      var c = freshCell == NONE ? rows.c() : at(z, freshCell);
      accumulatePeephole(tape, rows, placeO, c);
    }
    if (projection != null) {
      projection.accumulate(tape, stateAt(z, dProjected), at(z, raw));
    }
    if (norms != null) {
      norms.accumulate(tape, z, firstGate);
    }
  }

  private void accumulatePeephole(Tape tape, Rows rows, int place, Tensor c) {
    var target = peepholeRow(peephole.gradient(), place);
    tape.backend().rows().dotColumns(gate(rows.z(), place), c, target);
  }

  /// The first of the gates' blocks.
  int firstGate() {
    return firstGate;
  }

  /// The function of a gate.
  Activation activation(LstmGate gate) {
    return cell.activations().get(gate);
  }
}
