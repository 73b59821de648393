package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.PlainOperation;
import dev.rondo.autograd.Tape;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.nn.recurrent.Lstm;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
import dev.rondo.optim.Optimizer;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The examples in README and in the page on checking gradients compile, are what stands here, and
/// do what the pages say.
class ReadmeExampleTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path CHECKING = Path.of("..", "docs", "checking-gradients.md");
  private static final Path THIS =
      Path.of("src/test/java/dev/rondo/properties/ReadmeExampleTest.java");

  @Test
  void theExampleLearnsTheAlphabet() {
    assertTrue(train() < 0.05);
  }

  private static double train() {
    double last = Double.NaN;
    // example: begin
    try (var memory = Arena.ofShared();
        var backend = Backend.best(Threads.of(2)); // vector kernels, else scalar, said once
        var workspace = new Workspace()) {
      var random = new CounterRandom(42);
      var parameters = new Parameters(backend, memory); // the state dict: names, values, gradients
      var embedding = Embedding.of(26, 16).create(parameters.at("embedding"), random.next());
      var lstm = Lstm.of(16, 64).layers(2).create(parameters.at("lstm"), random.next());
      var head = Linear.of(64, 26).create(parameters.at("head"), random.next());
      var adam = Optimizer.of(parameters, Adam.of(1e-2));
      var state = lstm.newState(4, memory); // the caller's, outside the workspace
      var letters = Tokens.allocate(memory, 14, 4); // 4 sequences of 13 steps and their targets
      for (int window = 0; window < 100; window++) {
        for (int i = 0; i < letters.size(); i++) {
          letters.set(i / 4, i % 4, (13 * window + 5 * (i % 4) + i / 4) % 26);
        }
        try (var tape = Tape.record(backend, workspace, random.next())) {
          var run = lstm.forward(tape, embedding.forward(tape, letters.steps(0, 13)), state);
          var logits = head.forward(tape, run.output());
          var loss = CrossEntropy.mean(tape, logits, letters.steps(1, 13));
          tape.backward(loss);
          run.lastState().copyTo(state); // truncated BPTT: values go on, the gradient does not
          last = loss.value().scalar();
        }
        GradientClipping.byGlobalNorm(parameters, 5.0);
        adam.step();
        parameters.clearGradients();
      }
    }
    // example: end
    return last;
  }

  // operation: begin
  /// h_t = a∘h_(t-1) + x_t, in plain loops over time and units.
  record Leak(int steps, int units) implements PlainOperation {
    @Override
    public void forward(double[][] in, double[] h) {
      for (int i = 0; i < steps * units; i++) {
        h[i] = in[0][i] + (i < units ? 0 : in[1][i % units] * h[i - units]);
      }
    }

    @Override
    public void backward(double[][] in, double[] h, double[] dh, double[][] out) {
      for (int i = steps * units - 1; i >= 0; i--) {
        out[0][i] += dh[i];
        if (i >= units) {
          out[1][i % units] += h[i] * dh[i]; // the mistake: h[i - units], the state before
          dh[i - units] += in[1][i % units] * dh[i];
        }
      }
    }
  }

  // operation: end

  private static GradientReport report() {
    // mistake: begin
    try (var check = new GradientCheck(42)) {
      check.input("x", 4, 3);
      check.input("a", 3);
      return check.run((tape, in) ->
          List.of(tape.operation(new int[] {4, 3}, new Leak(4, 3), in.get("x"), in.get("a"))));
    }
    // mistake: end
  }

  @Test
  void theMistakeIsFoundAndThePageShowsTheReport() throws IOException {
    var report = report();
    assertFalse(report.passes());
    String page = Files.readString(CHECKING);
    assertTrue(page.contains("```\n" + report.text() + "```\n"), report.text());
    String code = example("operation") + example("mistake");
    assertTrue(page.contains("```java\n" + code + "```\n"), code);
  }

  @Test
  void readmeShowsThisExample() throws IOException {
    assertEquals(example("example"), javaBlock(Files.readString(README)));
  }

  /// The lines between two comments of this file, as far to the left as they go.
  private static String example(String name) throws IOException {
    var lines = Files.readAllLines(THIS);
    int begin = -1;
    int end = -1;
    for (int i = 0; i < lines.size(); i++) {
      begin = lines.get(i).strip().equals("// %s: begin".formatted(name)) ? i + 1 : begin;
      end = lines.get(i).strip().equals("// %s: end".formatted(name)) ? i : end;
    }
    var block = lines.subList(begin, end);
    int indent =
        block.stream()
            .filter(line -> !line.isBlank())
            .mapToInt(line -> line.length() - line.stripLeading().length())
            .min()
            .orElse(0);
    return block.stream()
        .map(line -> line.isBlank() ? "" : line.substring(indent))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /// The first block of Java in a Markdown text.
  private static String javaBlock(String markdown) {
    int begin = markdown.indexOf("```java\n") + "```java\n".length();
    return markdown.substring(begin, markdown.indexOf("```", begin));
  }
}
