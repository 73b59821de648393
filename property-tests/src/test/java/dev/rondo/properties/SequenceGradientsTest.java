package dev.rondo.properties;

import static dev.rondo.properties.FiniteDifferences.assertGradients;

import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lengths.Gap;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Recurrent;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.nn.recurrent.StackState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradients of recurrent stacks with lengths, directions, merges, skip connections, learned
/// states, and recomputation in the backward pass.
class SequenceGradientsTest {
  private static final int INPUT_SIZE = 3;
  private static final int BATCH_SIZE = 3;
  private static final int STEPS = 5;

  /// What a stack may be asked for, each at least once and together with others.
  enum Setting {
    REVERSE_LENGTHS(1),
    CONCAT_RESIDUAL_CARRY(2),
    SUM_INPUT_SKIP_ZERO(2),
    MULTIPLY_RECOMPUTE_LENGTHS(1),
    AVERAGE_LEARNED_RECOMPUTE_CARRY(2),
    RESIDUAL_LOCKED_DROPOUT_LENGTHS(3),
    REVERSE_LEARNED_RECOMPUTE_ZERO(2);

    private final int layers;

    Setting(int layers) {
      this.layers = layers;
    }

    RecurrentOptions of(Variant kind) {
      var options = kind.of(INPUT_SIZE, kind.needsSeveralUnits() ? 7 : 3).layers(layers);
      return switch (this) {
        case REVERSE_LENGTHS -> options.direction(Direction.REVERSE);
        case CONCAT_RESIDUAL_CARRY -> options.bidirectional().skip(Skip.RESIDUAL);
        case SUM_INPUT_SKIP_ZERO -> options.bidirectional(Merge.SUM).skip(Skip.INPUT);
        case MULTIPLY_RECOMPUTE_LENGTHS -> options.bidirectional(Merge.MULTIPLY).recompute(2);
        case AVERAGE_LEARNED_RECOMPUTE_CARRY ->
            options.bidirectional(Merge.AVERAGE).learnedInitialState().recompute(3);
        case RESIDUAL_LOCKED_DROPOUT_LENGTHS -> options.skip(Skip.RESIDUAL).lockedDropout(0.3);
        case REVERSE_LEARNED_RECOMPUTE_ZERO ->
            options.direction(Direction.REVERSE).learnedInitialState().recompute(2);
      };
    }

    Lengths lengths() {
      boolean[][] mask = {
        {true, true, false},
        {false, true, false},
        {true, true, true},
        {true, false, false},
        {false, true, true}
      };
      return switch (this) {
        case REVERSE_LENGTHS, MULTIPLY_RECOMPUTE_LENGTHS, RESIDUAL_LOCKED_DROPOUT_LENGTHS ->
            Lengths.of(3, 0, 5);
        case CONCAT_RESIDUAL_CARRY, AVERAGE_LEARNED_RECOMPUTE_CARRY ->
            Lengths.ofMask(mask, Gap.CARRY);
        case SUM_INPUT_SKIP_ZERO, REVERSE_LEARNED_RECOMPUTE_ZERO -> Lengths.ofMask(mask, Gap.ZERO);
      };
    }
  }

  record Case(Variant kind, Setting setting) {}

  /// Every setting of the fused cells and of those that have everything; of each other variant two.
  static Stream<Case> cases() {
    var all =
        EnumSet.of(Variant.RNN_TANH, Variant.GRU, Variant.LSTM, Variant.LSTM_EVERYTHING_LEFT_OUT);
    var kinds = Variant.values();
    var settings = Setting.values();
    var cases = new ArrayList<Case>();
    for (int i = 0; i < kinds.length; i++) {
      for (int j = 0; j < settings.length; j++) {
        int distance = Math.floorMod(j - i, settings.length);
        if (all.contains(kinds[i]) || distance == 0 || distance == 3) {
          cases.add(new Case(kinds[i], settings[j]));
        }
      }
    }
    return cases.stream();
  }

  private static Recurrent stack(GradientCheck check, Variant kind, RecurrentOptions options) {
    check.input("x", STEPS, BATCH_SIZE, INPUT_SIZE);
    var stack = options.create(check.parameters().at("stack"), check.random());
    LayerGradientsTest.prepare(kind, check.parameters());
    if (options.learnsInitialState()) {
      for (var parameter : check.parameters().all()) {
        if (parameter.name().matches("stack\\.[hc]0_.*")) {
          parameter
              .value()
              .reshape(1, parameter.value().columns())
              .copyFrom(check.gaussian(1, parameter.value().columns()));
        }
      }
    } else {
      for (int i = 0; i < options.layers() * options.directions(); i++) {
        check.input("h" + i, BATCH_SIZE, options.stateSize());
        if (options.cell().hasCellState()) {
          check.input("c" + i, BATCH_SIZE, options.hiddenSize());
        }
      }
    }
    return stack;
  }

  private static StackState initial(GradientCheck.Inputs in, RecurrentOptions options) {
    var states = new ArrayList<CellState>();
    for (int i = 0; i < options.layers() * options.directions(); i++) {
      var c = options.cell().hasCellState() ? in.get("c" + i) : null;
      states.add(new CellState(in.get("h" + i), c));
    }
    return new StackState(states);
  }

  private static List<Variable> results(Recurrent.StackOutput run) {
    var results = new ArrayList<Variable>(List.of(run.output()));
    for (var state : run.lastState().layers()) {
      results.add(state.h());
      if (state.c() != null) {
        results.add(state.c());
      }
    }
    results.addAll(run.cells());
    return results;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everySettingHasTheRightGradients(Case which) {
    var options = which.setting.of(which.kind);
    var lengths = which.setting.lengths();
    try (var check = new GradientCheck(31)) {
      var stack = stack(check, which.kind, options);
      assertGradients(
          check,
          group(which.kind),
          which.setting.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          (tape, in) -> {
            var run =
                options.learnsInitialState()
                    ? stack.forward(tape, in.get("x"), lengths)
                    : stack.forward(tape, in.get("x"), initial(in, options), lengths);
            return results(run);
          });
    }
  }

  private static String group(Variant kind) {
    return kind.name().toLowerCase(Locale.ROOT) + ", sequences";
  }

  /// c of every step, of both directions, gets a gradient of its own; so does h of every layer.
  @ParameterizedTest
  @EnumSource(
      value = Variant.class,
      names = {"LSTM", "LSTM_PEEPHOLES", "LSTM_PROJECTED"})
  void cellsAndHiddenStatesOfEveryStepHaveTheRightGradients(Variant kind) {
    var lengths = Setting.CONCAT_RESIDUAL_CARRY.lengths();
    var options = Setting.SUM_INPUT_SKIP_ZERO.of(kind).keepCells();
    try (var check = new GradientCheck(32)) {
      var stack = stack(check, kind, options);
      assertGradients(
          check,
          group(kind),
          "cells and hidden states of every step",
          (tape, in) -> {
            var run = stack.forward(tape, in.get("x"), initial(in, options), lengths);
            var results = results(run);
            results.addAll(run.hidden());
            return results;
          });
    }
  }

  /// Nothing but c of the steps asks for a gradient.
  @ParameterizedTest
  @EnumSource(Gap.class)
  void cellsAloneHaveTheRightGradients(Gap gap) {
    boolean[][] mask = {{true, false}, {false, true}, {true, true}, {true, false}, {true, true}};
    var options = Variant.LSTM_PEEPHOLES.of(INPUT_SIZE, 3).bidirectional().keepCells();
    try (var check = new GradientCheck(33)) {
      var stack = options.create(check.parameters(), check.random());
      check.input("x", STEPS, 2, INPUT_SIZE);
      assertGradients(
          check,
          "lstm_peepholes, sequences",
          "cells alone, " + gap,
          (tape, in) -> stack.forward(tape, in.get("x"), Lengths.ofMask(mask, gap)).cells());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Variant.class,
      names = {"GRU", "LSTM_LAYER_NORM"})
  void batchFirstHasTheRightGradients(Variant kind) {
    var options = Setting.REVERSE_LEARNED_RECOMPUTE_ZERO.of(kind);
    try (var check = new GradientCheck(34)) {
      var stack = stack(check, kind, options);
      assertGradients(
          check,
          group(kind),
          "batch first",
          (tape, in) ->
              results(stack.forwardBatchFirst(tape, in.get("x"), Lengths.of(3, 0, 1, 2, 3))));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Variant.class,
      names = {"RNN_TANH", "LSTM_COUPLED"})
  void unbatchedHasTheRightGradients(Variant kind) {
    var options = Setting.AVERAGE_LEARNED_RECOMPUTE_CARRY.of(kind);
    try (var check = new GradientCheck(35)) {
      var stack = options.create(check.parameters(), check.random());
      check.input("x", STEPS, INPUT_SIZE);
      assertGradients(
          check,
          group(kind),
          "unbatched",
          (tape, in) -> results(stack.forwardUnbatched(tape, in.get("x"))));
    }
  }
}
