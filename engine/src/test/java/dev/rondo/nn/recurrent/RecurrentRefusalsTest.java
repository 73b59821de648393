package dev.rondo.nn.recurrent;

import dev.rondo.nn.Dropout;

import static dev.rondo.nn.recurrent.ByHand.assertMessage;
import static dev.rondo.nn.recurrent.ByHand.shape;

import dev.rondo.kernel.Activation;
import dev.rondo.nn.recurrent.Lengths.Gap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What recurrent layers, their options and lengths refuse, with name, rule and value.
class RecurrentRefusalsTest {
  private static final String RNN =
      "the cell is RnnOptions[activation=Activation[function=TANH, alpha=0.0, beta=0.0],"
          + " clip=Infinity]";

  private final ByHand hand = new ByHand();

  @AfterEach
  void close() {
    hand.close();
  }

  @Test
  void optionsOfCells() {
    assertMessage("clip must be positive, was 0.0", () -> Rnn.options(Activation.TANH).clip(0));
    assertMessage("clip must be positive, was -1.0", () -> Gru.options().clip(-1));
    assertMessage("clip must be positive, was NaN", () -> Lstm.options().clip(Double.NaN));
    assertMessage("cellClip must be positive, was 0.0", () -> Lstm.options().cellClip(0));
    assertMessage("projection must not be negative, was -1", () -> Lstm.options().projection(-1));
    assertMessage(
        "projection must be at most hiddenSize 3, was 4",
        () -> Lstm.of(5, 3, Lstm.options().projection(4)));
    var some = Map.of(LstmGate.CELL, Activation.SOFTSIGN);
    assertMessage(
        "activations must be there for every gate, were " + some,
        () -> new LstmOptions(false, false, false, 0, 1, 1, some, Activation.TANH));
  }

  @Test
  void whatIsLeftOut() {
    var lstm = Lstm.of(5, 3);
    assertMessage("dropout must be in [0, 1), was -0.1", () -> lstm.lockedDropout(-0.1));
    assertMessage("state must be in [0, 1), was 1.0", () -> lstm.recurrentDropout(1));
    assertMessage("candidate must be in [0, 1), was 2.0", () -> lstm.candidateDropout(2));
    assertMessage("zoneoutHidden must be in [0, 1), was 1.0", () -> lstm.zoneout(1, 0));
    assertMessage("zoneoutCell must be in [0, 1), was NaN", () -> lstm.zoneout(0, Double.NaN));
    assertMessage("dropConnect must be in [0, 1), was 1.5", () -> lstm.dropConnect(1.5));
    assertMessage("zoneoutCell needs a cell state, " + RNN, () -> Rnn.of(5, 3).zoneout(0.5, 0.5));
    assertMessage("candidate needs a gated cell, " + RNN, () -> Rnn.of(5, 3).candidateDropout(0.5));
  }

  @Test
  void optionsOfStacks() {
    assertMessage("steps must be positive, was 0", () -> Gru.of(5, 3).recompute(0));
    assertMessage("there are no cell states to keep, " + RNN, () -> Rnn.of(5, 3).keepCells());
    assertMessage(
        "LstmGate.FORGET is none of the cell's gates, which are [INPUT, CELL, OUTPUT]",
        () -> Lstm.of(5, 3, Lstm.options().withCoupledGates()).forgetBias(1));
    assertMessage(
        "a cell has one layer and goes forward, layers was 1, direction BIDIRECTIONAL",
        () -> Gru.of(5, 3).bidirectional().createCell(hand.parameters, hand.random()));
  }

  @Test
  void inputsAndStates() {
    var cell = Lstm.options().projection(2);
    var lstm =
        Lstm.of(5, 3, cell).bidirectional().create(hand.parameters.at("lstm"), hand.random());
    try (var tape = hand.evaluate()) {
      var x = tape.constant(tape.zeros(7, 2, 5));
      var one = lstm.zeroState(tape, 2).layers().getFirst();
      assertMessage(
          "state has 1 layers, expected 2",
          () -> lstm.forward(tape, x, new StackState(List.of(one))));
      var wide = new CellState(one.c(), one.c());
      assertMessage(
          "state h is [2, 3] FLOAT32, expected [2, 2]",
          () -> lstm.forward(tape, x, new StackState(List.of(one, wide))));
      var narrow = new CellState(one.h(), one.h());
      assertMessage(
          "state c is [2, 2] FLOAT32, expected [2, 3]",
          () -> lstm.forward(tape, x, new StackState(List.of(narrow, one))));
      assertMessage(
          "lengths are of 3 rows, expected 2", () -> lstm.forward(tape, x, Lengths.of(1, 2, 3)));
      assertMessage(
          "lengths reach 8 steps, x has 7", () -> lstm.forward(tape, x, Lengths.of(1, 8)));
      assertMessage(
          "target has 4 layers, expected 2",
          () -> {
            var four = Lstm.of(5, 3).layers(4).create(hand.parameters.at("four"), hand.random());
            lstm.zeroState(tape, 2).copyTo(hand.state(four, 2));
          });
    }
  }

  @Test
  void inputsInAnotherOrderOrWithoutABatch() {
    var gru = Gru.of(5, 3).create(hand.parameters, hand.random());
    try (var tape = hand.evaluate()) {
      for (int[] shape : List.of(shape(2, 7, 4), shape(2, 0, 5), shape(7, 5))) {
        var x = tape.constant(tape.zeros(shape));
        assertMessage(
            "x is %s, expected [batchSize, steps, 5]".formatted(x),
            () -> gru.forwardBatchFirst(tape, x, null));
      }
      for (int[] shape : List.of(shape(7, 4), shape(0, 5), shape(7, 1, 5))) {
        var x = tape.constant(tape.zeros(shape));
        assertMessage(
            "x is %s, expected [steps, 5]".formatted(x), () -> gru.forwardUnbatched(tape, x));
      }
      var x = tape.constant(tape.zeros(2, 7, 5));
      assertMessage(
          "lengths reach 8 steps, x has 7", () -> gru.forwardBatchFirst(tape, x, Lengths.of(1, 8)));
    }
  }

  @Test
  void lengthsAndMasks() {
    assertMessage("lengths[1] must not be negative, was -2", () -> Lengths.of(3, -2));
    assertMessage("batchSize must not be negative, was -1", () -> Lengths.all(-1, 3));
    boolean[][] ragged = {{true, true}, {true}};
    assertMessage("real[1] has 1 rows, expected 2", () -> Lengths.ofMask(ragged, Gap.CARRY));
    assertMessage("count must be at least 3, was 2", () -> Lengths.of(3, 1).mask(2));
  }

  @Test
  void dropout() {
    try (var tape = hand.record()) {
      var x = tape.constant(tape.zeros(2, 5));
      assertMessage(
          "x is [2, 5] FLOAT32, expected [steps, batchSize, features]",
          () -> Dropout.locked(tape, x, 0.5));
      assertMessage("probability must be in [0, 1), was 1.0", () -> Dropout.apply(tape, x, 1));
    }
  }
}
