package dev.rondo.parity;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.optim.GradientClipping;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gradients of three parameters, limited together.
///
/// @param byNorm whether the norm of all is limited, or each element
/// @param limit of the norm or of an element
record ClippingCase(boolean byNorm, double limit, int rows, int columns, long seed)
    implements ParityCase {
  /// The parameters, by name.
  static final List<String> NAMES = List.of("a", "b", "c");

  @Override
  public String operation() {
    return byNorm ? "clipping by norm" : "clipping by value";
  }

  @Override
  public Operands operands() {
    return Operands.of(seed)
        .gaussian("a", 1, rows, columns)
        .gaussian("b", 2, columns)
        .gaussian("c", 3, 1);
  }

  @Override
  public Map<String, Numbers> onEngine(Backend backend, Operands operands) {
    try (var arena = Arena.ofShared()) {
      var parameters = new Parameters(backend, arena);
      for (var name : NAMES) {
        var gradient = operands.get(name).tensor(arena, backend.type());
        parameters.create(name, gradient.shape()).gradient().copyFrom(gradient);
      }
      var results = new LinkedHashMap<String, Numbers>();
      if (byNorm) {
        results.put("norm", Numbers.of(GradientClipping.byGlobalNorm(parameters, limit)));
      } else {
        GradientClipping.byValue(parameters, limit);
      }
      for (var name : NAMES) {
        results.put(EngineRun.GRADIENT + name, Numbers.of(parameters.get(name).gradient()));
      }
      return results;
    }
  }
}
