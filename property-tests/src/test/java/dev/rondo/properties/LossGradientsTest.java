package dev.rondo.properties;

import static dev.rondo.properties.FiniteDifferences.assertGradients;

import dev.rondo.check.GradientCheck;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.loss.ActivationRegularization;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.MeanSquaredError;
import dev.rondo.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The gradients of layer normalization, and of losses that go element by element.
class LossGradientsTest {
  private static final String GROUP = "normalization and losses";

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16, 17, 33})
  void layerNormHasTheRightGradients(int size) {
    try (var check = new GradientCheck(size)) {
      check.input("x", 2, 3, size);
      var layer = LayerNorm.of(size).epsilon(0.1).create(check.parameters());
      for (var parameter : check.parameters().all()) {
        parameter.value().copyFrom(check.gaussian(size));
      }
      assertGradients(
          check,
          GROUP,
          "LayerNorm of [2, 3, %d]".formatted(size),
          (tape, in) -> List.of(layer.forward(tape, in.get("x"))));
    }
  }

  /// Every third element counts nothing.
  private static Tensor counted(GradientCheck check, int columns) {
    var counted = check.gaussian(2, 3, columns);
    for (int i = 0; i < 6 * columns; i += 3) {
      counted.set(i / columns, i % columns, 0);
    }
    return counted;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void squaredErrorHasTheRightGradient(int columns) {
    try (var check = new GradientCheck(columns)) {
      check.input("x", 2, 3, columns);
      var targets = check.gaussian(2, 3, columns);
      var counted = counted(check, columns);
      assertGradients(
          check,
          GROUP,
          "MeanSquaredError of [2, 3, %d]".formatted(columns),
          (tape, in) ->
              List.of(
                  MeanSquaredError.mean(tape, in.get("x"), targets),
                  MeanSquaredError.sum(tape, in.get("x"), targets),
                  MeanSquaredError.mean(tape, in.get("x"), targets, counted),
                  MeanSquaredError.sum(tape, in.get("x"), targets, counted)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void binaryCrossEntropyHasTheRightGradient(int columns) {
    try (var check = new GradientCheck(columns)) {
      check.input("x", 2, 3, columns);
      var targets = check.gaussian(2, 3, columns);
      for (int r = 0; r < targets.rows(); r++) {
        for (int c = 0; c < columns; c++) {
          targets.set(r, c, 1 / (1 + StrictMath.exp(-3 * targets.get(r, c))));
        }
      }
      var counted = counted(check, columns);
      assertGradients(
          check,
          GROUP,
          "BinaryCrossEntropy of [2, 3, %d]".formatted(columns),
          (tape, in) ->
              List.of(
                  BinaryCrossEntropy.mean(tape, in.get("x"), targets),
                  BinaryCrossEntropy.sum(tape, in.get("x"), targets),
                  BinaryCrossEntropy.mean(tape, in.get("x"), targets, counted),
                  BinaryCrossEntropy.sum(tape, in.get("x"), targets, counted)));
    }
  }

  /// Rows of 4, 0, 1 and 3 real steps; then a gap in the middle of one.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 17})
  void activationRegularizationHasTheRightGradients(int columns) {
    try (var check = new GradientCheck(columns)) {
      check.input("x", 4, 4, columns);
      var lengths = Lengths.of(4, 0, 1, 3);
      boolean[][] real = lengths.mask(4);
      real[1][0] = false;
      var gap = Lengths.ofMask(real, Lengths.Gap.CARRY);
      assertGradients(
          check,
          GROUP,
          "ActivationRegularization of [4, 4, %d]".formatted(columns),
          (tape, in) ->
              List.of(
                  ActivationRegularization.activations(tape, in.get("x"), 2),
                  ActivationRegularization.activations(tape, in.get("x"), lengths, 3),
                  ActivationRegularization.changes(tape, in.get("x"), 0.5),
                  ActivationRegularization.changes(tape, in.get("x"), lengths, 2),
                  ActivationRegularization.changes(tape, in.get("x"), gap, 1)));
    }
  }
}
