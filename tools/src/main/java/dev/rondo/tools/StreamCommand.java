package dev.rondo.tools;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.SequenceModel;
import dev.rondo.stream.StreamingModel;
import dev.rondo.stream.StreamingOptions;
import dev.rondo.stream.StreamingState;
import dev.rondo.tools.lm.LanguageModel;
import dev.rondo.tools.text.TokenLevel;
import dev.rondo.tools.text.Vocabulary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rondo stream`: a model reads standard input line by line. It is also the smallest example of
/// embedding: [#call] opens a model and a state, and `step` takes one step of the stream.
@Command(
    name = "stream",
    description = {
      "Run a model over standard input, one line in, one line out. Defaults in brackets.",
      "",
      "A line is one input: numbers with commas between them; for a model of lm train its next"
          + " characters or words, an empty line being a line's end; for other models of tokens"
          + " a token's number. A line of output has numbers with commas between them, or the most"
          + " probable next tokens, each with its probability.",
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the input has ended",
      "1:a line, the model or the snapshot is wrong; no snapshot is written then",
      "2:the command line is wrong"
    })
final class StreamCommand implements Callable<Integer> {
  /// The number of lines after which a closed output is detected.
  private static final int MOST_UNFLUSHED = 256;

  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "FILE", description = "A model file.")
  private Path file;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "Show the N largest outputs; 0: all. [5 for a model of lm train, else 0]")
  private Integer top;

  @Option(
      names = "--output",
      paramLabel = "F",
      description = "identity, sigmoid or softmax. [softmax for lm train, else the model's own]")
  private StreamingOptions.Output output;

  @Option(
      names = "--weights",
      paramLabel = "FORMAT",
      description = "Keep weights as float32, bfloat16 or int8. [float32]")
  private WeightFormat weights = WeightFormat.FLOAT32;

  @Option(names = "--restore", paramLabel = "FILE", description = "Go on from this snapshot.")
  private Path restore;

  @Option(names = "--snapshot", paramLabel = "FILE", description = "Save the state at the end.")
  private Path snapshot;

  @Option(
      names = "--snapshot-every",
      paramLabel = "N",
      description = "Save it after every N lines, too.")
  private long every;

  @Option(names = "--warm-up", description = "Have kernels compiled before the first line.")
  private boolean warmUp;

  private Vocabulary vocabulary; // null if the model has none

  /// Made by picocli.
  StreamCommand() {}

  @Override
  public Integer call() throws IOException {
    if ((top != null && top < 0) || every < 0 || (every > 0 && snapshot == null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--top and --snapshot-every must not be negative, the latter needs --snapshot");
    }
    try (var arena = Arena.ofConfined();
        var backend = Backend.best(Threads.one())) {
      var trained = SequenceModel.load(file, backend, arena);
      vocabulary = LanguageModel.vocabulary(trained, file);
      var common =
          vocabulary == null ? StreamingOptions.Output.OF_MODEL : StreamingOptions.Output.SOFTMAX;
      var options =
          StreamingOptions.standard()
              .weights(weights)
              .output(output == null ? common : output)
              .backend(backend);
      try (var model = StreamingModel.compile(trained, options, arena)) {
        var state = model.newState(arena);
        if (restore != null) {
          state.load(restore);
        }
        if (warmUp) {
          spec.commandLine().getErr().println(model.warmUp());
        }
        run(model, state);
        if (snapshot != null) {
          state.save(snapshot);
        }
      }
    }
    return 0;
  }

  private void run(StreamingModel model, StreamingState state) throws IOException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = spec.commandLine().getOut();
    float[] outputs = new float[model.outputSize()];
    long number = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      number++;
      try {
        step(model, line, state, outputs);
      } catch (IllegalArgumentException e) {
        out.flush();
        throw new IllegalArgumentException("line %d: %s".formatted(number, e.getMessage()), e);
      }
      out.print(text(outputs) + System.lineSeparator());
      boolean saves = every > 0 && number % every == 0;
      // checkError flushes: before input is awaited, and before the state is saved
      boolean flushes = saves || number % MOST_UNFLUSHED == 0 || !in.ready();
      if (flushes && out.checkError()) {
        throw new IOException("nobody reads the output any more");
      }
      if (saves) {
        state.save(snapshot);
      }
    }
    out.flush();
  }

  /// Takes one step, or one for each token of a line; `outputs` are those of the last step.
  private void step(StreamingModel model, String line, StreamingState state, float[] outputs) {
    if (!model.stack().takesTokens()) {
      model.step(numbers(line, model.inputSize()), state, outputs);
      return;
    }
    for (int token : tokens(line)) {
      model.step(token, state, outputs);
    }
  }

  private int[] tokens(String line) {
    if (vocabulary == null) {
      return new int[] {number(line, 1, Integer::parseInt)};
    }
    var encoded = vocabulary.encode(line.isEmpty() ? Vocabulary.NEWLINE : line);
    boolean lacks = vocabulary.level() == TokenLevel.CHAR && !encoded.complete();
    if (lacks || encoded.tokens().length == 0) {
      throw new IllegalArgumentException(
          "%s, expected %ss of the model's vocabulary"
              .formatted(
                  encoded.complete() ? "white space" : encoded.describeUnknown(),
                  vocabulary.level().unit()));
    }
    return encoded.tokens();
  }

  private static float[] numbers(String line, int count) {
    String[] fields = line.split(",", -1);
    if (fields.length != count) {
      throw new IllegalArgumentException("%d numbers, expected %d".formatted(fields.length, count));
    }
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = number(fields[i], i + 1, Float::parseFloat);
      if (!Float.isFinite(numbers[i])) { // the state would never recover from it
        throw new IllegalArgumentException(
            "number %d is %s, expected a finite one".formatted(i + 1, fields[i]));
      }
    }
    return numbers;
  }

  private static <N> N number(String field, int place, Function<String, N> parse) {
    try {
      return parse.apply(field.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "number %d is '%s', expected a number".formatted(place, field), e);
    }
  }

  private String text(float[] outputs) {
    int most = top != null ? top : vocabulary == null ? 0 : 5;
    var indexes = IntStream.range(0, outputs.length).boxed();
    if (most == 0) {
      return indexes.map(i -> Float.toString(outputs[i])).collect(Collectors.joining(","));
    }
    return indexes
        .sorted(Comparator.comparingDouble(i -> -outputs[i]))
        .limit(most)
        .map(i -> name(i) + "," + outputs[i])
        .collect(Collectors.joining(","));
  }

  /// A token in quotes, as in CSV; the end of a line is `\n`.
  private String name(int output) {
    if (vocabulary == null) {
      return Integer.toString(output);
    }
    String token = vocabulary.token(output).replace("\\", "\\\\").replace("\n", "\\n");
    return '"' + token.replace("\"", "\"\"") + '"';
  }
}
