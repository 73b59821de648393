package dev.rondo.autograd;

import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Activations;
import dev.rondo.kernel.Arithmetic;
import dev.rondo.tensor.Tensor;
import java.util.Arrays;

/// Element-wise operations.
final class Elementwise {
  private Elementwise() {}

  @FunctionalInterface
  private interface Unary {
    void apply(Tensor source, Tensor target);
  }

  @FunctionalInterface
  private interface Binary {
    void apply(Tensor a, Tensor b, Tensor target);
  }

  private static void requireSameShape(Variable a, Variable b) {
    if (!Arrays.equals(a.value().shape(), b.value().shape())) {
      throw new IllegalArgumentException("b is %s, expected the shape of a, %s".formatted(b, a));
    }
  }

  private static Tensor map(Tape tape, Unary kernel, Tensor source) {
    var target = tape.uninitialized(source.shape());
    over(tape, kernel, source, target);
    return target;
  }

  private static Tensor map(Tape tape, Binary kernel, Tensor a, Tensor b) {
    var target = tape.uninitialized(a.shape());
    over(tape, kernel, a, b, target);
    return target;
  }

  private static void over(Tape tape, Unary kernel, Tensor source, Tensor target) {
    tape.backend()
        .parallel()
        .overRows(
            source.rows(),
            source.columns(),
            (from, count) -> kernel.apply(source.rows(from, count), target.rows(from, count)));
  }

  private static void over(Tape tape, Binary kernel, Tensor a, Tensor b, Tensor target) {
    tape.backend()
        .parallel()
        .overRows(
            a.rows(),
            a.columns(),
            (from, count) ->
                kernel.apply(a.rows(from, count), b.rows(from, count), target.rows(from, count)));
  }

  private static Arithmetic arithmetic(Tape tape) {
    return tape.backend().arithmetic();
  }

  static Variable add(Tape tape, Variable a, Variable b) {
    requireSameShape(a, b);
    var value = map(tape, arithmetic(tape)::add, a.value(), b.value());
    return tape.operation(
        value,
        result -> {
          accumulate(tape, result.gradient(), a);
          accumulate(tape, result.gradient(), b);
        },
        a,
        b);
  }

  /// Adds `gradient` to the gradient of `target`, if that is differentiable.
  static void accumulate(Tape tape, Tensor gradient, Variable target) {
    if (target.differentiable()) {
      over(tape, arithmetic(tape)::accumulate, gradient, target.gradient());
    }
  }

  static Variable subtract(Tape tape, Variable a, Variable b) {
    requireSameShape(a, b);
    var value = map(tape, arithmetic(tape)::subtract, a.value(), b.value());
    return tape.operation(
        value,
        result -> {
          accumulate(tape, result.gradient(), a);
          if (b.differentiable()) {
            Unary minus = (s, t) -> arithmetic(tape).accumulateScaled(-1, s, t);
            over(tape, minus, result.gradient(), b.gradient());
          }
        },
        a,
        b);
  }

  static Variable multiply(Tape tape, Variable a, Variable b) {
    requireSameShape(a, b);
    var value = map(tape, arithmetic(tape)::multiply, a.value(), b.value());
    return tape.operation(
        value,
        result -> {
          Binary product = arithmetic(tape)::accumulateProduct;
          if (a.differentiable()) {
            over(tape, product, result.gradient(), b.value(), a.gradient());
          }
          if (b.differentiable()) {
            over(tape, product, result.gradient(), a.value(), b.gradient());
          }
        },
        a,
        b);
  }

  static Variable scale(Tape tape, double factor, Variable a) {
    var value = map(tape, (s, t) -> arithmetic(tape).scale(factor, s, t), a.value());
    return tape.operation(
        value,
        result -> {
          Unary scaled = (s, t) -> arithmetic(tape).accumulateScaled(factor, s, t);
          over(tape, scaled, result.gradient(), a.gradient());
        },
        a);
  }

  static Variable tanh(Tape tape, Variable a) {
    Activations activations = tape.backend().activations();
    return activation(tape, a, activations::tanh, activations::tanhBackward);
  }

  static Variable sigmoid(Tape tape, Variable a) {
    Activations activations = tape.backend().activations();
    return activation(tape, a, activations::sigmoid, activations::sigmoidBackward);
  }

  static Variable relu(Tape tape, Variable a) {
    Activations activations = tape.backend().activations();
    return activation(tape, a, activations::relu, activations::reluBackward);
  }

  private static Variable activation(Tape tape, Variable a, Unary forward, Binary backward) {
    var y = map(tape, forward, a.value());
    return tape.operation(y, result -> over(tape, backward, y, result.gradient(), a.gradient()), a);
  }

  static Variable activation(Tape tape, Activation f, Variable a) {
    Activations activations = tape.backend().activations();
    var y = map(tape, (s, t) -> activations.apply(f, s, t), a.value());
    return tape.operation(
        y,
        result -> {
          Binary slope = (v, g, t) -> activations.backward(f, v, g, t);
          accumulate(tape, map(tape, slope, y, result.gradient()), a);
        },
        a);
  }

  static Variable where(Tape tape, Tensor condition, Variable a, Variable b) {
    requireSameShape(a, b);
    if (condition.type() != a.value().type()
        || !Arrays.equals(condition.shape(), a.value().shape())) {
      throw new IllegalArgumentException(
          "condition is %s, expected the shape of a, %s".formatted(condition, a));
    }
    Binary select = (x, y, t) -> arithmetic(tape).select(condition, x, y, t);
    var value = tape.uninitialized(a.value().shape());
    select.apply(a.value(), b.value(), value);
    return tape.operation(
        value,
        result -> {
          var gradient = result.gradient();
          var zero = tape.zeros(gradient.shape());
          var part = tape.uninitialized(gradient.shape());
          if (a.differentiable()) {
            arithmetic(tape).select(condition, gradient, zero, part);
            arithmetic(tape).accumulate(part, a.gradient());
          }
          if (b.differentiable()) {
            arithmetic(tape).select(condition, zero, gradient, part);
            arithmetic(tape).accumulate(part, b.gradient());
          }
        },
        a,
        b);
  }
}
