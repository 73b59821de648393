package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.check.GradientCheck;
import dev.rondo.check.GradientReport;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.Embedding;
import dev.rondo.nn.Linear;
import dev.rondo.nn.Lstm;
import dev.rondo.nn.loss.CrossEntropy;
import dev.rondo.optim.Adam;
import dev.rondo.optim.GradientClipping;
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

/// The example in README compiles, is what stands here, and learns what it says.
class ReadmeExampleTest {
  private static final Path README = Path.of("..", "README.md");
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
      var adam = Adam.of(parameters, 1e-2);
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

  private static GradientReport report() {
    // mistake: begin
    try (var check = new GradientCheck(42)) {
      check.input("x", 2, 3);
      return check.run((tape, in) -> {
        var x = in.get("x");
        var y = tape.uninitialized(2, 3);
        var kernel = tape.backend().arithmetic();
        kernel.multiply(x.value(), x.value(), y); // y = x²
        return List.of(
            tape.operation(
                y, // dx += x∘dy: a factor of 2 is missing
                result -> kernel.accumulateProduct(x.value(), result.gradient(), x.gradient()),
                x));
      });
    }
    // mistake: end
  }

  @Test
  void theMistakeIsFoundAndReadmeShowsWhatIsSaidOfIt() throws IOException {
    var report = report();
    assertFalse(report.passes());
    String readme = Files.readString(README);
    assertTrue(readme.contains("```\n" + report.text() + "```\n"), report.text());
    assertTrue(readme.contains("```java\n" + example("mistake") + "```\n"), example("mistake"));
  }

  @Test
  void readmeShowsThisExample() throws IOException {
    assertEquals(example("example"), javaBlock(Files.readString(README)));
  }

  /// The lines between two comments of this file.
  private static String example(String name) throws IOException {
    String source = Files.readString(THIS);
    String first = "// %s: begin\n".formatted(name);
    int begin = source.indexOf(first) + first.length();
    String lines =
        source.substring(begin, source.indexOf("    // %s: end\n".formatted(name), begin));
    return unindented(lines);
  }

  private static String unindented(String code) {
    return code.lines()
        .map(line -> line.startsWith("    ") ? line.substring(4) : line)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /// The first block of Java in a Markdown text.
  private static String javaBlock(String markdown) {
    int begin = markdown.indexOf("```java\n") + "```java\n".length();
    return markdown.substring(begin, markdown.indexOf("```", begin));
  }
}
