package dev.rondo.autograd;

import dev.rondo.kernel.Backend;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The named store of a model's parameters: its state dict, in order of creation.
///
/// Names are PyTorch's, prefixed by the place in the model: `at("lstm")` gives a view in which
/// `create("weight_ih_l0", ...)` makes `lstm.weight_ih_l0`. Values and gradients live in the given
/// arena and end with it.
public final class Parameters {
  private final Backend backend;
  private final Arena arena;
  private final String prefix;
  private final Map<String, Parameter> all;

  /// An empty store.
  ///
  /// @param arena owns the memory; must be shared when the backend has workers
  public Parameters(Backend backend, Arena arena) {
    this(backend, arena, "", new LinkedHashMap<>());
  }

  private Parameters(Backend backend, Arena arena, String prefix, Map<String, Parameter> all) {
    this.backend = backend;
    this.arena = arena;
    this.prefix = prefix;
    this.all = all;
  }

  /// The same store, with `name` and a dot before every name.
  public Parameters at(String name) {
    return new Parameters(backend, arena, prefix + name + ".", all);
  }

  /// Adds a parameter of zeros.
  ///
  /// @throws IllegalArgumentException if the name is taken
  public Parameter create(String name, int... shape) {
    String full = prefix + name;
    if (all.containsKey(full)) {
      throw new IllegalArgumentException("parameter " + full + " exists already");
    }
    var parameter =
        new Parameter(
            full,
            Tensor.allocate(arena, backend.type(), shape),
            Tensor.allocate(arena, backend.type(), shape));
    all.put(full, parameter);
    return parameter;
  }

  /// The parameter with this name under the view's prefix.
  ///
  /// @throws IllegalArgumentException if there is none
  public Parameter get(String name) {
    var parameter = all.get(prefix + name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter " + prefix + name + " in " + all.keySet());
    }
    return parameter;
  }

  /// All parameters under this view's prefix, in order of creation.
  public List<Parameter> all() {
    var result = new ArrayList<Parameter>();
    for (var parameter : all.values()) {
      if (parameter.name().startsWith(prefix)) {
        result.add(parameter);
      }
    }
    return List.copyOf(result);
  }

  /// All parameters that are not frozen, in order of creation.
  public List<Parameter> trainable() {
    return all().stream().filter(Parameter::trainable).toList();
  }

  /// The values by full name, in order of creation: the content of a model file.
  public Map<String, Tensor> values() {
    var result = new LinkedHashMap<String, Tensor>();
    for (var parameter : all()) {
      result.put(parameter.name(), parameter.value());
    }
    return result;
  }

  /// The number of elements of all parameters, without padding.
  public long count() {
    return all().stream().mapToLong(parameter -> parameter.value().size()).sum();
  }

  /// Sets every gradient to zero.
  public void clearGradients() {
    for (var parameter : all()) {
      parameter.gradient().clear();
    }
  }

  /// The kernels. Parameters have their element type.
  public Backend backend() {
    return backend;
  }

  /// The owner of the memory.
  public Arena arena() {
    return arena;
  }
}
