package dev.rondo.parity;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.random.CounterRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// How far the engine is from PyTorch in one case.
///
/// In float32 some tensors are beyond any tolerance: where sums cancel, where a unit is saturated,
/// and where a rectifier's sum is so near to 0 that rounding decides on its side. What both engines
/// compute there are rounding errors. So where a tensor differs by more than is allowed, PyTorch
/// itself is asked, in float64, how far the tensor moves when what goes in is changed by a
/// millionth; twice that it may differ. The report lists every such tensor.
///
/// @param float64 the engine's difference from PyTorch by tensor, both in float64
/// @param float32 the same, both in float32
/// @param engine the engine's float32 from PyTorch's float64
/// @param pytorch PyTorch's float32 from its own float64
/// @param sensitivity how far PyTorch's float64 moves, if a float32 tensor is beyond the tolerance
record Parity(
    ParityCase parityCase,
    Map<String, Double> float64,
    Map<String, Double> float32,
    Map<String, Double> engine,
    Map<String, Double> pytorch,
    Map<String, Double> sensitivity) {
  /// About 16 roundings of a float.
  private static final double MILLIONTH = 1e-6;

  /// A tensor that moves because of one rectifier moves by the same amount on both sides, and by
  /// some rounding.
  private static final double MARGIN = 2;

  /// A rectifier near 0 goes to the other side in about half of them.
  private static final int DRAWS = 10;

  static Parity of(ParityCase parityCase) {
    var operands = parityCase.operands();
    try (var exact = Backend.float64(Threads.one());
        var vector = Backend.vector(Threads.one())) {
      var torch64 = TorchRun.of(parityCase, operands, ScalarType.Double);
      var torch32 = TorchRun.of(parityCase, operands, ScalarType.Float);
      var engine64 = parityCase.onEngine(exact, operands);
      var engine32 = parityCase.onEngine(vector, operands);
      var float32 = Comparison.differences(torch32, engine32);
      boolean within = float32.values().stream().allMatch(d -> d <= Comparison.FLOAT32_TOLERANCE);
      return new Parity(
          parityCase,
          Comparison.differences(torch64, engine64),
          float32,
          Comparison.differences(torch64, engine32),
          Comparison.differences(torch64, torch32),
          within ? Map.of() : sensitivity(parityCase, operands, torch64));
    }
  }

  private static Map<String, Double> sensitivity(
      ParityCase parityCase, Operands operands, Map<String, Numbers> exact) {
    var most = new LinkedHashMap<String, Double>();
    var random = new CounterRandom(1);
    for (int draw = 0; draw < DRAWS; draw++) {
      var moved = TorchRun.of(parityCase, operands.perturbed(MILLIONTH, random), ScalarType.Double);
      Comparison.differences(exact, moved)
          .forEach((name, difference) -> most.merge(name, difference, Math::max));
    }
    return most;
  }

  /// Float32 tensors that differ by more than the tolerance.
  Map<String, Double> beyond() {
    var beyond = new LinkedHashMap<String, Double>();
    float32.forEach((name, difference) -> {
      if (!(difference <= Comparison.FLOAT32_TOLERANCE)) {
        beyond.put(name, difference);
      }
    });
    return beyond;
  }

  void assertAgreement() {
    Comparison.assertWithin(Comparison.FLOAT64_TOLERANCE, float64, parityCase);
    beyond()
        .forEach((name, difference) ->
            Comparison.assertWithin(
                Math.max(Comparison.FLOAT32_TOLERANCE, MARGIN * sensitivity.get(name)),
                Map.of(name, difference),
                parityCase));
  }
}
