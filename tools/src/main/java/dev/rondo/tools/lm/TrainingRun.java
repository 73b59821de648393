package dev.rondo.tools.lm;

import dev.rondo.data.ContiguousWindows;
import dev.rondo.decode.SamplerOptions;
import dev.rondo.io.SafeTensors;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.model.Architecture;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.LstmGate;
import dev.rondo.random.CounterRandom;
import dev.rondo.tools.text.TokenLevel;
import dev.rondo.train.Checkpoint;
import dev.rondo.train.EarlyStopping;
import dev.rondo.train.Evaluation;
import dev.rondo.train.Trainer;
import dev.rondo.train.TrainerOptions;
import dev.rondo.train.TrainingStep;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One run of `lm train`: from a recipe and a text, or a checkpoint, to a model file.
///
/// After the last step of an epoch the model is evaluated before anything is saved. A checkpoint is
/// therefore always that of a finished step, and the run that continues it equals one that never
/// stopped. Nothing that is saved depends on time, threads or kernels.
final class TrainingRun {
  /// Labels of generators forked from that of the seed, beyond those of [NumbersCorpus].
  private static final long MODEL_STREAM = 1000;

  private static final long DROPOUT_STREAM = 1001;
  private static final long SAMPLE_STREAM = 1002;

  /// The generated text is one long epoch; after so many steps the progress is shown.
  private static final int NUMBERS_REPORT_EVERY = 500;

  /// The number of windows after which the state is reset to zero. Prompts start from a zero state,
  /// while freely written lines follow one another.
  private static final int NUMBERS_START_EVERY = 4;

  private static final int SAMPLE_CHARACTERS = 300;
  private static final int SAMPLE_WORDS = 60;
  private static final double SAMPLE_TEMPERATURE = 0.8;

  private final Map<String, String> given;
  private final List<Path> files;
  private final TrainingLength asked;
  private final Path resume;
  private final TrainingOutput output;
  private final int threads;
  private final TrainingConsole console;
  private TrainingRecipe recipe;

  // made at the start of the run
  private Corpus corpus;
  private LanguageModel language;
  private Trainer trainer;
  private EarlyStopping stopping;
  private long lastStep;

  // of the last step; null and 0 before the first step of this process
  private TrainingStep last;
  private double tokensPerSecond;

  // the newest validation loss
  private double nats = Double.NaN;

  /// @param recipe used if there is no checkpoint
  /// @param given the values of the recipe that the user gave
  /// @param files the text; null for the corpus of numbers
  /// @param resume the checkpoint to continue; null for a new run
  TrainingRun(
      TrainingRecipe recipe,
      Map<String, String> given,
      List<Path> files,
      TrainingLength asked,
      Path resume,
      TrainingOutput output,
      int threads,
      TrainingConsole console) {
    this.recipe = recipe;
    this.given = given;
    this.files = files;
    this.asked = asked;
    this.resume = resume;
    this.output = output;
    this.threads = threads;
    this.console = console;
  }

  /// Trains.
  ///
  /// @return 0, or 130 or 143 if a signal ended the run early
  int run() throws IOException {
    try (var arena = Arena.ofShared();
        var backend = Backend.best(Threads.of(threads))) {
      if (resume == null) {
        return begin(backend, arena);
      }
      LanguageModel.requireFile(resume);
      try (var checkpoint = SafeTensors.open(resume)) {
        return resume(checkpoint, backend, arena);
      }
    }
  }

  private int begin(Backend backend, Arena arena) throws IOException {
    readCorpus(asked);
    var architecture =
        Architecture.languageModel(
                corpus.vocabulary().size(),
                recipe.integer("embedding"),
                recipe.cell(),
                recipe.integer("hidden"),
                recipe.integer("layers"))
            .dropout(recipe.number("dropout"));
    boolean forgets = recipe.cell().gateNames().contains(LstmGate.FORGET);
    if (forgets && recipe.number("forget-bias") != 0) {
      architecture = architecture.forgetBias(recipe.number("forget-bias"));
    }
    var model = SequenceModel.create(architecture, backend, arena, stream(MODEL_STREAM));
    return train(model, null, asked, arena);
  }

  private int resume(SafeTensors checkpoint, Backend backend, Arena arena) throws IOException {
    var saved = new SavedRun(Checkpoint.extra(checkpoint), resume);
    saved.requireSameKind(files == null);
    recipe = saved.recipe();
    recipe.requireAgreement(given);
    var length = asked.asked() ? asked : saved.length();
    if (files == null && length.steps() != saved.length().steps()) {
      throw new IllegalArgumentException(
          "%s is a run of %d steps, and the made-up text depends on that"
              .formatted(resume, saved.length().steps()));
    }
    readCorpus(length);
    saved.requireSameText(corpus);
    var model = LanguageModel.load(resume, backend, arena).model();
    return train(model, checkpoint, length, arena);
  }

  private void readCorpus(TrainingLength length) throws IOException {
    corpus =
        files == null ? Corpus.ofNumbers(recipe, length.steps()) : Corpus.ofFiles(files, recipe);
  }

  private int train(SequenceModel model, SafeTensors checkpoint, TrainingLength length, Arena arena)
      throws IOException {
    language = new LanguageModel(model, corpus.vocabulary());
    var windows = windows();
    lastStep = length.inSteps(windows.batchesPerEpoch());
    var options =
        TrainerOptions.of(recipe.schedule(lastStep))
            .clipNorm(recipe.clipNorm())
            .seed(stream(DROPOUT_STREAM).key());
    stopping = recipe.stopping(model.parameters(), arena);
    if (stopping != null && corpus.validation().length == 0) {
      throw new IllegalArgumentException("--patience needs a validation text");
    }
    try (var newTrainer =
        new Trainer(model, recipe.optimizer(model.parameters()), windows, options)) {
      trainer = newTrainer;
      if (checkpoint != null) {
        trainer.restore(checkpoint, stopping);
      }
      describe();
      return train(windows.batchesPerEpoch());
    }
  }

  private ContiguousWindows windows() {
    try {
      var windows =
          ContiguousWindows.of(corpus.training(), recipe.integer("batch"), recipe.integer("bptt"));
      return files == null ? windows.startingEvery(NUMBERS_START_EVERY) : windows;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the text is too short for one window: " + e.getMessage(), e);
    }
  }

  private CounterRandom stream(long label) {
    return new CounterRandom(recipe.seed()).fork(label);
  }

  private void describe() {
    var level = corpus.vocabulary().level().unit();
    console.note(
        String.format(
            Locale.ROOT,
            "%,d %ss to learn from, %,d to measure on, %,d different; %,d weights; step %,d to %,d",
            corpus.training().length,
            level,
            corpus.validation().length,
            corpus.vocabulary().size(),
            language.model().parameters().count(),
            trainer.steps(),
            lastStep));
  }

  private int train(int stepsPerEpoch) throws IOException {
    try (var interruption = Interruption.await();
        var metrics =
            output.metrics() == null
                ? Metrics.NONE
                : Metrics.open(output.metrics(), trainer.steps())) {
      if (!steps(interruption, metrics)) {
        sayStopped();
        return interruption.exitCode();
      }
      finish(stepsPerEpoch, metrics);
      return 0;
    }
  }

  /// Runs the remaining steps.
  ///
  /// @return false if a signal ended them early
  private boolean steps(Interruption interruption, Metrics metrics) throws IOException {
    try (var progress = console.progress(trainer.steps(), lastStep)) {
      while (!ended()) {
        last = trainer.step();
        progress.step(last, trainer.steps());
        tokensPerSecond = progress.tokensPerSecond();
        metrics.training(last, tokensPerSecond);
        long before = System.nanoTime();
        if (last.epochEnded()) {
          endEpoch(metrics);
        } else if (files == null && trainer.steps() % NUMBERS_REPORT_EVERY == 0) {
          report(metrics);
        }
        boolean interrupted = interruption.requested();
        if (last.epochEnded() || ended() || interrupted || output.due(trainer.steps())) {
          saveCheckpoint();
        }
        progress.pause(System.nanoTime() - before);
        if (interrupted && !ended()) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean ended() {
    return trainer.steps() >= lastStep || (stopping != null && stopping.shouldStop());
  }

  private void endEpoch(Metrics metrics) throws IOException {
    report(metrics);
    if (stopping != null) {
      stopping.observe(nats);
    }
  }

  /// Evaluates the model and lets it write a few lines.
  private void report(Metrics metrics) throws IOException {
    var where = "epoch %d, step %d".formatted(last.epoch() + 1, trainer.steps());
    if (corpus.validation().length > 0) {
      nats = measure();
      metrics.validation(last, nats, tokensPerSecond);
      console.result(where + ": " + score(nats));
    } else {
      console.result(where);
    }
    console.result(sample().strip().indent(2).stripTrailing());
  }

  private double measure() {
    return Evaluation.of(language.model(), corpus.validation()).nats();
  }

  private TextScore score(double nats) {
    return new TextScore(nats, corpus.vocabulary().level());
  }

  private String sample() {
    var random = stream(SAMPLE_STREAM).fork(trainer.steps());
    var options = SamplerOptions.of(SAMPLE_TEMPERATURE);
    boolean words = corpus.vocabulary().level() == TokenLevel.WORD;
    try (var writer = new TextWriter(language, options, 1, random)) {
      return writer.write(words ? SAMPLE_WORDS : SAMPLE_CHARACTERS);
    }
  }

  private void saveCheckpoint() throws IOException {
    if (output.model() != null) {
      var extra = SavedRun.extra(recipe, corpus, files == null, lastStep);
      TrainingOutput.save(
          output.checkpoint(), file -> trainer.saveCheckpoint(file, stopping, extra));
    }
  }

  private void sayStopped() {
    console.note(
        output.model() == null
            ? "stopped after step %d; nothing is kept without --out".formatted(trainer.steps())
            : "stopped after step %d; continue with --resume %s"
                .formatted(trainer.steps(), output.checkpoint()));
  }

  /// Evaluates the final model and writes it: the best one if there is patience.
  private void finish(int stepsPerEpoch, Metrics metrics) throws IOException {
    boolean measured = corpus.validation().length > 0;
    if (measured && (last == null || !last.epochEnded())) {
      nats = measure();
      if (last != null) {
        metrics.validation(last, nats, tokensPerSecond);
      }
    }
    if (stopping != null) {
      // at the end of an epoch this was observed before the checkpoint was written
      if (trainer.steps() % stepsPerEpoch != 0) {
        stopping.observe(nats);
      }
      stopping.restoreBest();
      nats = stopping.bestLoss();
    }
    if (output.model() != null) {
      TrainingOutput.save(output.model(), language.model()::save);
      console.note("the model is in " + output.model());
    }
    if (files == null) {
      console.result("20 lines of its own:");
      NumbersExam.freeSamples(language, stream(SAMPLE_STREAM))
          .forEach(line -> console.result("  " + line));
    }
    if (measured) {
      console.result(score(nats).toString());
    }
    if (files == null) {
      int right = NumbersExam.exactlyRight(language, new NumbersCorpus(recipe.seed()));
      console.result("exactly right: %d of %d".formatted(right, NumbersExam.QUESTIONS));
    }
  }
}
