package dev.rondo.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ParameterGroupTest {
  private static final double ROUNDING = 1e-15;

  private final Backend backend = Backend.float64(Threads.one());
  private final Arena memory = Arena.ofConfined();
  private final Parameters parameters = new Parameters(backend, memory);
  private Parameter weight;
  private Parameter bias;

  /// Both are 1, and have a gradient of 1.
  @BeforeEach
  void create() {
    weight = parameters.create("weight", 1);
    bias = parameters.create("bias", 1);
    for (var parameter : parameters.all()) {
      parameter.value().fill(1);
      parameter.gradient().fill(1);
    }
  }

  @AfterEach
  void close() {
    memory.close();
    backend.close();
  }

  private static List<ParameterGroup> group(Algorithm options, Parameter... parameters) {
    return List.of(new ParameterGroup(List.of(parameters), options));
  }

  /// 1 - 0.5·(1 + 0.5·1) = 0.25, and without decay 1 - 0.5.
  @Test
  void aGroupHasItsOwnOptionsAndTheOthersThoseOfTheOptimizer() {
    var options = Sgd.of(0.5).weightDecay(0.5);
    Optimizer.of(parameters, options, group(options.weightDecay(0), bias)).step();
    assertEquals(0.25, weight.value().scalar(), ROUNDING);
    assertEquals(0.5, bias.value().scalar(), ROUNDING);
  }

  /// 1 - 0.5 and 1 - 0.25; then the rate is halved: 0.5 - 0.25 and 0.75 - 0.125.
  @Test
  void theRateOfAGroupKeepsItsProportion() {
    var options = Sgd.of(0.5);
    var sgd = Optimizer.of(parameters, options, group(options.learningRate(0.25), bias));
    sgd.step();
    assertEquals(0.5, weight.value().scalar(), ROUNDING);
    assertEquals(0.75, bias.value().scalar(), ROUNDING);
    assertEquals(0.5, sgd.learningRate());
    sgd.setLearningRate(0.25);
    sgd.step();
    assertEquals(0.25, weight.value().scalar(), ROUNDING);
    assertEquals(0.625, bias.value().scalar(), ROUNDING);
  }

  @Test
  void aGroupOfRateZeroStays() {
    Optimizer.of(parameters, Adam.of(0.5), group(Adam.of(0), bias)).step();
    assertEquals(1, bias.value().scalar());
  }

  /// AdamW without a gradient only shrinks: by 1 - 0.5·0.2, and by 1 - 0.25·0.4.
  @Test
  void decoupledDecayFollowsTheRateOfItsGroup() {
    weight.gradient().fill(0);
    bias.gradient().fill(0);
    var options = AdamW.of(0.5).weightDecay(0.2);
    var adam =
        Optimizer.of(parameters, options, group(options.learningRate(0.25).weightDecay(0.8), bias));
    adam.step();
    assertEquals(0.9, weight.value().scalar(), ROUNDING);
    assertEquals(0.8, bias.value().scalar(), ROUNDING);
  }

  /// One optimizer with a group is two optimizers; momentum is remembered by one part alone.
  @Test
  void groupsAreAsOptimizersOfTheirOwn() {
    var others = new Parameters(backend, memory);
    for (var name : List.of("weight", "bias")) {
      others.create(name, 1).value().fill(1);
      others.get(name).gradient().fill(1);
    }
    var plain = Sgd.of(0.5);
    var together = Optimizer.of(parameters, plain, group(plain.momentum(0.9), bias));
    var first = Optimizer.of(others, List.of(others.get("weight")), plain);
    var second = Optimizer.of(others, List.of(others.get("bias")), plain.momentum(0.9));
    for (int i = 0; i < 3; i++) {
      together.step();
      first.step();
      second.step();
    }
    assertEquals(others.get("weight").value().scalar(), weight.value().scalar());
    assertEquals(others.get("bias").value().scalar(), bias.value().scalar());
    assertEquals(
        List.of("bias.momentum_buffer", "bias.step"), List.copyOf(together.state().keySet()));
  }

  /// Whatever the groups, so that a checkpoint has one order.
  @Test
  void theStateIsInTheOrderOfTheParameters() {
    var options = Adagrad.of(0.5);
    var adagrad = Optimizer.of(parameters, options, group(options.epsilon(0), bias, weight));
    assertEquals(
        List.of("weight.sum", "weight.step", "bias.sum", "bias.step"),
        List.copyOf(adagrad.state().keySet()));
  }

  @Test
  void everyOptimizerTakesGroups() {
    for (var name : Algorithms.names()) {
      var special = group(Algorithms.of(name, 0), bias);
      var optimizer = Optimizer.of(parameters, Algorithms.of(name, 1), special);
      double before = weight.value().scalar();
      optimizer.step();
      assertEquals(true, weight.value().scalar() < before, name);
      assertEquals(1, bias.value().scalar(), name);
    }
  }

  @Test
  void mistakesAreRefused() {
    var options = Sgd.of(0.5);
    var stranger = new Parameters(backend, memory).create("stranger", 1);
    assertEquals(
        "groups must not overlap, bias is in them twice",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    Optimizer.of(
                        parameters,
                        options,
                        List.of(
                            new ParameterGroup(List.of(bias), options),
                            new ParameterGroup(List.of(bias), options))))
            .getMessage());
    assertEquals(
        "groups must have parameters of the store, it has no [stranger [1] FLOAT64]",
        assertThrows(
                IllegalArgumentException.class,
                () -> Optimizer.of(parameters, options, group(options, stranger)))
            .getMessage());
    assertEquals(
        "learningRate must be positive where a group has its own, was 0 beside 0.5",
        assertThrows(
                IllegalArgumentException.class,
                () -> Optimizer.of(parameters, Sgd.of(0), group(options, bias)))
            .getMessage());
  }
}
