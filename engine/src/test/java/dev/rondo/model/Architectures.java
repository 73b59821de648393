package dev.rondo.model;

import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.model.Architecture.DenseInput;
import dev.rondo.model.Architecture.TokenInput;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.GruGate;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Small models of every form that a file can hold.
public final class Architectures {
  private static final int OUTPUTS = 4;

  private Architectures() {}

  /// What format 1 can say.
  static List<Architecture> ofFormat1() {
    var all = new ArrayList<Architecture>();
    for (var kind : CellKind.values()) {
      all.add(Architecture.languageModel(5, 3, kind, 6, 2).dropout(0.25));
      all.add(new Architecture(new DenseInput(3), kind, 5, 1, 0, OUTPUTS));
    }
    return all;
  }

  /// What needs format 2, every option at least once; all go forward.
  static List<Architecture> ofFormat2() {
    var lstm = Lstm.options();
    var everything =
        lstm.withPeepholes()
            .withCoupledGates()
            .withLayerNorm()
            .projection(3)
            .cellClip(1.5)
            .clip(2.5)
            .activation(LstmGate.CELL, Activation.elu(0.5))
            .outputActivation(Activation.SOFTSIGN);
    var leftOut = new Regularization(0.1, true, 0.2, 0.3, 0.15, 0.25, 0.35);
    var cells =
        List.of(
            LayerStack.of(Rnn.options(Activation.SOFTSIGN).clip(1.2), 5),
            LayerStack.of(Gru.options().resetBefore(), 5),
            LayerStack.of(Gru.options().activation(GruGate.NEW, Activation.hardSigmoid()), 5),
            LayerStack.of(lstm.withPeepholes(), 5),
            LayerStack.of(lstm.withCoupledGates().withPeepholes(), 5),
            LayerStack.of(lstm.withLayerNorm(), 5).layers(2),
            LayerStack.of(lstm.projection(3), 5).layers(2),
            LayerStack.of(everything, 7).layers(3).skip(Skip.INPUT).learnedInitialState(),
            LayerStack.of(lstm, 5).layers(2).skip(Skip.RESIDUAL),
            LayerStack.of(Gru.options(), 5).layers(2).skip(Skip.INPUT),
            LayerStack.of(lstm, 5).layers(2).learnedInitialState(),
            LayerStack.of(Gru.options(), 5).learnedInitialState(),
            LayerStack.of(lstm, 5).layers(2).regularization(leftOut));
    var all = new ArrayList<Architecture>();
    for (var stack : cells) {
      all.add(Architecture.of(new DenseInput(3), stack, OUTPUTS));
    }
    var tokens = new TokenInput(6, 3);
    all.add(Architecture.of(tokens, cells.get(7), 6).output(OutputFunction.SOFTMAX));
    all.add(Architecture.of(tokens, LayerStack.of(lstm, 5), 6).layerNorm());
    all.add(
        Architecture.of(new DenseInput(3), LayerStack.of(everything, 6), OUTPUTS)
            .layerNorm()
            .output(OutputFunction.SIGMOID));
    return all;
  }

  /// What cannot be streamed.
  public static List<Architecture> backward() {
    var all = new ArrayList<Architecture>();
    for (var merge : Merge.values()) {
      var stack =
          LayerStack.of(Lstm.options().projection(2), 5)
              .layers(2)
              .bidirectional(merge)
              .learnedInitialState();
      all.add(Architecture.of(new DenseInput(3), stack, OUTPUTS).layerNorm());
      all.add(Architecture.of(new DenseInput(3), stack.skip(Skip.INPUT), OUTPUTS));
    }
    var reversed = LayerStack.of(Gru.options(), 5).direction(Direction.REVERSE);
    all.add(Architecture.of(new DenseInput(3), reversed, OUTPUTS));
    return all;
  }

  /// Models that can be streamed.
  public static List<Architecture> forward() {
    var all = new ArrayList<>(ofFormat1());
    all.addAll(ofFormat2());
    return all;
  }

  /// All of them.
  public static List<Architecture> all() {
    var all = new ArrayList<>(forward());
    all.addAll(backward());
    return all;
  }

  /// A model all of whose parameters are random, also those that begin as constants.
  public static SequenceModel model(Architecture architecture, Backend backend, Arena arena) {
    var random = new CounterRandom(7);
    var model = SequenceModel.create(architecture, backend, arena, random.next());
    for (var parameter : model.parameters().all()) {
      var value = parameter.value();
      for (int r = 0; r < value.rows(); r++) {
        for (int c = 0; c < value.columns(); c++) {
          value.set(r, c, (random.nextInt(2001) - 1000) / 1500f);
        }
      }
    }
    return model;
  }
}
