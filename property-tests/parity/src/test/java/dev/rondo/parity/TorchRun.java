package dev.rondo.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// One case in PyTorch, with the same names as [EngineRun]; on one thread.
final class TorchRun {
  /// What the numbers are made by: the version of PyTorch, then that of its Java binding.
  static final String VERSION = "PyTorch " + version();

  static {
    torch.set_num_threads(1);
  }

  private static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final ScalarType type;
  private final Operands operands;
  private final Map<String, Tensor> leaves = new LinkedHashMap<>();
  private final Map<String, Numbers> results = new LinkedHashMap<>();
  private Tensor weighted;

  private TorchRun(ScalarType type, Operands operands) {
    this.type = type;
    this.operands = operands;
  }

  /// What PyTorch makes of a case, by name.
  ///
  /// @param type what is computed with, float or double
  static Map<String, Numbers> of(ParityCase parityCase, Operands operands, ScalarType type) {
    try (var _ = new PointerScope()) {
      var run = new TorchRun(type, operands);
      switch (parityCase) {
        case RecurrentCase recurrent -> TorchRecurrent.record(recurrent, run);
        case OperationCase operation -> TorchOperations.record(operation, run);
        case LossCase loss -> TorchOperations.record(loss, run);
        case ModelCase model -> TorchModel.train(model, run);
        case ClippingCase clipping -> TorchTraining.clip(clipping, run);
        case OptimizerCase optimizer -> TorchTraining.optimize(optimizer, run);
        case ScheduleCase schedule -> TorchTraining.schedule(schedule, run);
      }
      if (run.weighted != null) {
        run.weighted.backward();
      }
      run.leaves.forEach(
          (name, leaf) -> run.results.put(EngineRun.GRADIENT + name, numbers(leaf.grad())));
      return run.results;
    }
  }

  Operands operands() {
    return operands;
  }

  /// An operand of the type that is computed with.
  Tensor operand(String name) {
    return tensor(operands.get(name));
  }

  Tensor tensor(Numbers numbers) {
    return tensor(numbers, type);
  }

  /// An operand of whole numbers.
  Tensor whole(String name) {
    return tensor(operands.get(name), ScalarType.Long);
  }

  private static Tensor tensor(Numbers numbers, ScalarType type) {
    var shape = new long[numbers.shape().length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = numbers.shape()[i];
    }
    var exact = torch.zeros(shape, new TensorOptions(ScalarType.Double));
    exact.data_ptr_double().put(numbers.elements(), 0, numbers.elements().length);
    return exact.toType(type);
  }

  static Numbers numbers(Tensor tensor) {
    var exact = tensor.detach().toType(ScalarType.Double).contiguous();
    var shape = new int[(int) exact.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = (int) exact.size(i);
    }
    var elements = new double[(int) exact.numel()];
    exact.data_ptr_double().get(elements, 0, elements.length);
    return new Numbers(shape, elements);
  }

  /// An operand whose gradient is a result.
  Tensor input(String name) {
    return leaves.computeIfAbsent(name, _ -> operand(name).set_requires_grad(true));
  }

  /// Gives every parameter of a module the operand of its name; their gradients are results.
  void load(String prefix, Module module) {
    leaves.putAll(fill(prefix, module));
  }

  /// Gives every parameter of a module the operand of its name.
  ///
  /// @param prefix what the names of the operands begin with
  /// @return the parameters by the names of the operands
  Map<String, Tensor> fill(String prefix, Module module) {
    module.to(type, false);
    var parameters = module.named_parameters();
    var filled = new LinkedHashMap<String, Tensor>();
    for (long i = 0; i < parameters.size(); i++) {
      var name = prefix + parameters.get(i).key().getString();
      var parameter = parameters.get(i).value();
      parameter.detach().copy_(operand(name));
      filled.put(name, parameter);
    }
    return filled;
  }

  /// A result that the engine's [EngineRun#result] has under the same name.
  void result(String name, Tensor value) {
    results.put(name, numbers(value));
    var part = value.mul(operand(Operands.UPSTREAM + name)).sum();
    weighted = weighted == null ? part : weighted.add(part);
  }

  /// A result that no gradient comes from.
  void keep(String name, Numbers numbers) {
    results.put(name, numbers);
  }

  static Scalar scalar(double value) {
    return new Scalar(value);
  }
}
