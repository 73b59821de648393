package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.kernel.Backend;
import dev.rondo.nn.recurrent.Gru;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Rnn;
import dev.rondo.random.CounterRandom;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// The state dict of `torch.nn.RNN`, `GRU` and `LSTM`, in its order.
@Label("Law 7.1: parameters have PyTorch's names, shapes and order")
class ParameterNamesProperties {
  /// A kind of cell, and how many gates stand above each other in its weights.
  record Kind(String name, int gates) {
    RecurrentOptions of(int inputSize, int hiddenSize) {
      return switch (name) {
        case "RNN" -> Rnn.of(inputSize, hiddenSize);
        case "GRU" -> Gru.of(inputSize, hiddenSize);
        default -> Lstm.of(inputSize, hiddenSize);
      };
    }
  }

  @Provide
  Arbitrary<Kind> kinds() {
    return Arbitraries.of(List.of(new Kind("RNN", 1), new Kind("GRU", 3), new Kind("LSTM", 4)));
  }

  @Property(tries = 60)
  void namesAndShapesAreThoseOfPyTorch(
      @ForAll("kinds") Kind kind,
      @ForAll @IntRange(min = 1, max = 3) int layers,
      @ForAll boolean bothWays,
      @ForAll @IntRange(min = 1, max = 20) int inputSize,
      @ForAll @IntRange(min = 1, max = 20) int hiddenSize) {
    var expected = new LinkedHashMap<String, List<Integer>>();
    int rows = kind.gates * hiddenSize;
    int directions = bothWays ? 2 : 1;
    for (int layer = 0; layer < layers; layer++) {
      for (String direction : List.of("", "_reverse").subList(0, directions)) {
        String end = "_l" + layer + direction;
        int features = layer == 0 ? inputSize : directions * hiddenSize;
        expected.put("weight_ih" + end, List.of(rows, features));
        expected.put("weight_hh" + end, List.of(rows, hiddenSize));
        expected.put("bias_ih" + end, List.of(rows));
        expected.put("bias_hh" + end, List.of(rows));
      }
    }
    try (var arena = Arena.ofConfined();
        var backend = Backend.best()) {
      var parameters = new Parameters(backend, arena);
      var options = kind.of(inputSize, hiddenSize).layers(layers);
      (bothWays ? options.bidirectional() : options).create(parameters, new CounterRandom(1));
      var actual = new LinkedHashMap<String, List<Integer>>();
      for (var parameter : parameters.all()) {
        actual.put(parameter.name(), Arrays.stream(parameter.value().shape()).boxed().toList());
      }
      assertEquals(List.copyOf(expected.entrySet()), List.copyOf(actual.entrySet()));
    }
  }
}
