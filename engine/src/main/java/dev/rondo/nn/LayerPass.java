package dev.rondo.nn;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.RecurrentLayer.Keep;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// One layer over a whole sequence, in one direction or in both at once, as one entry of the tape.
///
/// The slots of every direction are cut into parts; a thread takes its parts through all steps.
/// With two directions and two threads each has a thread of its own.
final class LayerPass {
  /// What one direction gives.
  ///
  /// @param output h of every step, `[steps, batchSize, stateSize]`
  /// @param cells c of every step, `[steps, batchSize, hiddenSize]`, if it was asked for, else null
  /// @param last the state after the direction's last step
  record Result(Variable output, Variable cells, CellState last) {}

  /// A direction to run.
  ///
  /// @param plan its own order of steps
  record Direction(Recurrence recurrence, SequencePlan plan, CellState initial) {}

  /// @param cells whether c of every step is wanted
  /// @param recompute steps of a window that is run again on the way back instead of kept; 0 keeps
  ///   all
  record Options(boolean cells, int recompute) {}

  private final Tape tape;
  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final List<Result> results = new ArrayList<>();

  private LayerPass(Tape tape) {
    this.tape = tape;
  }

  /// Runs the directions, all of which have the same lengths.
  static List<Result> forward(Tape tape, Variable x, List<Direction> directions, Options options) {
    var inputs = new ArrayList<Variable>();
    inputs.add(x);
    for (var direction : directions) {
      inputs.addAll(List.of(direction.recurrence.variables(tape)));
      inputs.add(direction.initial.h());
      if (direction.initial.c() != null) {
        inputs.add(direction.initial.c());
      }
    }
    var all = inputs.toArray(Variable[]::new);
    boolean recorded = tape.training() && Tape.anyDifferentiable(all);
    var pass = new LayerPass(tape);
    Keep keep = Keep.LITTLE;
    if (options.cells || (recorded && options.recompute == 0)) {
      keep = Keep.ALL;
    } else if (recorded) {
      keep = Keep.TO_RECOMPUTE;
    }
    int threads = Math.ceilDiv(tape.backend().threads().count(), directions.size());
    for (var direction : directions) {
      pass.layers.add(
          RecurrentLayer.of(
              tape,
              direction.recurrence,
              x,
              direction.initial,
              direction.plan,
              keep,
              options.recompute,
              threads));
    }
    pass.run();
    pass.results(all, options.cells);
    return pass.results;
  }

  private interface SlotWork {
    void run(RecurrentLayer layer, int from, int to);
  }

  /// Runs `work` over the slots of these directions, in parts.
  private void overSlots(List<RecurrentLayer> directions, SlotWork work) {
    long multiplyAdds = 0;
    for (var layer : directions) {
      multiplyAdds += layer.multiplyAdds();
    }
    int parts = Math.ceilDiv(tape.backend().parallel().parts(multiplyAdds), directions.size());
    IntConsumer task =
        i -> {
          var layer = directions.get(i / parts);
          int[] cuts = layer.plan().cuts(parts);
          int part = i % parts;
          if (cuts[part + 1] > cuts[part]) {
            work.run(layer, cuts[part], cuts[part + 1]);
          }
        };
    if (directions.size() * parts == 1) {
      task.accept(0);
    } else if (multiplyAdds == 0 || tape.backend().parallel().parts(multiplyAdds) == 1) {
      for (int i = 0; i < directions.size() * parts; i++) {
        task.accept(i);
      }
    } else {
      tape.backend().parallel().overTasks(directions.size() * parts, task);
    }
  }

  private void run() {
    layers.forEach(RecurrentLayer::start);
    var first = layers.getFirst();
    for (int s = 0; s < first.plan().steps(); s += first.window()) {
      int step = s;
      layers.forEach(layer -> layer.startWindow(step));
      overSlots(layers, (layer, from, to) -> layer.runWindow(step, from, to));
    }
  }

  private void results(Variable[] inputs, boolean cells) {
    var outputs = new ArrayList<Variable>();
    for (var layer : layers) {
      var output = variable(layer.output(), inputs);
      var lastH = variable(layer.lastH(), inputs);
      outputs.addAll(List.of(output, lastH));
      Variable cellStates = null;
      Variable lastC = null;
      if (layer.recurrence().hasCellState()) {
        lastC = variable(layer.lastC(), inputs);
        outputs.add(lastC);
        if (cells) {
          cellStates = variable(layer.cells(), inputs);
          outputs.add(cellStates);
        }
      }
      results.add(new Result(output, cellStates, new CellState(lastH, lastC)));
    }
    if (outputs.getFirst().differentiable()) {
      tape.entry(this::backward, outputs.toArray(Variable[]::new));
    }
  }

  private Variable variable(Tensor value, Variable[] inputs) {
    return tape.variable(value, () -> tape.zeros(value.shape()), inputs);
  }

  private void backward() {
    for (int i = 0; i < layers.size(); i++) {
      var result = results.get(i);
      layers.get(i).startBackward(result.output, result.cells, result.last, layers.size() == 1);
    }
    if (layers.getFirst().recomputes()) {
      // one direction after the other: windows of both would reach a step's dL/dx in any order
      layers.forEach(layer -> windowsBack(List.of(layer)));
    } else {
      windowsBack(layers);
    }
    layers.forEach(RecurrentLayer::finishBackward);
  }

  private void windowsBack(List<RecurrentLayer> directions) {
    var first = directions.getFirst();
    int windows = Math.ceilDiv(first.plan().steps(), first.window());
    for (int i = windows - 1; i >= 0; i--) {
      windowBack(directions, i * first.window());
    }
  }

  private void windowBack(List<RecurrentLayer> directions, int step) {
    var mark = tape.workspace().mark();
    boolean again = directions.getFirst().recomputes();
    if (again) {
      directions.forEach(layer -> layer.startWindowAgain(step));
      overSlots(directions, (layer, from, to) -> layer.runWindowAgain(step, from, to));
    }
    overSlots(directions, (layer, from, to) -> layer.runWindowBack(step, from, to));
    for (var layer : directions) {
      layer.finishWindowBack(step);
    }
    if (again) {
      tape.workspace().rewind(mark);
    }
  }
}
