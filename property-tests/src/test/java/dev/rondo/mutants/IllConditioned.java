package dev.rondo.mutants;

import dev.rondo.autograd.PlainOperation;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.nn.LayerNorm;
import dev.rondo.nn.loss.BinaryCrossEntropy;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.List;

/// Functions that are hard to measure: their scales lie between 1e-15 and 1e6, they saturate,
/// divide by nearly zero, cancel, have kinks within a step, or change their scale there. All
/// gradients are right.
enum IllConditioned {
  LAYER_NORM((check, random) -> {
    int columns = 2 + random.nextInt(4);
    input(check, random, "x", 1 + random.nextInt(3), columns);
    var layer = LayerNorm.of(columns).create(check.parameters());
    SequencePrograms.stir(check);
    return (tape, in) -> List.of(layer.forward(tape, in.get("x")));
  }),
  SOFTMAX((check, random) -> {
    input(check, random, "x", 1 + random.nextInt(3), 1 + random.nextInt(4));
    return (tape, in) -> List.of(tape.softmax(in.get("x")));
  }),
  SATURATED((check, random) -> {
    input(check, random, "x", 2, 3);
    double factor = scale(random);
    return (tape, in) -> {
      var x = tape.scale(factor, in.get("x"));
      return List.of(tape.sigmoid(x), tape.tanh(x));
    };
  }),
  QUOTIENT((check, random) -> {
    input(check, random, "a", 2, 3);
    input(check, random, "b", 2, 3);
    return (tape, in) ->
        List.of(tape.operation(new int[] {2, 3}, new Quotient(), in.get("a"), in.get("b")));
  }),
  PRODUCT((check, random) -> {
    input(check, random, "a", 2, 3);
    input(check, random, "b", 2, 3);
    input(check, random, "row", 3);
    double factor = scale(random);
    return (tape, in) -> {
      var product = tape.multiply(in.get("a"), tape.scale(factor, in.get("b")));
      return List.of(tape.multiplyRow(product, in.get("row")), tape.add(product, in.get("a")));
    };
  }),
  CANCELLATION((check, random) -> {
    input(check, random, "x", 2, 3);
    var large = check.gaussian(2, 3);
    multiply(large, 1e6 * scale(random));
    double factor = scale(random);
    return (tape, in) -> {
      var constant = tape.constant(large);
      var x = tape.subtract(tape.add(in.get("x"), constant), constant);
      return List.of(tape.scale(factor, tape.tanh(x)));
    };
  }),
  LENGTH_ONE((check, random) -> {
    int columns = 2 + random.nextInt(3);
    input(check, random, "x", 2, columns);
    return (tape, in) ->
        List.of(tape.operation(new int[] {2, columns}, new LengthOne(columns), in.get("x")));
  }),
  ROOTS((check, random) -> {
    var x = input(check, random, "x", 2, 3);
    for (int i = 0; i < 6; i++) {
      x.set(i / 3, i % 3, Math.abs(x.get(i / 3, i % 3)));
    }
    double exponent = List.of(-1.0, -0.5, 0.3, 0.5, 1.5, 3.0).get(random.nextInt(6));
    return (tape, in) ->
        List.of(tape.operation(new int[] {2, 3}, new Power(exponent), in.get("x")));
  }),
  KINKS((check, random) -> {
    var x = check.input("x", 2, 3);
    for (int i = 0; i < 6; i++) {
      x.set(i / 3, i % 3, scale(random) * Math.signum(x.get(i / 3, i % 3)));
    }
    input(check, random, "w", 3, 2);
    double leak = random.nextInt(2) * scale(random);
    return (tape, in) -> {
      var rectified = tape.subtract(tape.relu(in.get("x")), tape.scale(leak, in.get("x")));
      return List.of(rectified, tape.relu(tape.matmul(rectified, in.get("w"))));
    };
  }),
  CROSS_ENTROPY((check, random) -> {
    input(check, random, "x", 2, 2, 3);
    var targets = Tokens.allocate(check.arena(), 2, 2);
    for (int i = 0; i < 4; i++) {
      targets.set(i / 2, i % 2, random.nextInt(4) == 0 ? Tokens.IGNORED : random.nextInt(3));
    }
    var shares = check.gaussian(2, 2, 3);
    for (int r = 0; r < 4; r++) {
      for (int c = 0; c < 3; c++) {
        shares.set(r, c, 1 / (1 + Math.exp(-shares.get(r, c))));
      }
    }
    return (tape, in) ->
        List.of(
            CrossEntropy.mean(tape, in.get("x"), targets),
            BinaryCrossEntropy.mean(tape, in.get("x"), shares));
  }),
  CELL(IllConditioned::cell),
  NORMALIZED_CELL(
      (check, random) -> sequence(check, random, lstm(random, Lstm.cell().withLayerNorm()))),
  CELL_OF_EVERYTHING((check, random) ->
      sequence(
          check,
          random,
          lstm(
                  random,
                  Lstm.cell()
                      .withPeepholes()
                      .withCoupledGates()
                      .withLayerNorm()
                      .projection(2)
                      .cellClip(1.5)
                      .clip(2.5))
              .recurrentDropout(0.3)
              .zoneout(0.3, 0.2)
              .dropConnect(0.2))),
  WINDOWS(IllConditioned::windows),
  CHAIN(IllConditioned::chain);

  /// Makes the inputs and parameters of a check, and what is run on them.
  @FunctionalInterface
  interface Builder {
    GradientCheck.Program build(GradientCheck check, CounterRandom random);
  }

  @SuppressWarnings("ImmutableEnumChecker") // builders hold nothing that changes
  private final Builder builder;

  IllConditioned(Builder builder) {
    this.builder = builder;
  }

  /// Checks the gradients, each of which is multiplied by a factor: 1 leaves them right.
  GradientReport check(long seed, double factor) {
    try (var check = new GradientCheck(seed)) {
      var program = builder.build(check, new CounterRandom(seed).fork(name().hashCode()));
      return check.run(
          factor == 1
              ? program
              : (tape, in) ->
                  program.on(tape, in).stream()
                      .map(result ->
                          tape.operation(result.value().shape(), new Scaled(factor), result))
                      .toList());
    }
  }

  /// From 1e-15 to 1e6; one in four is 1.
  private static double scale(CounterRandom random) {
    return random.nextInt(4) == 0 ? 1 : Math.pow(10, -15 + 21 * random.nextDouble());
  }

  /// All elements of one scale, or each of its own.
  private static Tensor input(
      GradientCheck check, CounterRandom random, String name, int... shape) {
    var tensor = check.input(name, shape);
    double all = random.nextInt(3) > 0 ? scale(random) : 0;
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, tensor.get(r, c) * (all > 0 ? all : scale(random)));
      }
    }
    return tensor;
  }

  private static void multiply(Tensor tensor, double factor) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, factor * tensor.get(r, c));
      }
    }
  }

  private static RecurrentOptions lstm(CounterRandom random, Lstm options) {
    return Lstm.of(1 + random.nextInt(2), 2 + random.nextInt(2), options);
  }

  private static GradientCheck.Program cell(GradientCheck check, CounterRandom random) {
    int inputs = 1 + random.nextInt(2);
    int units = 1 + random.nextInt(3);
    return sequence(
        check,
        random,
        switch (random.nextInt(4)) {
          case 0 -> Rnn.of(inputs, units);
          case 1 -> Rnn.relu(inputs, units);
          case 2 -> Gru.of(inputs, units);
          default -> Lstm.of(inputs, units, Lstm.cell().withPeepholes());
        });
  }

  private static GradientCheck.Program sequence(
      GradientCheck check, CounterRandom random, RecurrentOptions options) {
    input(check, random, "x", 1 + random.nextInt(2), 1, options.inputSize());
    var stack = options.create(check.parameters().at("stack"), check.random());
    if (random.nextInt(2) == 0) {
      SequencePrograms.stir(check);
    }
    if (random.nextInt(3) == 0) {
      check.parameters().all().forEach(parameter -> multiply(parameter.value(), scale(random)));
    }
    return (tape, in) -> List.of(stack.forward(tape, in.get("x")).output());
  }

  /// Two windows; the second begins from what the first left, held constant.
  private static GradientCheck.Program windows(GradientCheck check, CounterRandom random) {
    var options = lstm(random, random.nextInt(2) == 0 ? Lstm.cell() : Lstm.cell().withLayerNorm());
    input(check, random, "x", 1, 1, options.inputSize());
    input(check, random, "y", 1, 1, options.inputSize());
    var stack = options.create(check.parameters().at("stack"), check.random());
    if (random.nextInt(2) == 0) {
      SequencePrograms.stir(check);
    }
    return (tape, in) -> {
      var first = stack.forward(tape, in.get("x"));
      var state = first.lastState().layers().getFirst();
      var held = new CellState(in.held("h", state.h()), in.held("c", state.c()));
      var second = stack.forward(tape, in.get("y"), new StackState(List.of(held)));
      return List.of(first.output(), second.output());
    };
  }

  /// Up to five operations after each other, in any order.
  private static GradientCheck.Program chain(GradientCheck check, CounterRandom random) {
    int columns = 2 + random.nextInt(2);
    input(check, random, "x", 2, columns);
    input(check, random, "w", columns, columns);
    var norm = LayerNorm.of(columns).create(check.parameters());
    SequencePrograms.stir(check);
    int length = 2 + random.nextInt(4);
    int[] kinds = new int[length];
    double[] scales = new double[length];
    for (int i = 0; i < length; i++) {
      kinds[i] = random.nextInt(9);
      scales[i] = scale(random);
    }
    return (tape, in) -> {
      var x = in.get("x");
      for (int i = 0; i < length; i++) {
        x =
            switch (kinds[i]) {
              case 0 -> tape.tanh(x);
              case 1 -> tape.sigmoid(x);
              case 2 -> tape.softmax(x);
              case 3 -> norm.forward(tape, x);
              case 4 -> tape.relu(x);
              case 5 -> tape.matmul(x, in.get("w"));
              case 6 -> tape.multiply(x, x);
              case 7 -> tape.operation(new int[] {2, columns}, new Shifted(scales[i]), x);
              default -> tape.scale(scales[i], x);
            };
      }
      return List.of(x);
    };
  }

  /// `y = x`, with a backward pass that is wrong by a factor.
  private record Scaled(double factor) implements PlainOperation {
    @Override
    public void forward(double[][] in, double[] y) {
      System.arraycopy(in[0], 0, y, 0, y.length);
    }

    @Override
    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        dx[0][i] += factor * dy[i];
      }
    }
  }

  /// `y = x + constant`.
  private record Shifted(double constant) implements PlainOperation {
    @Override
    public void forward(double[][] in, double[] y) {
      for (int i = 0; i < y.length; i++) {
        y[i] = in[0][i] + constant;
      }
    }

    @Override
    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        dx[0][i] += dy[i];
      }
    }
  }

  /// `y = a / b`.
  private record Quotient() implements PlainOperation {
    @Override
    public void forward(double[][] in, double[] y) {
      for (int i = 0; i < y.length; i++) {
        y[i] = in[0][i] / in[1][i];
      }
    }

    @Override
    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        dx[0][i] += dy[i] / in[1][i];
        dx[1][i] -= dy[i] * y[i] / in[1][i];
      }
    }
  }

  /// `y = x^exponent` of positive x; beyond them not a number, or an odd continuation.
  private record Power(double exponent) implements PlainOperation {
    @Override
    public void forward(double[][] in, double[] y) {
      for (int i = 0; i < y.length; i++) {
        y[i] = Math.pow(in[0][i], exponent);
      }
    }

    @Override
    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        dx[0][i] += dy[i] * exponent * Math.pow(in[0][i], exponent - 1);
      }
    }
  }

  /// `y = x / ‖x‖`, row by row: all of it within ‖x‖ of zero.
  private record LengthOne(int columns) implements PlainOperation {
    private double length(double[] x, int row) {
      double squares = 0;
      for (int c = 0; c < columns; c++) {
        squares = Math.fma(x[row * columns + c], x[row * columns + c], squares);
      }
      return Math.sqrt(squares);
    }

    @Override
    public void forward(double[][] in, double[] y) {
      for (int i = 0; i < y.length; i++) {
        y[i] = in[0][i] / length(in[0], i / columns);
      }
    }

    @Override
    public void backward(double[][] in, double[] y, double[] dy, double[][] dx) {
      for (int i = 0; i < y.length; i++) {
        int from = i / columns * columns;
        double along = 0;
        for (int c = 0; c < columns; c++) {
          along += y[from + c] * dy[from + c];
        }
        dx[0][i] += (dy[i] - y[i] * along) / length(in[0], i / columns);
      }
    }
  }
}
