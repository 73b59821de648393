package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.recurrent.RecurrentLayer.Keep;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

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
    void run(int direction, int from, int to);
  }

  /// Runs `work` over the slots of these directions, in parts.
  private void overSlots(List<RecurrentLayer> directions, SlotWork work) {
    long multiplyAdds = 0;
    for (var layer : directions) {
      multiplyAdds += layer.multiplyAdds();
    }
    var parallel = tape.backend().parallel();
    int threads = parallel.parts(multiplyAdds);
    int parts = Math.ceilDiv(threads, directions.size());
    int tasks = parts * directions.size();
    IntConsumer task =
        i -> {
          int[] cuts = directions.get(i / parts).plan().cuts(parts);
          int part = i % parts;
          if (cuts[part + 1] > cuts[part]) {
            work.run(i / parts, cuts[part], cuts[part + 1]);
          }
        };
    if (threads == 1) {
      IntStream.range(0, tasks).forEach(task);
    } else {
      parallel.overTasks(tasks, task);
    }
  }

  private void run() {
    layers.forEach(RecurrentLayer::start);
    var first = layers.getFirst();
    for (int s = 0; s < first.plan().steps(); s += first.window()) {
      int step = s;
      layers.forEach(layer -> layer.startWindow(step));
      overSlots(layers, (i, from, to) -> layers.get(i).runWindow(step, from, to));
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
    var gradients = new ArrayList<LayerGradient>();
    for (int i = 0; i < layers.size(); i++) {
      var result = results.get(i);
      boolean alone = layers.size() == 1;
      gradients.add(
          new LayerGradient(layers.get(i), result.output, result.cells, result.last, alone));
    }
    if (layers.getFirst().recomputes()) {
      // one direction after the other: windows of both would reach a step's dL/dx in any order
      for (int i = 0; i < layers.size(); i++) {
        windowsBack(layers.subList(i, i + 1), gradients.subList(i, i + 1));
      }
    } else {
      windowsBack(layers, gradients);
    }
    gradients.forEach(LayerGradient::finish);
  }

  private void windowsBack(List<RecurrentLayer> directions, List<LayerGradient> gradients) {
    var first = directions.getFirst();
    int windows = Math.ceilDiv(first.plan().steps(), first.window());
    for (int i = windows - 1; i >= 0; i--) {
      windowBack(directions, gradients, i * first.window());
    }
  }

  private void windowBack(
      List<RecurrentLayer> directions, List<LayerGradient> gradients, int step) {
    var mark = tape.workspace().mark();
    boolean again = directions.getFirst().recomputes();
    if (again) {
      directions.forEach(layer -> layer.startWindowAgain(step));
      overSlots(directions, (i, from, to) -> directions.get(i).runWindowAgain(step, from, to));
    }
    overSlots(directions, (i, from, to) -> gradients.get(i).runWindow(step, from, to));
    gradients.forEach(gradient -> gradient.finishWindow(step));
    if (again) {
      tape.workspace().rewind(mark);
    }
  }
}
