package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Cells as text: `lstm`, `lstm peepholes projection=128`, `rnn activation=elu(0.5)`. Options that
/// have the common value are left out.
final class CellText {
  private static final String RESET_BEFORE = "reset_before";
  private static final String PEEPHOLES = "peepholes";
  private static final String COUPLED = "coupled";
  private static final String LAYER_NORM = "layer_norm";
  private static final String PROJECTION = "projection";
  private static final String CELL_CLIP = "cell_clip";
  private static final String CLIP = "clip";
  private static final String OUTPUT = "output";

  private final Map<String, String> values = new LinkedHashMap<>();

  private CellText() {}

  static String of(CellOptions cell) {
    var fused = cell.fused();
    if (fused != null && (!(cell instanceof RnnOptions rnn) || isPlain(rnn.activation()))) {
      return fused.label();
    }
    var words = new ArrayList<String>();
    switch (cell) {
      case RnnOptions rnn -> {
        words.add("rnn");
        words.add("activation=" + text(rnn.activation()));
        addLimit(words, CLIP, rnn.clip());
      }
      case GruOptions gru -> {
        words.add("gru");
        addIf(words, !gru.resetAfter(), RESET_BEFORE);
        var common = Gru.options();
        addFunction(words, label(GruGate.RESET), gru.reset(), common.reset());
        addFunction(words, label(GruGate.UPDATE), gru.update(), common.update());
        addFunction(words, label(GruGate.NEW), gru.candidate(), common.candidate());
        addLimit(words, CLIP, gru.clip());
      }
      case LstmOptions lstm -> {
        words.add("lstm");
        addIf(words, lstm.peepholes(), PEEPHOLES);
        addIf(words, lstm.coupled(), COUPLED);
        addIf(words, lstm.layerNorm(), LAYER_NORM);
        addIf(words, lstm.projection() > 0, PROJECTION + "=" + lstm.projection());
        addLimit(words, CELL_CLIP, lstm.cellClip());
        addLimit(words, CLIP, lstm.clip());
        var common = Lstm.options();
        for (var gate : LstmGate.values()) {
          addFunction(
              words, label(gate), lstm.activations().get(gate), common.activations().get(gate));
        }
        addFunction(words, OUTPUT + "_function", lstm.output(), common.output());
      }
    }
    return String.join(" ", words);
  }

  private static boolean isPlain(Activation f) {
    return f.equals(Activation.TANH) || f.equals(Activation.RELU);
  }

  private static String label(Enum<?> gate) {
    return gate.name().toLowerCase(Locale.ROOT);
  }

  private static void addIf(List<String> words, boolean condition, String word) {
    if (condition) {
      words.add(word);
    }
  }

  private static void addLimit(List<String> words, String key, double limit) {
    addIf(words, limit < Double.POSITIVE_INFINITY, key + "=" + limit);
  }

  private static void addFunction(List<String> words, String key, Activation f, Activation common) {
    addIf(words, !f.equals(common), key + "=" + text(f));
  }

  private static String text(Activation f) {
    String name = f.function().name().toLowerCase(Locale.ROOT);
    return switch (f.function()) {
      case SIGMOID, TANH, RELU, SOFTSIGN -> name;
      case ELU, LEAKY_RELU -> "%s(%s)".formatted(name, f.alpha());
      case HARD_SIGMOID, AFFINE -> "%s(%s,%s)".formatted(name, f.alpha(), f.beta());
    };
  }

  static CellOptions parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length == 1) {
      return switch (CellKind.of(text)) {
        case RNN_TANH -> new RnnOptions(Activation.TANH, Double.POSITIVE_INFINITY);
        case RNN_RELU -> new RnnOptions(Activation.RELU, Double.POSITIVE_INFINITY);
        case GRU -> Gru.options();
        case LSTM -> Lstm.options();
      };
    }
    var given = new CellText();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      String key = equals < 0 ? words[i] : words[i].substring(0, equals);
      String value = equals < 0 ? "" : words[i].substring(equals + 1);
      if (given.values.put(key, value) != null) {
        throw new IllegalArgumentException("cell says %s twice: %s".formatted(key, text));
      }
    }
    var cell =
        switch (words[0]) {
          case "rnn" -> given.rnn();
          case "gru" -> given.gru();
          case "lstm" -> given.lstm();
          default ->
              throw new IllegalArgumentException(
                  "cell must begin with rnn, gru or lstm, was " + text);
        };
    if (!given.values.isEmpty()) {
      throw new IllegalArgumentException(
          "a %s cell knows no %s".formatted(words[0], given.values.keySet()));
    }
    return cell;
  }

  private RnnOptions rnn() {
    return new RnnOptions(function("activation", Activation.TANH), limit(CLIP));
  }

  private GruOptions gru() {
    var common = Gru.options();
    return new GruOptions(
        !flag(RESET_BEFORE),
        function(label(GruGate.RESET), common.reset()),
        function(label(GruGate.UPDATE), common.update()),
        function(label(GruGate.NEW), common.candidate()),
        limit(CLIP));
  }

  private LstmOptions lstm() {
    var common = Lstm.options();
    var cell =
        new LstmOptions(
            flag(PEEPHOLES),
            flag(COUPLED),
            flag(LAYER_NORM),
            whole(PROJECTION),
            limit(CELL_CLIP),
            limit(CLIP),
            common.activations(),
            function(OUTPUT + "_function", common.output()));
    for (var gate : LstmGate.values()) {
      cell = cell.activation(gate, function(label(gate), common.activations().get(gate)));
    }
    return cell;
  }

  private boolean flag(String key) {
    String value = values.remove(key);
    if (value != null && !value.isEmpty()) {
      throw new IllegalArgumentException("%s takes no value, was %s".formatted(key, value));
    }
    return value != null;
  }

  private int whole(String key) {
    String value = values.remove(key);
    if (value == null) {
      return 0;
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is %s, expected a whole number".formatted(key, value), e);
    }
  }

  private double limit(String key) {
    String value = values.remove(key);
    return value == null ? Double.POSITIVE_INFINITY : number(key, value);
  }

  private static double number(String key, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }

  private Activation function(String key, Activation common) {
    String value = values.remove(key);
    return value == null ? common : function(key, value);
  }

  private static Activation function(String key, String value) {
    int open = value.indexOf('(');
    String name = open < 0 ? value : value.substring(0, open);
    String[] numbers = {};
    if (open >= 0) {
      if (!value.endsWith(")")) {
        throw new IllegalArgumentException("%s is %s, expected f(numbers)".formatted(key, value));
      }
      numbers = value.substring(open + 1, value.length() - 1).split(",", -1);
    }
    if (numbers.length > 2) {
      throw new IllegalArgumentException(
          "%s is %s, no function has so many numbers".formatted(key, value));
    }
    double alpha = numbers.length > 0 ? number(key, numbers[0]) : 0;
    double beta = numbers.length > 1 ? number(key, numbers[1]) : 0;
    for (var function : Activation.Function.values()) {
      if (function.name().toLowerCase(Locale.ROOT).equals(name)) {
        return new Activation(function, alpha, beta);
      }
    }
    throw new IllegalArgumentException("%s is %s, which is no function".formatted(key, value));
  }
}
