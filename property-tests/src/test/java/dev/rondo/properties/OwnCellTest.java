package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientFlow;
import dev.rondo.data.ContiguousWindows;
import dev.rondo.io.ModelFormatException;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.CellParameters;
import dev.rondo.nn.recurrent.CellSettings;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.CustomCell;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.nn.recurrent.ParameterShape;
import dev.rondo.nn.recurrent.ParameterShape.Role;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.StackState;
import dev.rondo.nn.recurrent.StatePart;
import dev.rondo.optim.Adam;
import dev.rondo.optim.LearningRateSchedule;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Cells as a user writes them, from outside the package: trained, checked, saved and streamed as
/// the engine's own.
class OwnCellTest {
  private static final Path LAYERS = Path.of("..", "docs", "layers.md");
  private static final Path THIS = Path.of("src/test/java/dev/rondo/properties/OwnCellTest.java");

  // example: begin
  /// Units that leak: h = (1 - rate)∘h₋₁ + rate∘tanh(W·x + U·h₋₁).
  record Leaky(double rate) implements CustomCell {
    @Override
    public String family() {
      return "leaky";
    }

    @Override
    public SequencedMap<String, String> settings() {
      return CellSettings.write().number("rate", rate, 0.5).toMap();
    }

    @Override
    public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
      return List.of(
          ParameterShape.of("weight_ih", Role.INPUT_WEIGHT, hiddenSize, inputSize),
          ParameterShape.of("weight_hh", Role.RECURRENT_WEIGHT, hiddenSize, hiddenSize));
    }

    @Override
    public Variable project(Tape tape, CellParameters p, Variable x) {
      return p.product("weight_ih", x);
    }

    @Override
    public CellState step(Tape tape, CellParameters p, Variable projected, CellState before) {
      var fresh = tape.tanh(tape.add(projected, p.product("weight_hh", before.h())));
      var kept = tape.scale(1 - rate, before.h());
      return new CellState(tape.add(kept, tape.scale(rate, fresh)));
    }
  }

  static final Cells CELLS =
      Cells.standard().with("leaky", settings -> new Leaky(settings.number("rate", 0.5)));

  // example: end

  /// Without a recurrent matrix and without biases: h = relu(W·x + u∘h₋₁) (Li et al. 2018).
  record Independent() implements CustomCell {
    @Override
    public String family() {
      return "independent";
    }

    @Override
    public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
      return List.of(
          ParameterShape.of("weight_ih", Role.INPUT_WEIGHT, hiddenSize, inputSize),
          ParameterShape.of("decay", Role.WEIGHT, hiddenSize));
    }

    @Override
    public Variable project(Tape tape, CellParameters p, Variable x) {
      return p.product("weight_ih", x);
    }

    @Override
    public CellState step(Tape tape, CellParameters p, Variable projected, CellState before) {
      var carried = tape.multiplyRow(before.h(), p.get("decay"));
      return new CellState(tape.relu(tape.add(projected, carried)));
    }
  }

  /// Three matrices, a bias, three parts of state: two leaks of different rates beside h.
  record TwoScales() implements CustomCell {
    @Override
    public String family() {
      return "two_scales";
    }

    @Override
    public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
      return List.of(
          ParameterShape.of("weight_ih", Role.INPUT_WEIGHT, hiddenSize, inputSize),
          ParameterShape.of("weight_fast", Role.RECURRENT_WEIGHT, hiddenSize, hiddenSize),
          ParameterShape.of("weight_slow", Role.RECURRENT_WEIGHT, hiddenSize, 3),
          ParameterShape.of("weight_out", Role.WEIGHT, 3, hiddenSize),
          ParameterShape.of("bias", Role.INPUT_BIAS, hiddenSize));
    }

    @Override
    public List<StatePart> states(int hiddenSize) {
      return List.of(
          new StatePart("h", hiddenSize), new StatePart("slow", 3), new StatePart("last", 3));
    }

    @Override
    public CellState step(Tape tape, CellParameters p, Variable x, CellState before) {
      var slow = before.parts().get(1);
      var sum = tape.add(p.product("weight_fast", before.h()), p.product("weight_slow", slow));
      var z = tape.addRow(tape.add(p.product("weight_ih", x), sum), p.get("bias"));
      var h = tape.sigmoid(z);
      var out = p.product("weight_out", h);
      var slower = tape.add(tape.scale(0.9, slow), tape.scale(0.1, before.parts().get(2)));
      return new CellState(List.of(h, slower, out));
    }
  }

  static List<CustomCell> cells() {
    return List.of(new Leaky(0.3), new Independent(), new TwoScales());
  }

  @TempDir Path folder;
  private final Backend backend = Backend.best(Threads.of(2));
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    backend.close();
    arena.close();
  }

  private Tensor random(int seed, int... shape) {
    var random = new CounterRandom(seed);
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextDouble() * 2 - 1);
      }
    }
    return tensor;
  }

  private static double[] values(Tensor tensor) {
    var values = new double[tensor.rows() * tensor.columns()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(i / tensor.columns(), i % tensor.columns());
    }
    return values;
  }

  @Test
  void theExampleOfTheDocumentationStandsHere() throws IOException {
    var source = Files.readString(THIS);
    int begin = source.indexOf("// example: begin\n") + "// example: begin\n".length();
    var example = source.substring(begin, source.indexOf("  // example: end", begin));
    var page = Files.readString(LAYERS);
    assertTrue(page.contains("```java\n" + example.indent(-2) + "```"), example.indent(-2));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void gradientsAreDerivatives(CustomCell cell) {
    try (var check = new GradientCheck(3)) {
      check.input("x", 5, 3, 4);
      var stack =
          RecurrentOptions.of(cell, 4, 6)
              .layers(2)
              .bidirectional()
              .learnedInitialState()
              .create(check.parameters(), check.random());
      for (var parameter : check.parameters().all()) {
        parameter.value().copyFrom(gaussian(check, parameter.value()));
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

  private static Tensor gaussian(GradientCheck check, Tensor like) {
    return check.gaussian(like.shape());
  }

  /// A row of a padded batch has the bits of the row alone; what stands in padding does not matter.
  @ParameterizedTest
  @MethodSource("cells")
  void paddingNeverChangesAnything(CustomCell cell) {
    var parameters = new Parameters(backend, arena);
    var stack =
        RecurrentOptions.of(cell, 4, 6)
            .layers(2)
            .bidirectional()
            .create(parameters, new CounterRandom(2));
    var x = random(5, 7, 3, 4);
    int[] lengths = {7, 2, 5};
    for (int b = 0; b < 3; b++) {
      for (int t = lengths[b]; t < 7; t++) {
        for (int c = 0; c < 4; c++) {
          x.set(t * 3 + b, c, Double.NaN);
        }
      }
    }
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var whole = stack.forward(tape, tape.constant(x), Lengths.of(lengths));
      for (int b = 0; b < 3; b++) {
        var alone = Tensor.allocate(arena, ElementType.FLOAT32, lengths[b], 1, 4);
        for (int t = 0; t < lengths[b]; t++) {
          for (int c = 0; c < 4; c++) {
            alone.set(t, c, x.get(t * 3 + b, c));
          }
        }
        var run = stack.forward(tape, tape.constant(alone));
        for (int t = 0; t < 7; t++) {
          for (int c = 0; c < run.output().value().columns(); c++) {
            double expected = t < lengths[b] ? run.output().value().get(t, c) : 0;
            assertEquals(expected, whole.output().value().get(t * 3 + b, c));
          }
        }
        for (int i = 0; i < run.lastState().layers().size(); i++) {
          var last = run.lastState().layers().get(i).parts();
          for (int part = 0; part < last.size(); part++) {
            var row = whole.lastState().layers().get(i).parts().get(part).value().rows(b, 1);
            assertArrayEquals(values(last.get(part).value()), values(row));
          }
        }
      }
    }
  }

  /// A model of the cell learns a text that repeats itself, is saved under the cell's name, and
  /// steps as a stream to the bits of the sequence.
  @Test
  void aModelIsTrainedSavedAndStreamed() throws IOException {
    var architecture = Architecture.languageModel(5, 8, new Leaky(0.7), 16, 2).dropout(0.1);
    var model = SequenceModel.create(architecture, backend, arena, new CounterRandom(1));
    int[] text = new int[400];
    for (int i = 0; i < text.length; i++) {
      text[i] = i % 5;
    }
    var batches = ContiguousWindows.of(text, 2, 10);
    var options = TrainerOptions.of(LearningRateSchedule.constant(0.01));
    var optimizer = Optimizer.of(model.parameters(), Adam.of(0.01));
    try (var trainer = new Trainer(model, optimizer, batches, options)) {
      double loss = Double.NaN;
      for (int step = 0; step < 200; step++) {
        loss = trainer.step().loss();
      }
      assertTrue(loss < 0.05, "loss " + loss);
    }
    var file = folder.resolve("leaky.safetensors");
    model.save(file);

    var unknown =
        assertThrows(ModelFormatException.class, () -> SequenceModel.load(file, backend, arena));
    assertTrue(unknown.getMessage().contains("was leaky"), unknown.getMessage());
    var loaded = SequenceModel.load(file, backend, arena, CELLS);
    assertEquals(architecture, loaded.architecture());

    var streaming = StreamingOptions.standard().cells(CELLS);
    try (var stream = StreamingModel.load(file, streaming, arena);
        var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var tokens = Tokens.allocate(arena, 12, 1);
      for (int t = 0; t < 12; t++) {
        tokens.set(t, 0, (3 * t) % 5);
      }
      var state = model.newState(1, arena);
      var expected = loaded.forward(tape, tokens, state).logits().value();
      var streamed = stream.newState(arena);
      var output = new float[5];
      for (int t = 0; t < 12; t++) {
        stream.step(tokens.get(t, 0), streamed, output);
        for (int c = 0; c < 5; c++) {
          assertEquals((float) expected.get(t, c), output[c]);
        }
      }
    }
  }

  /// Stepped by hand it gives what a layer gives.
  @ParameterizedTest
  @MethodSource("cells")
  void aCellSteppedByHandIsTheLayer(CustomCell cell) {
    var layer =
        RecurrentOptions.of(cell, 4, 6)
            .create(new Parameters(backend, arena), new CounterRandom(2));
    var hand =
        RecurrentOptions.of(cell, 4, 6)
            .createCell(new Parameters(backend, arena), new CounterRandom(2));
    var x = random(5, 4, 3, 4);
    try (var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var run = layer.forward(tape, tape.constant(x));
      var state = hand.zeroState(tape, 3);
      for (int t = 0; t < 4; t++) {
        state = hand.step(tape, tape.constant(x.rows(t * 3, 3)), state);
      }
      assertArrayEquals(
          values(run.lastState().layers().getFirst().h().value()), values(state.h().value()));
    }
  }

  /// What watches recurrent layers sees it too.
  @ParameterizedTest
  @MethodSource("cells")
  void gradientsAreSeenOnTheirWay(CustomCell cell) {
    var stack =
        RecurrentOptions.of(cell, 4, 6)
            .create(new Parameters(backend, arena).at("own"), new CounterRandom(2));
    try (var workspace = new Workspace();
        var tape = Tape.record(backend, workspace, new CounterRandom(1))) {
      var flow = GradientFlow.on(tape);
      var run = stack.forward(tape, tape.constant(random(5, 6, 2, 4)));
      tape.backward(tape.sum(run.lastState().layers().getFirst().h()));
      var layer = flow.layers().getFirst();
      assertTrue(layer.name().startsWith("own."), layer.name());
      assertEquals(6, layer.steps());
      assertEquals(Math.sqrt(12), layer.norm(5), 1e-6);
      assertTrue(layer.norm(4) > 0);
    }
  }

  @Test
  void whatItCannotDoIsRefused() {
    var options = RecurrentOptions.of(new Leaky(0.3), 4, 6);
    assertRefused("the steps of a custom cell are not run again", () -> options.recompute(3));
    assertRefused("nothing can be left out inside", () -> options.zoneout(0.1, 0));
    assertRefused("nothing can be left out inside", () -> options.dropConnect(0.1));
    assertRefused("there are no cell states to keep", options::keepCells);
    assertRefused("family leaky is known already", () -> CELLS.with("leaky", _ -> new Leaky(0.1)));
    assertRefused("family must be lower-case", () -> CELLS.with("Leaky!", _ -> new Leaky(0.1)));
    assertRefused("a leaky cell knows no [speed]", () -> CELLS.parse("leaky speed=1"));
    assertEquals(new Leaky(0.25), CELLS.parse("leaky rate=0.25"));
    assertEquals(new Leaky(0.5), CELLS.parse("leaky"));
    assertEquals(Lstm.cell().withPeepholes(), CELLS.parse("lstm peepholes"));
  }

  /// A cell that gives another state than it names is told so.
  @Test
  void aStateOfAnotherShapeIsRefused() {
    record Wrong() implements CustomCell {
      @Override
      public String family() {
        return "wrong";
      }

      @Override
      public List<ParameterShape> parameters(int inputSize, int hiddenSize) {
        return List.of(
            ParameterShape.of("weight_ih", Role.INPUT_WEIGHT, hiddenSize + 1, inputSize));
      }

      @Override
      public CellState step(Tape tape, CellParameters p, Variable x, CellState before) {
        return new CellState(p.product("weight_ih", x));
      }
    }

    var stack =
        RecurrentOptions.of(new Wrong(), 4, 6)
            .create(new Parameters(backend, arena), new CounterRandom(1));
    try (var workspace = new Workspace();
        var tape = Tape.evaluate(backend, workspace)) {
      var e =
          assertThrows(
              IllegalStateException.class,
              () -> stack.forward(tape, tape.constant(random(1, 2, 3, 4))));
      assertEquals("cell wrong gives h as [3, 7] FLOAT32, expected [3, 6]", e.getMessage());
      var state = new StackState(List.of(new CellState(tape.constant(random(1, 3, 5)))));
      assertRefused(
          "state h is [3, 5] FLOAT32, expected [3, 6]",
          () -> stack.forward(tape, tape.constant(random(1, 2, 3, 4)), state));
    }
  }

  private static void assertRefused(String message, Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }
}
