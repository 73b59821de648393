package dev.rondo.tools.lm;

import dev.rondo.autograd.Tape;
import dev.rondo.decode.Sampler;
import dev.rondo.decode.SamplerOptions;
import dev.rondo.nn.recurrent.RecurrentState;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import dev.rondo.tools.text.Vocabulary;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Generates text with a language model, one step of the model per token, for one text or several
/// side by side.
///
/// A text starts as after the end of a line, if the vocabulary has one: there the model has learned
/// most. Not thread-safe.
final class TextWriter implements AutoCloseable {
  private final LanguageModel language;
  private final Sampler sampler;
  private final CounterRandom random;
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace = new Workspace();
  private final RecurrentState state;
  private final int[] inputs;
  private final int[] choices;

  /// A writer of `count` texts side by side.
  ///
  /// @param random the random numbers of the choices
  TextWriter(LanguageModel language, SamplerOptions options, int count, CounterRandom random) {
    this.language = language;
    this.sampler = new Sampler(options);
    this.random = random;
    this.state = language.model().newState(count, arena);
    this.inputs = new int[count];
    this.choices = new int[count];
  }

  /// The token before every text.
  static int start(Vocabulary vocabulary) {
    return Math.max(vocabulary.number(Vocabulary.NEWLINE), 0);
  }

  /// Takes one step: reads a token of each text. Afterwards `choices` holds the next tokens of the
  /// texts that `choosing` selects.
  private void step(Choosing choosing) {
    var model = language.model();
    try (var tape = Tape.evaluate(model.parameters().backend(), workspace)) {
      var tokens = workspace.tokens(1, inputs.length);
      for (int b = 0; b < inputs.length; b++) {
        tokens.set(0, b, inputs[b]);
      }
      var run = model.forward(tape, tokens, state);
      run.lastState().copyTo(state);
      for (int b = 0; b < inputs.length; b++) {
        if (choosing.wanted(b)) {
          choices[b] = sampler.choose(run.logits().value(), b, random);
        }
      }
    }
  }

  private interface Choosing {
    boolean wanted(int text);
  }

  /// Receives the tokens of a single text one by one.
  interface TokenSink {
    /// Receives one token and says whether to go on.
    boolean take(int token);
  }

  /// Writes one text: reads the start and `prompt`, then gives `length` tokens to `sink`.
  void write(int[] prompt, int length, TokenSink sink) {
    inputs[0] = start(language.vocabulary());
    for (int token : prompt) {
      step(_ -> false);
      inputs[0] = token;
    }
    for (int i = 0; i < length; i++) {
      step(_ -> true);
      inputs[0] = choices[0];
      if (!sink.take(choices[0])) {
        return;
      }
    }
  }

  /// A text of `length` tokens without a prompt.
  String write(int length) {
    var tokens = new int[length];
    int[] count = {0};
    write(
        new int[0],
        length,
        token -> {
          tokens[count[0]++] = token;
          return true;
        });
    return language.vocabulary().decode(tokens);
  }

  /// Completes lines side by side. Each prompt is read and then continued to the end of its line,
  /// which is not part of the result.
  ///
  /// @param prompts one for each text of this writer; the vocabulary must know them
  /// @param mostTokens the number of tokens after which an unfinished line is returned as it is
  List<String> completeLines(List<String> prompts, int mostTokens) {
    var vocabulary = language.vocabulary();
    int newline = vocabulary.number(Vocabulary.NEWLINE);
    var given = prompts.stream().map(prompt -> vocabulary.encode(prompt).tokens()).toList();
    var results = new ArrayList<StringBuilder>();
    var ended = new boolean[inputs.length];
    for (int b = 0; b < inputs.length; b++) {
      inputs[b] = start(vocabulary);
      results.add(new StringBuilder());
    }
    int open = inputs.length;
    for (int t = 0; t < mostTokens && open > 0; t++) {
      int now = t;
      step(b -> !ended[b] && now >= given.get(b).length);
      for (int b = 0; b < inputs.length; b++) {
        if (t < given.get(b).length) {
          inputs[b] = given.get(b)[t];
        } else if (!ended[b]) {
          inputs[b] = choices[b];
          if (choices[b] == newline) {
            ended[b] = true;
            open--;
          } else {
            results.get(b).append(vocabulary.token(choices[b]));
          }
        }
      }
    }
    return results.stream().map(StringBuilder::toString).toList();
  }

  @Override
  public void close() {
    workspace.close();
    arena.close();
  }
}
