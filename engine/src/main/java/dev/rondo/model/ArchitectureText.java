package dev.rondo.model;

import dev.rondo.kernel.Activation;
import dev.rondo.model.Architecture.DenseInput;
import dev.rondo.model.Architecture.Input;
import dev.rondo.model.Architecture.TokenInput;
import dev.rondo.nn.recurrent.CellSettings;
import dev.rondo.nn.recurrent.Cells;
import dev.rondo.nn.recurrent.CustomCell;
import dev.rondo.nn.recurrent.Direction;
import dev.rondo.nn.recurrent.LayerUnits;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Regularization;
import dev.rondo.nn.recurrent.Skip;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// An [Architecture] as text by key. Format 1 has the first nine keys and the common cells; format
/// 2 has any of the engine's cells, and the other keys if their values are not the common ones.
/// Format 3 has a user's own cells, cells without biases, and layers that differ: `rondo.cell_l1`,
/// `rondo.hidden_size_l1_reverse`, `rondo.dense_l0` and so on.
final class ArchitectureText {
  private static final String FORMAT = "rondo.model";
  private static final String FORMAT_1 = "sequence-model/1";
  private static final String FORMAT_2 = "sequence-model/2";
  private static final String FORMAT_3 = "sequence-model/3";
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

  private static final String DENSE = "rondo.dense";
  private static final Set<Activation.Function> ACTIVATIONS_OF_FORMAT_3 =
      EnumSet.of(
          Activation.Function.SOFTPLUS,
          Activation.Function.THRESHOLDED_RELU,
          Activation.Function.SCALED_TANH);

  private final Map<String, String> metadata;

  private ArchitectureText(Map<String, String> metadata) {
    this.metadata = metadata;
  }

  static Map<String, String> write(Architecture architecture) {
    var text = new ArchitectureText(new LinkedHashMap<>());
    text.put(FORMAT, FORMAT_1);
    text.common(architecture);
    int ofFormat1 = text.metadata.size();
    text.rest(architecture);
    int ofFormat2 = text.metadata.size();
    text.layersApart(architecture.stack());
    if (text.metadata.size() > ofFormat2 || needsFormat3(architecture.stack())) {
      text.put(FORMAT, FORMAT_3);
    } else if (ofFormat2 > ofFormat1 || architecture.cell().text().indexOf(' ') > 0) {
      text.put(FORMAT, FORMAT_2);
    }
    return text.metadata;
  }

  /// True if format 2 does not know the common cell.
  private static boolean needsFormat3(RecurrentOptions stack) {
    var cell = stack.cell();
    return cell instanceof CustomCell
        || cell.settings().containsKey(CellSettings.NO_BIAS)
        || cell.settings().values().stream().anyMatch(ArchitectureText::isActivationOfFormat3);
  }

  private static boolean isActivationOfFormat3(String value) {
    return ACTIVATIONS_OF_FORMAT_3.stream().anyMatch(function -> value.startsWith(label(function)));
  }

  private void layersApart(RecurrentOptions stack) {
    stack.layersApart().forEach((layer, units) -> put("_l" + layer, units));
    stack.reverseLayersApart().forEach((layer, units) -> put("_l" + layer + "_reverse", units));
    stack
        .denseLayers()
        .forEach((layer, dense) ->
            put(DENSE + "_l" + layer, dense.size() + " " + dense.activation().text()));
  }

  private void put(String suffix, LayerUnits units) {
    put(CELL + suffix, units.cell().text());
    put(HIDDEN + suffix, Integer.toString(units.hiddenSize()));
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

  static Architecture read(Map<String, String> metadata, Cells cells) {
    var text = new ArchitectureText(metadata);
    int format = text.format();
    text.requireKnownKeys(format);
    String cell = text.text(CELL);
    if (format == 1 && cell.indexOf(' ') >= 0) {
      throw new IllegalArgumentException(
          "%s is %s, which %s does not have".formatted(CELL, cell, FORMAT_1));
    }
    var stack =
        RecurrentOptions.of(cells.parse(cell), text.integer(HIDDEN))
            .layers(text.integer(LAYERS))
            .direction(text.choice(DIRECTION, Direction.FORWARD))
            .skip(text.choice(SKIP, Skip.NONE))
            .regularization(text.regularization());
    var merge = text.choice(MERGE, Merge.CONCAT);
    if (stack.direction() == Direction.BIDIRECTIONAL) {
      stack = stack.bidirectional(merge);
    } else if (merge != Merge.CONCAT) {
      throw new IllegalArgumentException(
          "merge %s needs both directions, direction is %s".formatted(merge, stack.direction()));
    }
    if (text.flag(LEARNED_STATE)) {
      stack = stack.learnedInitialState();
    }
    return new Architecture(
        text.input(),
        format == 3 ? text.layersApart(stack, cells) : stack,
        text.flag(LAYER_NORM),
        text.integer(OUTPUT_SIZE),
        OutputFunction.of(metadata.getOrDefault(OUTPUT, OutputFunction.IDENTITY.label())));
  }

  private int format() {
    String format = text(FORMAT);
    return switch (format) {
      case FORMAT_1 -> 1;
      case FORMAT_2 -> 2;
      case FORMAT_3 -> 3;
      default ->
          throw new IllegalArgumentException(
              "%s is %s, expected %s, %s or %s"
                  .formatted(FORMAT, format, FORMAT_1, FORMAT_2, FORMAT_3));
    };
  }

  /// Adds the layers that differ, from the keys with a layer's suffix; both directions first.
  private RecurrentOptions layersApart(RecurrentOptions common, Cells cells) {
    var stack = common;
    for (boolean reverse : new boolean[] {false, true}) {
      for (String key : metadata.keySet()) {
        var layer = OfLayer.KEY.matcher(key);
        if (!layer.find() || (layer.group(2) != null) != reverse) {
          continue;
        }
        int index = Integer.parseInt(layer.group(1));
        String suffix = layer.group();
        if (key.equals(CELL + suffix)) {
          var cell = cells.parse(text(key));
          int size = integer(HIDDEN + suffix);
          stack = reverse ? stack.reverseLayer(index, cell, size) : stack.layer(index, cell, size);
        } else if (key.equals(DENSE + suffix)) {
          stack = dense(stack, index, key);
        } else if (key.equals(HIDDEN + suffix)) {
          text(CELL + suffix); // is missing or has been read
        }
      }
    }
    return stack;
  }

  private RecurrentOptions dense(RecurrentOptions stack, int layer, String key) {
    String[] words = text(key).split(" ", -1);
    if (words.length != 2) {
      throw new IllegalArgumentException(
          "%s is %s, expected a size and a function".formatted(key, text(key)));
    }
    try {
      return stack.dense(layer, Integer.parseInt(words[0]), Activation.parse(words[1]));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is %s: %s".formatted(key, text(key), e.getMessage()), e);
    }
  }

  /// Refuses unknown keys, because they may change the model's results. Keys with another dot, such
  /// as `rondo.train.step`, belong to other parts.
  private void requireKnownKeys(int format) {
    var known = new HashSet<>(KEYS_1);
    if (format >= 2) {
      known.addAll(KEYS_2);
    }
    for (String key : metadata.keySet()) {
      boolean ours = Architecture.isReserved(key) && key.indexOf('.') == key.lastIndexOf('.');
      if (ours && !known.contains(key) && !(format >= 3 && isOfLayer(key))) {
        throw new IllegalArgumentException(
            "%s is not a key of %s".formatted(key, metadata.get(FORMAT)));
      }
    }
  }

  private static boolean isOfLayer(String key) {
    var layer = OfLayer.KEY.matcher(key);
    if (!layer.find() || layer.end() != key.length()) {
      return false;
    }
    String name = key.substring(0, layer.start());
    return name.equals(CELL)
        || name.equals(HIDDEN)
        || (name.equals(DENSE) && layer.group(2) == null);
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

  /// Keys of one layer. Apart, so that files without any do not wait for regular expressions.
  private static final class OfLayer {
    static final Pattern KEY = Pattern.compile("_l(0|[1-9][0-9]{0,5})(_reverse)?");
  }
}
