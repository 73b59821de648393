package dev.rondo.parity;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Backend;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/// One forward and backward pass on the engine. Each result gets its own upstream gradient, so that
/// nothing cancels: the backward pass starts from Σ result∘upstream over all results.
final class EngineRun implements AutoCloseable {
  /// What begins the name of a gradient among the results.
  static final String GRADIENT = "gradient of ";

  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final Backend backend;
  private final Operands operands;
  private final Parameters parameters;
  private final Tape tape;
  private final Map<String, Variable> inputs = new LinkedHashMap<>();
  private final Map<String, Numbers> results = new LinkedHashMap<>();
  private Variable weighted;

  EngineRun(Backend backend, Operands operands) {
    this.backend = backend;
    this.operands = operands;
    parameters = new Parameters(backend, arena);
    tape = Tape.record(backend, workspace, new CounterRandom(0));
  }

  Tape tape() {
    return tape;
  }

  /// For layers to create their parameters in, to be filled by [#load()].
  Parameters parameters() {
    return parameters;
  }

  /// What a layer's initializers draw from, before [#load()] overwrites what they made.
  CounterRandom random() {
    return new CounterRandom(1);
  }

  /// Gives every parameter the operand of its name.
  void load() {
    for (var parameter : parameters.all()) {
      parameter.value().copyFrom(operand(parameter.name()));
    }
  }

  Tensor operand(String name) {
    return operands.get(name).tensor(arena, backend.type());
  }

  Tokens tokens(String name) {
    return operands.get(name).tokens(arena);
  }

  /// An operand whose gradient is a result.
  Variable input(String name) {
    return inputs.computeIfAbsent(name, _ -> tape.input(operand(name)));
  }

  void result(String name, Variable value) {
    results.put(name, Numbers.of(value.value()));
    var upstream = tape.constant(operand(Operands.UPSTREAM + name));
    var part = tape.sum(tape.multiply(value, upstream));
    weighted = weighted == null ? part : tape.add(weighted, part);
  }

  /// Runs back; the results and all gradients.
  Map<String, Numbers> results() {
    tape.backward(weighted);
    inputs.forEach((name, input) -> results.put(GRADIENT + name, Numbers.of(input.gradient())));
    for (var parameter : parameters.all()) {
      results.put(GRADIENT + parameter.name(), Numbers.of(parameter.gradient()));
    }
    return results;
  }

  @Override
  public void close() {
    tape.close();
    workspace.close();
    arena.close();
  }
}
