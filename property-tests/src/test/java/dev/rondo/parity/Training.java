package dev.rondo.parity;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/// Two parameters, their gradients at every step, and their values after the updates.
final class Training implements AutoCloseable {
  /// The parameters, by name.
  static final List<String> NAMES = List.of("a", "b");

  /// How large the gradients of a step are, over and over: they shrink, so that the largest
  /// variance so far is not the present one, and grow again.
  private static final double[] SIZES = {1, 3, 0.3, 0.1, 0.03, 1};

  private final Arena arena = Arena.ofShared();
  private final Backend backend;
  private final Operands operands;
  private final Parameters parameters;

  Training(Backend backend, Operands operands) {
    this.backend = backend;
    this.operands = operands;
    parameters = new Parameters(backend, arena);
    for (var name : NAMES) {
      var value = operands.get(name).tensor(arena, backend.type());
      parameters.create(name, value.shape()).value().copyFrom(value);
    }
  }

  static Operands operands(long seed, int rows, int columns, int steps) {
    var operands = Operands.of(seed).gaussian("a", 1, rows, columns).gaussian("b", 1, columns);
    return operands
        .gaussian(gradients("a"), i -> size(i / (rows * columns)), steps, rows, columns)
        .gaussian(gradients("b"), i -> size(i / columns), steps, columns);
  }

  private static double size(int step) {
    return SIZES[step % SIZES.length];
  }

  /// The operand that holds a parameter's gradients of all steps.
  static String gradients(String name) {
    return "gradients of " + name;
  }

  /// The result that holds a parameter's values after each step.
  static String after(String name) {
    return name + " after each step";
  }

  Parameters parameters() {
    return parameters;
  }

  /// The values after each step.
  ///
  /// @param update changes the parameters, given the number of the step, which counts from 0
  Map<String, Numbers> run(int steps, IntConsumer update) {
    var values = new LinkedHashMap<String, List<Numbers>>();
    for (int step = 0; step < steps; step++) {
      for (var name : NAMES) {
        var gradient = operands.get(gradients(name)).at(step).tensor(arena, backend.type());
        parameters.get(name).gradient().copyFrom(gradient);
      }
      update.accept(step);
      for (var name : NAMES) {
        var value = Numbers.of(parameters.get(name).value());
        values.computeIfAbsent(after(name), _ -> new ArrayList<>()).add(value);
      }
    }
    var results = new LinkedHashMap<String, Numbers>();
    values.forEach((name, each) -> results.put(name, Numbers.stack(each)));
    return results;
  }

  @Override
  public void close() {
    arena.close();
  }
}
