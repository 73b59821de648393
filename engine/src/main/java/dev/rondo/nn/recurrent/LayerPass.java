package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// One layer over a whole sequence, in one direction or in both at once, as one entry of the tape.
///
/// The slots of every direction are cut into parts; a thread takes its parts through all steps.
/// With two directions and two threads each has a thread of its own.
final class LayerPass {
  /// The result of one direction.
  ///
  /// @param output h of every step, `[steps, batchSize, stateSize]`
  /// @param cells c of every step, `[steps, batchSize, hiddenSize]`, if requested, else null
  /// @param last the state after the direction's last step
  record Result(Variable output, Variable cells, CellState last) {}

  /// A direction to run.
  ///
  /// @param plan its own order of steps
  record OneWay(Recurrence recurrence, SequencePlan plan, CellState initial) {}

  /// @param cells whether c of every step is requested
  /// @param recompute steps of a window that the backward pass runs again instead of keeping them;
  ///   0 keeps all
  record Options(boolean cells, int recompute) {}

  private final Tape tape;
  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final List<Result> results = new ArrayList<>();

  private LayerPass(Tape tape) {
    this.tape = tape;
  }

  /// Runs the directions, all of which have the same lengths.
  static List<Result> forward(Tape tape, Variable x, List<OneWay> directions, Options options) {
    if (directions.stream().allMatch(way -> way.recurrence instanceof KernelRecurrence)) {
      return together(tape, x, directions, options);
    }
    var results = new ArrayList<Result>();
    for (var way : directions) {
      results.addAll(
          switch (way.recurrence) {
            case TapeRecurrence onTape ->
                List.of(TapeLayer.forward(tape, onTape, way.plan, x, way.initial, options));
            default -> together(tape, x, List.of(way), options);
          });
    }
    return results;
  }

  private static List<Result> together(
      Tape tape, Variable x, List<OneWay> directions, Options options) {
    var inputs = new ArrayList<Variable>();
    inputs.add(x);
    for (var way : directions) {
      inputs.addAll(List.of(way.recurrence.variables(tape)));
      inputs.addAll(way.initial.parts());
    }
    var all = inputs.toArray(Variable[]::new);
    boolean recorded = tape.training() && Tape.anyDifferentiable(all);
    var extent = Kept.Extent.LITTLE;
    if (options.cells || (recorded && options.recompute == 0)) {
      extent = Kept.Extent.ALL;
    } else if (recorded) {
      extent = Kept.Extent.TO_RECOMPUTE;
    }
    int threads = Math.ceilDiv(tape.backend().threads().count(), directions.size());
    var pass = new LayerPass(tape);
    for (var way : directions) {
      pass.layers.add(
          new RecurrentLayer(
              tape,
              (KernelRecurrence) way.recurrence,
              way.plan,
              x,
              way.initial,
              extent,
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
          int[] cuts = directions.get(i / parts).plan.cuts(parts);
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
    var first = layers.getFirst();
    for (int s = 0; s < first.plan.steps(); s += first.kept.window()) {
      int step = s;
      layers.forEach(layer -> layer.startWindow(step));
      overSlots(layers, (i, from, to) -> layers.get(i).runWindow(step, from, to));
    }
  }

  private void results(Variable[] inputs, boolean cells) {
    var outputs = new ArrayList<Variable>();
    for (var layer : layers) {
      var result = layer.result(inputs, cells);
      results.add(result);
      outputs.add(result.output);
      outputs.addAll(result.last.parts());
      if (result.cells != null) {
        outputs.add(result.cells);
      }
    }
    if (outputs.getFirst().differentiable()) {
      tape.entry(this::backward, outputs.toArray(Variable[]::new));
    }
  }

  private void backward() {
    var gradients = new ArrayList<LayerGradient>();
    for (int i = 0; i < layers.size(); i++) {
      gradients.add(new LayerGradient(layers.get(i), results.get(i), layers.size() == 1));
    }
    if (layers.getFirst().kept.recomputes()) {
      // one direction after the other: else their windows would add to a step's dL/dx in any order
      for (int i = 0; i < layers.size(); i++) {
        windowsBackward(layers.subList(i, i + 1), gradients.subList(i, i + 1));
      }
    } else {
      windowsBackward(layers, gradients);
    }
    gradients.forEach(LayerGradient::finish);
  }

  private void windowsBackward(List<RecurrentLayer> directions, List<LayerGradient> gradients) {
    var first = directions.getFirst();
    int window = first.kept.window();
    for (int i = Math.ceilDiv(first.plan.steps(), window) - 1; i >= 0; i--) {
      windowBackward(directions, gradients, i * window);
    }
  }

  private void windowBackward(
      List<RecurrentLayer> directions, List<LayerGradient> gradients, int step) {
    var mark = tape.workspace().mark();
    boolean again = directions.getFirst().kept.recomputes();
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
