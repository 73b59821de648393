package dev.rondo.nn.recurrent;

import static dev.rondo.nn.recurrent.ByHand.assertValues;
import static dev.rondo.nn.recurrent.ByHand.row;
import static dev.rondo.nn.recurrent.ByHand.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Activation;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Directions, layers, lengths and initial states worked by hand, with cells that add: h = W·x +
/// h₋₁ of an Elman cell without a function, c = c₋₁ + W·x of an LSTM whose gates are open.
class StackTest {
  private static final Activation ONE = Activation.affine(0, 1);
  private static final double NAN = Double.NaN;

  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  private static RecurrentOptions adding() {
    return Rnn.of(1, 1, Rnn.options(Activation.IDENTITY));
  }

  private static RecurrentOptions remembering() {
    var cell =
        Lstm.options()
            .activation(LstmGate.INPUT, ONE)
            .activation(LstmGate.FORGET, ONE)
            .activation(LstmGate.CELL, Activation.IDENTITY)
            .activation(LstmGate.OUTPUT, ONE)
            .outputActivation(Activation.IDENTITY);
    return Lstm.of(1, 1, cell);
  }

  /// W = 1, U = 1 of every layer and direction of an Elman network, all else 0.
  private Recurrent create(RecurrentOptions options) {
    var layer = options.create(hand.parameters, hand.random());
    for (var parameter : hand.parameters.all()) {
      parameter.value().fill(parameter.name().startsWith("weight") ? 1 : 0);
    }
    return layer;
  }

  /// One sequence.
  private Variable sequence(Tape tape, double... x) {
    return hand.input(tape, shape(x.length, 1, 1), x);
  }

  /// From x = 1, 2, 3: 1, 3, 6 forward; with W = 10 back from the end 60, 50, 30. Each direction
  /// ends where it has seen everything.
  @Test
  void bothDirectionsAreMergedAsWorkedByHand() {
    for (var merge : Merge.values()) {
      try (var scope = new ByHand();
          var tape = scope.evaluate()) {
        var layer = adding().bidirectional(merge).create(scope.parameters, scope.random());
        scope.parameters.all().forEach(parameter -> parameter.value().clear());
        scope.set("weight_ih_l0", 1);
        scope.set("weight_hh_l0", 1);
        scope.set("weight_ih_l0_reverse", 10);
        scope.set("weight_hh_l0_reverse", 1);
        var run = layer.forward(tape, sequence(tape, 1, 2, 3));
        double[] expected =
            switch (merge) {
              case CONCAT -> row(1, 60, 3, 50, 6, 30);
              case SUM -> row(61, 53, 36);
              case MULTIPLY -> row(60, 150, 180);
              case AVERAGE -> row(30.5, 26.5, 18);
            };
        assertValues(merge.name(), run.output().value(), expected);
        assertValues("last", run.lastState().layers().get(0).h().value(), 6);
        assertValues("last", run.lastState().layers().get(1).h().value(), 60);
        assertValues("hidden", run.hidden().get(1).value(), 60, 50, 30);
      }
    }
  }

  /// With upstream 1 everywhere the product's gradient is the other direction's value: of the
  /// forward one 60, 50, 30, whose sums from the end are 140, 80, 30; of the reverse one 1, 3, 6,
  /// whose sums from the start, times 10, are 10, 40, 100.
  @Test
  void theGradientOfMergedDirectionsIsTheOneWorkedByHand() {
    var layer = create(adding().bidirectional(Merge.MULTIPLY));
    hand.set("weight_ih_l0_reverse", 10);
    try (var tape = hand.record()) {
      var x = sequence(tape, 1, 2, 3);
      hand.backwardOfSum(tape, layer.forward(tape, x));
      assertValues("dx", x.gradient(), 150, 120, 130);
    }
  }

  @Test
  void aReverseLayerStartsAtTheEnd() {
    var layer = create(adding().direction(Direction.REVERSE));
    try (var tape = hand.evaluate()) {
      var run = layer.forward(tape, sequence(tape, 1, 2, 3));
      assertValues("h", run.output().value(), 6, 5, 3);
      assertValues("last", run.lastState().layers().getFirst().h().value(), 6);
    }
  }

  /// From x = 1, 2 the first layer gives 1, 3; the second one, W = 2, gives 2, 8, and with what it
  /// read 3, 11. Its state is without that.
  @Test
  void aResidualConnectionAddsALayersInput() {
    var layer = create(adding().layers(2).skip(Skip.RESIDUAL));
    hand.set("weight_ih_l1", 2);
    try (var tape = hand.record()) {
      var x = sequence(tape, 1, 2);
      var run = layer.forward(tape, x);
      assertValues("h", run.output().value(), 3, 11);
      assertValues("last", run.lastState().layers().get(1).h().value(), 8);
      // of layer 0's output: 1 past the second layer, 2·2 and 2·1 through it
      hand.backwardOfSum(tape, run);
      assertValues("dx", x.gradient(), 5 + 3, 3);
    }
  }

  /// The second layer reads 1, 3 of the first one with weight 2 and x = 1, 2 with weight 10: 12,
  /// then 6 + 20 + 12 = 38.
  @Test
  void anInputConnectionShowsTheInputToEveryLayer() {
    var layer = create(adding().layers(2).skip(Skip.INPUT));
    hand.set("weight_ih_l1", 2, 10);
    try (var tape = hand.evaluate()) {
      assertValues("h", layer.forward(tape, sequence(tape, 1, 2)).output().value(), 12, 38);
    }
  }

  /// From h₀ = 5 two rows of 1, 2 and 3, 4 become 6, 8 and 8, 12. h₀ has a part of 1 in each of the
  /// four outputs.
  @Test
  void aLearnedInitialStateIsTheSameForAllRows() {
    var layer = create(adding().learnedInitialState());
    hand.set("h0_l0", 5);
    try (var tape = hand.record()) {
      var run = layer.forward(tape, hand.input(tape, shape(2, 2, 1), 1, 3, 2, 4));
      assertValues("h", run.output().value(), 6, 8, 8, 12);
      hand.backwardOfSum(tape, run);
      hand.assertGradient("h0_l0", 4);
    }
  }

  /// c₀ = 7 and h = c: 8, 10. A state that is given takes its place.
  @Test
  void anLstmLearnsItsCellStateToo() {
    var layer = create(remembering().learnedInitialState().keepCells());
    hand.set("weight_ih_l0", 0, 0, 1, 0);
    hand.fill("weight_hh_l0", 0);
    hand.set("c0_l0", 7);
    try (var tape = hand.record()) {
      var run = layer.forward(tape, sequence(tape, 1, 2));
      assertValues("h", run.output().value(), 8, 10);
      assertValues("c", run.cells().getFirst().value(), 8, 10);
      hand.backwardOfSum(tape, run);
      hand.assertGradient("c0_l0", 2);
      hand.assertGradient("h0_l0", 0);
    }
    try (var tape = hand.evaluate()) {
      var run = layer.forward(tape, sequence(tape, 1, 2), layer.zeroState(tape, 1));
      assertValues("h", run.output().value(), 1, 3);
    }
  }

  /// Three rows of 0, 1 and 2 real steps from h₀ = 10, 20, 30; what stands elsewhere is NaN. The
  /// last state of the first row is where it began.
  ///
  ///     row 1: 20 + 1 = 21             dh₀ = 1, dx = 1
  ///     row 2: 30 + 1 = 31, 31 + 2 = 33        dh₀ = 2, dx = 2, 1
  ///     dW = 1·1 + (2·1 + 1·2) = 5     dU = 20 + (2·30 + 31) = 111
  @Test
  void stepsThatAreNotRealChangeNothing() {
    var layer = create(adding());
    try (var tape = hand.record()) {
      var x = hand.input(tape, shape(2, 3, 1), NAN, 1, 1, NAN, NAN, 2);
      var h = hand.input(tape, shape(3, 1), 10, 20, 30);
      var state = new StackState(List.of(new CellState(h, null)));
      var run = layer.forward(tape, x, state, Lengths.of(0, 1, 2));
      assertValues("h", run.output().value(), 0, 21, 31, 0, 0, 33);
      assertValues("last", run.lastState().layers().getFirst().h().value(), 10, 21, 33);
      hand.backwardOfSum(tape, run);
      assertValues("dh", h.gradient(), 0, 1, 2);
      assertValues("dx", x.gradient(), 0, 1, 2, 0, 0, 1);
      hand.assertGradient("weight_ih_l0", 5);
      hand.assertGradient("weight_hh_l0", 111);
      hand.assertGradient("bias_ih_l0", 1 + 2 + 1);
    }
  }

  /// The reverse direction begins at the last real step: of 1, 2 and of 3 alone.
  @Test
  void theReverseDirectionStartsAtTheLastRealStep() {
    var layer = create(adding().direction(Direction.REVERSE));
    try (var tape = hand.evaluate()) {
      var x = hand.input(tape, shape(2, 2, 1), 1, 3, 2, NAN);
      var run = layer.forward(tape, x, Lengths.of(2, 1));
      assertValues("h", run.output().value(), 3, 3, 2, 0);
      assertValues("last", run.lastState().layers().getFirst().h().value(), 3, 3);
    }
  }

  /// From 10, over 1, a missing step and 3: carried 11, then 14; lost 11, then 3, to which the
  /// initial state brings nothing.
  @Test
  void aGapIsCarriedOrLost() {
    for (var options : List.of(adding(), remembering())) {
      for (var gap : Lengths.Gap.values()) {
        boolean carried = gap == Lengths.Gap.CARRY;
        try (var scope = new ByHand();
            var tape = scope.record()) {
          var layer = options.create(scope.parameters, scope.random());
          boolean lstm = options.cell().hasCellState();
          for (var parameter : scope.parameters.all()) {
            boolean adds = parameter.name().startsWith(lstm ? "weight_ih" : "weight");
            parameter.value().fill(adds ? 1 : 0);
          }
          var x = scope.input(tape, shape(3, 1, 1), 1, NAN, 3);
          var ten = scope.input(tape, shape(1, 1), 10);
          var other = tape.constant(scope.tensor(shape(1, 1), 0));
          var state = lstm ? new CellState(other, ten) : new CellState(ten, null);
          var lengths = Lengths.ofMask(new boolean[][] {{true}, {false}, {true}}, gap);
          var run = layer.forward(tape, x, new StackState(List.of(state)), lengths);
          assertValues("h", run.output().value(), 11, 0, carried ? 14 : 3);
          var last = run.lastState().layers().getFirst();
          assertValues("last", (lstm ? last.c() : last.h()).value(), carried ? 14 : 3);
          scope.backwardOfSum(tape, run);
          assertValues("d", ten.gradient(), carried ? 2 : 1);
          assertValues("dx", x.gradient(), carried ? 2 : 1, 0, 1);
        }
      }
    }
  }

  /// Two rows of two steps, 1, 2 and 3, 4: 1, 3 and 3, 7.
  @Test
  void batchFirstIsTheSameInAnotherOrder() {
    var layer = create(adding());
    try (var tape = hand.record()) {
      var x = hand.input(tape, shape(2, 2, 1), 1, 2, 3, 4);
      var run = layer.forwardBatchFirst(tape, x, null);
      assertValues("h", run.output().value(), 1, 3, 3, 7);
      assertValues("last", run.lastState().layers().getFirst().h().value(), 3, 7);
      tape.backward(run.output(), hand.tensor(shape(2, 2, 1), 0, 1, 10, 100));
      assertValues("dx", x.gradient(), 1, 1, 110, 100);
    }
    try (var tape = hand.evaluate()) {
      var x = hand.input(tape, shape(2, 2, 1), 1, NAN, 3, 4);
      var run = layer.forwardBatchFirst(tape, x, Lengths.of(1, 2));
      assertValues("h", run.output().value(), 1, 0, 3, 7);
    }
  }

  @Test
  void aSequenceAloneNeedsNoBatch() {
    var layer = create(adding());
    try (var tape = hand.record()) {
      var x = hand.input(tape, shape(3, 1), 1, 2, 3);
      var run = layer.forwardUnbatched(tape, x);
      assertEquals(2, run.output().value().rank());
      assertValues("h", run.output().value(), 1, 3, 6);
      tape.backward(tape.sum(run.output()));
      assertValues("dx", x.gradient(), 3, 2, 1);
    }
  }
}
