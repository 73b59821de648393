package dev.rondo.model;

import dev.rondo.model.Architecture.DenseInput;
import dev.rondo.model.Architecture.Input;
import dev.rondo.model.Architecture.TokenInput;
import dev.rondo.nn.recurrent.CellKind;
import dev.rondo.nn.recurrent.CellOptions;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.nn.recurrent.Skip;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// An [Architecture] as text by key. Format 1 has the first nine keys; format 2 has any cell, and
/// the other keys where their values are not the common ones.
final class ArchitectureText {
  private static final String FORMAT = "rondo.model";
  private static final String FORMAT_1 = "sequence-model/1";
  private static final String FORMAT_2 = "sequence-model/2";
  private static final String INPUT = "rondo.input";
  private static final String INPUT_SIZE = "rondo.input_size";
  private static final String EMBEDDING = "rondo.embedding_size";
  private static final String CELL = "rondo.cell";
  private static final String HIDDEN = "rondo.hidden_size";
  private static final String LAYERS = "rondo.layers";
  private static final String DROPOUT = "rondo.dropout";
  private static final String OUTPUT_SIZE = "rondo.output_size";
  private static final Set<String> KEYS_1 =
      Set.of(FORMAT, INPUT, INPUT_SIZE, EMBEDDING, CELL, HIDDEN, LAYERS, DROPOUT, OUTPUT_SIZE);

  private static final String DIRECTION = "rondo.direction";
  private static final String MERGE = "rondo.merge";
  private static final String SKIP = "rondo.skip";
  private static final String LOCKED = "rondo.dropout_locked";
  private static final String STATE_DROPOUT = "rondo.dropout_state";
  private static final String CANDIDATE_DROPOUT = "rondo.dropout_candidate";
  private static final String ZONEOUT_HIDDEN = "rondo.zoneout_hidden";
  private static final String ZONEOUT_CELL = "rondo.zoneout_cell";
  private static final String DROP_CONNECT = "rondo.drop_connect";
  private static final String LEARNED_STATE = "rondo.learned_initial_state";
  private static final String LAYER_NORM = "rondo.layer_norm";
  private static final String OUTPUT = "rondo.output";
  private static final Set<String> KEYS_2 =
      Set.of(
          DIRECTION,
          MERGE,
          SKIP,
          LOCKED,
          STATE_DROPOUT,
          CANDIDATE_DROPOUT,
          ZONEOUT_HIDDEN,
          ZONEOUT_CELL,
          DROP_CONNECT,
          LEARNED_STATE,
          LAYER_NORM,
          OUTPUT);

  private final Map<String, String> metadata;

  private ArchitectureText(Map<String, String> metadata) {
    this.metadata = metadata;
  }

  static Map<String, String> write(Architecture architecture) {
    var text = new ArchitectureText(new LinkedHashMap<>());
    text.put(FORMAT, FORMAT_1);
    text.common(architecture);
    int common = text.metadata.size();
    text.rest(architecture);
    if (text.metadata.size() > common || isComposed(architecture.cell())) {
      text.put(FORMAT, FORMAT_2);
    }
    return text.metadata;
  }

  /// Whether a cell is more than its label.
  private static boolean isComposed(CellOptions cell) {
    return Arrays.stream(CellKind.values()).noneMatch(kind -> kind.label().equals(cell.text()));
  }

  private void put(String key, String value) {
    metadata.put(key, value);
  }

  private void common(Architecture architecture) {
    switch (architecture.input()) {
      case TokenInput tokens -> {
        put(INPUT, "tokens");
        put(INPUT_SIZE, Integer.toString(tokens.vocabularySize()));
        put(EMBEDDING, Integer.toString(tokens.embeddingSize()));
      }
      case DenseInput dense -> {
        put(INPUT, "dense");
        put(INPUT_SIZE, Integer.toString(dense.size()));
      }
    }
    put(CELL, architecture.cell().text());
    put(HIDDEN, Integer.toString(architecture.hiddenSize()));
    put(LAYERS, Integer.toString(architecture.layers()));
    put(DROPOUT, Double.toString(architecture.dropout()));
    put(OUTPUT_SIZE, Integer.toString(architecture.outputSize()));
  }

  private void rest(Architecture architecture) {
    var stack = architecture.stack();
    putUnless(Direction.FORWARD, DIRECTION, stack.direction());
    putUnless(Merge.CONCAT, MERGE, stack.merge());
    putUnless(Skip.NONE, SKIP, stack.skip());
    var regularization = stack.regularization();
    putIf(LOCKED, regularization.locked());
    putUnlessZero(STATE_DROPOUT, regularization.state());
    putUnlessZero(CANDIDATE_DROPOUT, regularization.candidate());
    putUnlessZero(ZONEOUT_HIDDEN, regularization.zoneoutHidden());
    putUnlessZero(ZONEOUT_CELL, regularization.zoneoutCell());
    putUnlessZero(DROP_CONNECT, regularization.dropConnect());
    putIf(LEARNED_STATE, stack.learnsInitialState());
    putIf(LAYER_NORM, architecture.normalizesTop());
    if (architecture.outputFunction() != OutputFunction.IDENTITY) {
      put(OUTPUT, architecture.outputFunction().label());
    }
  }

  private <E extends Enum<E>> void putUnless(E common, String key, E value) {
    if (value != common) {
      put(key, label(value));
    }
  }

  private void putIf(String key, boolean value) {
    if (value) {
      put(key, "true");
    }
  }

  private void putUnlessZero(String key, double value) {
    if (value != 0) {
      put(key, Double.toString(value));
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static Architecture read(Map<String, String> metadata) {
    var text = new ArchitectureText(metadata);
    String format = text.text(FORMAT);
    boolean second = format.equals(FORMAT_2);
    if (!second && !format.equals(FORMAT_1)) {
      throw new IllegalArgumentException(
          "%s is %s, expected %s or %s".formatted(FORMAT, format, FORMAT_1, FORMAT_2));
    }
    text.requireKnownKeys(second);
    String cell = text.text(CELL);
    var stack =
        new LayerStack(
            // format 1 has the common cells only
            CellOptions.parse(second ? cell : CellKind.of(cell).label()),
            text.integer(HIDDEN),
            text.integer(LAYERS),
            text.choice(DIRECTION, Direction.FORWARD),
            text.choice(MERGE, Merge.CONCAT),
            text.choice(SKIP, Skip.NONE),
            text.regularization(),
            text.flag(LEARNED_STATE));
    return new Architecture(
        text.input(),
        stack,
        text.flag(LAYER_NORM),
        text.integer(OUTPUT_SIZE),
        OutputFunction.of(metadata.getOrDefault(OUTPUT, OutputFunction.IDENTITY.label())));
  }

  /// What is not understood may change what a model computes. Keys with another dot, such as
  /// `rondo.train.step`, are of others.
  private void requireKnownKeys(boolean second) {
    var known = new HashSet<>(KEYS_1);
    if (second) {
      known.addAll(KEYS_2);
    }
    for (String key : metadata.keySet()) {
      boolean ours = Architecture.isReserved(key) && key.indexOf('.') == key.lastIndexOf('.');
      if (ours && !known.contains(key)) {
        throw new IllegalArgumentException(
            "%s is not a key of %s".formatted(key, metadata.get(FORMAT)));
      }
    }
  }

  private Input input() {
    int size = integer(INPUT_SIZE);
    String kind = text(INPUT);
    return switch (kind) {
      case "tokens" -> new TokenInput(size, integer(EMBEDDING));
      case "dense" -> new DenseInput(size);
      default ->
          throw new IllegalArgumentException(
              "%s is %s, expected tokens or dense".formatted(INPUT, kind));
    };
  }

  private Regularization regularization() {
    return new Regularization(
        number(DROPOUT, text(DROPOUT)),
        flag(LOCKED),
        number(STATE_DROPOUT),
        number(CANDIDATE_DROPOUT),
        number(ZONEOUT_HIDDEN),
        number(ZONEOUT_CELL),
        number(DROP_CONNECT));
  }

  private String text(String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing: not a sequence model");
    }
    return value;
  }

  private int integer(String key) {
    String value = text(key);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }

  private double number(String key) {
    return number(key, metadata.getOrDefault(key, "0"));
  }

  private static double number(String key, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }

  private boolean flag(String key) {
    String value = metadata.getOrDefault(key, "false");
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "%s is %s, expected true or false".formatted(key, value));
    };
  }

  private <E extends Enum<E>> E choice(String key, E common) {
    String value = metadata.getOrDefault(key, label(common));
    var choices = common.getDeclaringClass().getEnumConstants();
    for (E choice : choices) {
      if (label(choice).equals(value)) {
        return choice;
      }
    }
    var labels = Arrays.stream(choices).map(ArchitectureText::label).toList();
    throw new IllegalArgumentException(
        "%s is %s, expected one of %s".formatted(key, value, labels));
  }
}
