package dev.rondo.properties;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.nn.Dropout;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A stack put together by hand from layers of one direction and the operations of a tape, with the
/// weights that the whole stack would have.
///
/// Of two directions the reverse one is recorded first: so the backward pass reaches the forward
/// one first, as in a bidirectional layer. The chains of dL/dx of the two then follow each other in
/// the same order, and every bit agrees.
///
/// @param dropout between layers
/// @param locked whether it is the same at all steps
record Composition(SequenceShape shape, Lengths lengths, double dropout, boolean locked)
    implements SequenceRun.Maker {
  @Override
  public SequenceRun.Program create(Parameters parameters) {
    var whole = new Parameters(parameters.backend(), parameters.arena());
    shape.options().create(whole, new CounterRandom(shape.seed()));
    var layers = new ArrayList<Recurrent>();
    for (int i = 0; i < shape.states(); i++) {
      int inputSize = shape.inputSize(i / shape.options().directions());
      var options =
          shape
              .kind()
              .of(inputSize, shape.hiddenSize())
              .direction(shape.backward(i) ? Direction.REVERSE : Direction.FORWARD);
      var own = parameters.at("layer" + i);
      layers.add(options.create(own, new CounterRandom(0)));
      own.all().forEach(p -> p.value().copyFrom(whole.get(nameInStack(p.name())).value()));
    }
    return (tape, in) -> run(tape, in, layers);
  }

  /// `layer3.weight_ih_l0` as `weight_ih_l1_reverse`.
  String nameInStack(String name) {
    int directions = shape.options().directions();
    int dot = name.indexOf('.');
    int i = Integer.parseInt(name.substring("layer".length(), dot));
    return name.substring(dot + 1).replace("_l0", "_l" + i / directions)
        + (i % directions == 1 ? "_reverse" : "");
  }

  private Map<String, Variable> run(Tape tape, Map<String, Variable> in, List<Recurrent> layers) {
    int directions = shape.options().directions();
    var x = in.get("x");
    var output = x;
    var last = new CellState[shape.states()];
    for (int layer = 0; layer < shape.layers(); layer++) {
      var input = layer == 0 ? x : between(tape, x, output);
      var outputs = new Variable[directions];
      for (int d = directions - 1; d >= 0; d--) {
        int i = layer * directions + d;
        var run = layers.get(i).forward(tape, input, SequenceRun.initial(in, i, 1), lengths);
        outputs[d] = run.output();
        last[i] = run.lastState().layers().getFirst();
      }
      output = directions == 1 ? outputs[0] : merged(tape, outputs[0], outputs[1]);
      if (layer > 0
          && shape.skip() == Skip.RESIDUAL
          && input.value().columns() == output.value().columns()) {
        output = tape.add(input, output);
      }
    }
    var results = new LinkedHashMap<String, Variable>();
    results.put("output", output);
    SequenceRun.putStates(results, List.of(last), 0);
    return results;
  }

  private Variable between(Tape tape, Variable x, Variable below) {
    var dropped =
        locked ? Dropout.locked(tape, below, dropout) : Dropout.apply(tape, below, dropout);
    return shape.skip() == Skip.INPUT ? tape.concat(dropped, x) : dropped;
  }

  private Variable merged(Tape tape, Variable forward, Variable reverse) {
    return switch (shape.merge()) {
      case CONCAT -> tape.concat(forward, reverse);
      case SUM -> tape.add(forward, reverse);
      case MULTIPLY -> tape.multiply(forward, reverse);
      case AVERAGE -> tape.scale(0.5, tape.add(forward, reverse));
    };
  }
}
