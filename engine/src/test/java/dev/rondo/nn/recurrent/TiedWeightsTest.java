package dev.rondo.nn.recurrent;

import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Sgd;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One parameter in two layers: an embedding, and the projection onto its tokens.
class TiedWeightsTest {
  private static final int TOKENS = 5;
  private static final int SIZE = 3;

  private final Backend backend = Backend.float64(Threads.one());
  private final Arena memory = Arena.ofConfined();
  private final Workspace workspace = new Workspace();

  @AfterEach
  void close() {
    workspace.close();
    memory.close();
    backend.close();
  }

  /// Predicts tokens from tokens.
  private record Model(Parameters parameters, Embedding embedding, Linear head) {
    double backward(Workspace workspace, Tokens inputs, Tokens targets) {
      try (var tape = Tape.record(parameters.backend(), workspace, new CounterRandom(1))) {
        var logits = head.forward(tape, embedding.forward(tape, inputs));
        var loss = CrossEntropy.sum(tape, logits, targets);
        tape.backward(loss);
        return loss.value().scalar();
      }
    }
  }

  private Model tied() {
    var parameters = new Parameters(backend, memory);
    var random = new CounterRandom(7);
    var embedding = Embedding.of(TOKENS, SIZE).create(parameters.at("embedding"), random);
    var head = Linear.of(SIZE, TOKENS).create(parameters.at("head"), embedding.weight(), random);
    return new Model(parameters, embedding, head);
  }

  /// The same numbers in two parameters.
  private Model untied(Model tied) {
    var parameters = new Parameters(backend, memory);
    var random = new CounterRandom(8);
    var embedding = Embedding.of(TOKENS, SIZE).create(parameters.at("embedding"), random);
    var head = Linear.of(SIZE, TOKENS).create(parameters.at("head"), random);
    var weight = tied.embedding.weight().value();
    parameters.get("embedding.weight").value().copyFrom(weight);
    parameters.get("head.weight").value().copyFrom(weight);
    parameters.get("head.bias").value().copyFrom(tied.parameters.get("head.bias").value());
    return new Model(parameters, embedding, head);
  }

  private Tokens tokens(int... values) {
    return Tokens.of(memory, new int[][] {values});
  }

  @Test
  void itIsStoredOnce() {
    var model = tied();
    assertEquals(
        List.of("embedding.weight", "head.bias"), List.copyOf(model.parameters.values().keySet()));
    assertEquals(TOKENS * SIZE + TOKENS, model.parameters.count());
    assertSame(model.embedding.weight(), model.parameters.get("embedding.weight"));
  }

  @Test
  void itsGradientIsTheSumOverBothLayers() {
    var tied = tied();
    var untied = untied(tied);
    var inputs = tokens(0, 3, 3, 2);
    var targets = tokens(3, 1, 4, 0);
    assertEquals(
        untied.backward(workspace, inputs, targets), tied.backward(workspace, inputs, targets));
    var first = untied.parameters.get("embedding.weight").gradient();
    var second = untied.parameters.get("head.weight").gradient();
    double[] sum = new double[TOKENS * SIZE];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = first.get(i / SIZE, i % SIZE) + second.get(i / SIZE, i % SIZE);
    }
    assertArrayEquals(sum, tied.embedding.weight().gradient().toArray(), 1e-14);
    double squares = 0;
    for (var parameter : tied.parameters.all()) {
      for (double g : parameter.gradient().toArray()) {
        squares += g * g;
      }
    }
    assertEquals(Math.sqrt(squares), GradientClipping.byGlobalNorm(tied.parameters, 1e9), 1e-14);
  }

  /// One step of plain gradient descent, and Adam's first, which is the sign of the gradient.
  @Test
  void itIsUpdatedOnce() {
    var model = tied();
    var weight = model.embedding.weight();
    model.backward(workspace, tokens(0, 3, 3, 2), tokens(3, 1, 4, 0));
    double before = weight.value().get(3, 1);
    double gradient = weight.gradient().get(3, 1);
    Sgd.of(model.parameters, 0.5).step();
    assertEquals(before - 0.5 * gradient, weight.value().get(3, 1), 1e-15);

    before = weight.value().get(3, 1);
    var adam = Adam.of(model.parameters, 0.5);
    adam.step();
    assertEquals(before - 0.5 * Math.signum(gradient), weight.value().get(3, 1), 1e-6);
    assertEquals(1, adam.state().get("embedding.weight.step").scalar());
  }

  @Test
  void frozenItStaysForBothLayers() {
    var model = tied();
    var weight = model.embedding.weight();
    weight.setTrainable(false);
    double[] before = weight.value().toArray();
    model.backward(workspace, tokens(0, 3), tokens(3, 1));
    Sgd.of(model.parameters, 0.5).step();
    assertArrayEquals(before, weight.value().toArray());
    assertArrayEquals(new double[TOKENS * SIZE], weight.gradient().toArray());
  }

  @Test
  void theShapeIsChecked() {
    var parameters = new Parameters(backend, memory);
    var random = new CounterRandom(1);
    var weight = Embedding.of(TOKENS, SIZE).create(parameters, random).weight();
    assertEquals(
        "weight is weight [5, 3] FLOAT64, expected [5, 4]",
        assertThrows(
                IllegalArgumentException.class,
                () -> Linear.of(4, TOKENS).create(parameters, weight, random))
            .getMessage());
  }
}
