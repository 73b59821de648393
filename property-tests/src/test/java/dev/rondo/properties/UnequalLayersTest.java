package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.Architecture.DenseInput;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Stacks whose layers and directions differ in cell and size, with dense layers between them and
/// without biases.
class UnequalLayersTest {
  private static final Gru UNBIASED = Gru.cell().withoutBias();

  static List<RecurrentOptions> stacks() {
    return List.of(
        Lstm.of(4, 6)
            .layers(3)
            .bidirectional()
            .dense(0, 5, Activation.TANH)
            .layer(1, UNBIASED, 3)
            .reverseLayer(2, Rnn.cell(Activation.TANH).withoutBias(), 2)
            .learnedInitialState(),
        Gru.of(4, 5)
            .layers(2)
            .bidirectional(Merge.SUM)
            .reverseLayer(0, Lstm.cell().withPeepholes(), 5)
            .dense(1, 7, Activation.IDENTITY)
            .skip(Skip.INPUT),
        Lstm.of(4, 6, Lstm.cell().withLayerNorm().withoutBias())
            .layers(2)
            .layer(1, Lstm.cell().projection(2).withoutBias(), 5)
            .zoneout(0.2, 0.1));
  }

  @TempDir Path folder;
  private final Backend backend = Backend.best(Threads.of(2));
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    backend.close();
    arena.close();
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void gradientsAreDerivatives(RecurrentOptions options) {
    try (var check = new GradientCheck(5)) {
      check.input("x", 5, 3, 4);
      var stack = options.create(check.parameters(), check.random());
      for (var parameter : check.parameters().all()) {
        parameter.value().copyFrom(check.gaussian(parameter.value().shape()));
      }
      var lengths = Lengths.of(5, 0, 3);
      var report =
          check.run((tape, in) -> {
            var run = stack.forward(tape, in.get("x"), lengths);
            var results = new ArrayList<Variable>();
            results.add(run.output());
            run.lastState().layers().forEach(state -> results.addAll(state.parts()));
            return results;
          });
      assertTrue(report.passes(), report.text());
    }
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void aFileHoldsThem(RecurrentOptions options) throws IOException {
    var architecture = Architecture.of(new DenseInput(4), options, 3);
    var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
    var file = folder.resolve("model.safetensors");
    model.save(file);
    assertEquals("sequence-model/3", architecture.metadata().get("rondo.model"));
    var loaded = SequenceModel.load(file, backend, arena);
    assertEquals(architecture, loaded.architecture());
    for (var parameter : model.parameters().all()) {
      var other = loaded.parameters().get(parameter.name()).value();
      assertEquals(parameter.value().get(0, 0), other.get(0, 0), parameter.name());
    }
  }

  /// A stream has the bits of the sequence.
  @Test
  void theyAreStreamed() throws IOException {
    var options =
        Lstm.of(4, 6)
            .layers(3)
            .dense(0, 5, Activation.RELU)
            .layer(1, UNBIASED, 17)
            .dense(2, 9, Activation.IDENTITY);
    var architecture = Architecture.of(new DenseInput(4), options, 3);
    var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
    var file = folder.resolve("model.safetensors");
    model.save(file);
    var random = new CounterRandom(2);
    var x = Tensor.allocate(arena, ElementType.FLOAT32, 6, 1, 4);
    for (int t = 0; t < 6; t++) {
      for (int c = 0; c < 4; c++) {
        x.set(t, c, random.nextDouble());
      }
    }
    try (var stream = StreamingModel.load(file, StreamingOptions.standard(), arena);
        var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      stream.warmUp();
      var state = stream.newState(arena);
      var expected =
          model.forward(tape, tape.constant(x), model.newState(1, arena)).logits().value();
      var output = new float[3];
      for (int t = 0; t < 6; t++) {
        var input = new float[4];
        for (int c = 0; c < 4; c++) {
          input[c] = (float) x.get(t, c);
        }
        stream.step(input, state, output);
        for (int c = 0; c < 3; c++) {
          assertEquals((float) expected.get(t, c), output[c]);
        }
      }
    }
  }

  /// An architecture takes an initialization; what it says of one gate acts where that gate is.
  @Test
  void forgetGatesAreOpenedWhereTheyAre() {
    var options = Lstm.of(4, 6).layers(2).layer(1, Gru.cell(), 3);
    var architecture = Architecture.of(new DenseInput(4), options, 3).forgetBias(1.5);
    var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
    var bias = model.parameters().get("recurrent.bias_ih_l0").value();
    assertEquals(1.5, bias.get(0, LstmGate.FORGET.firstRow(6)));
    assertEquals(Architecture.of(new DenseInput(4), options, 3), architecture);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var lstm = Lstm.of(4, 6).layers(2);
    assertRefused("layer must be 0 to 1, was 2", () -> lstm.layer(2, Gru.cell(), 3));
    assertRefused("layer must be 0 to 0, was 1", () -> lstm.layer(1, Gru.cell(), 3).layers(1));
    assertRefused("layer must be 0 to 1, was -1", () -> lstm.dense(-1, 3, Activation.TANH));
    assertRefused("size must be positive, was 0", () -> lstm.dense(0, 0, Activation.TANH));
    assertRefused(
        "layer 0 has a reverse direction of its own, the direction is FORWARD",
        () -> lstm.reverseLayer(0, Gru.cell(), 3));
    assertRefused(
        "merge SUM needs directions of one size, layer 1 has 6 and 3",
        () -> lstm.bidirectional(Merge.SUM).reverseLayer(1, Gru.cell(), 3));
    assertRefused(
        "zoneoutCell needs a cell state, the cell is gru",
        () -> lstm.layer(1, Gru.cell(), 3).zoneout(0, 0.1));
    assertRefused(
        "the bias of FORGET cannot be initialized: the cell has no biases",
        () ->
            Lstm.of(4, 6, Lstm.cell().withoutBias())
                .forgetBias(1)
                .create(new Parameters(backend, arena), new CounterRandom(1)));
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
