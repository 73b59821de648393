package dev.rondo.bench.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One piece of work that contenders do side by side, in float32.
///
/// | kind | one iteration |
/// |---|---|
/// | `TRAIN` | one layer forward, BPTT from a fixed gradient of the output, clipping, Adam |
/// | `CHARLM` | embedding, two layers, projection, mean cross-entropy, back, clipping, Adam |
/// | `FORWARD` | one layer forward, for inference |
///
/// The input has as many features as the layer has units. States start at zero. Weights hardly move
/// at this learning rate, so the thousandth iteration does the same work as the first.
///
/// @param kind the kind of work
/// @param cell the recurrence
/// @param hiddenSize the number of units and of input features
/// @param batchSize the number of sequences
/// @param threads the number of threads that a contender may use
public record Work(Kind kind, Cell cell, int hiddenSize, int batchSize, int threads) {
  /// Symbols of the character model.
  public static final int SYMBOLS = 65;

  /// Adam's learning rate; its other parameters are PyTorch's defaults.
  public static final double LEARNING_RATE = 1e-5;

  /// The number of training steps before parameters are compared.
  public static final int CHECKED_STEPS = 3;

  /// The kinds of work.
  public enum Kind {
    /// A training step of one layer.
    TRAIN,
    /// A training step of a character model.
    CHARLM,
    /// One layer without a gradient.
    FORWARD;

    /// The word in lines and files.
    public String label() {
      return Work.label(this);
    }
  }

  /// The recurrence.
  public enum Cell {
    /// i f g o in PyTorch's order.
    LSTM(4),
    /// r z n.
    GRU(3),
    /// Elman with tanh.
    RNN(1);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }

    /// Blocks of `hiddenSize` rows in a weight.
    public int gates() {
      return gates;
    }

    /// The word in lines and files.
    public String label() {
      return Work.label(this);
    }
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// All works of the table, for one number of threads.
  public static List<Work> all(int threads) {
    var works = new ArrayList<Work>();
    for (var cell : Cell.values()) {
      for (int hiddenSize : new int[] {128, 256, 512}) {
        works.add(new Work(Kind.TRAIN, cell, hiddenSize, 32, threads));
      }
    }
    for (int hiddenSize : new int[] {128, 256}) {
      works.add(new Work(Kind.CHARLM, Cell.LSTM, hiddenSize, 50, threads));
    }
    for (var cell : new Cell[] {Cell.LSTM, Cell.GRU}) {
      for (int hiddenSize : new int[] {128, 512}) {
        for (int batchSize : new int[] {1, 8, 32, 64}) {
          works.add(new Work(Kind.FORWARD, cell, hiddenSize, batchSize, threads));
        }
      }
    }
    return works;
  }

  /// `train/lstm/128/32`: kind, cell, hidden size, batch size.
  public String name() {
    return "%s/%s/%d/%d".formatted(kind.label(), cell.label(), hiddenSize, batchSize);
  }

  /// Whether `filter` is a run of whole parts of the name, such as `train`, `lstm/512`.
  public boolean matches(String filter) {
    return ("/" + name() + "/").contains("/" + filter + "/");
  }

  /// The words of one line, read by [#parse(String)].
  public String line() {
    return name() + "/" + threads;
  }

  /// The work of a line.
  public static Work parse(String line) {
    var parts = line.split("/", -1);
    return new Work(
        Kind.valueOf(parts[0].toUpperCase(Locale.ROOT)),
        Cell.valueOf(parts[1].toUpperCase(Locale.ROOT)),
        Integer.parseInt(parts[2]),
        Integer.parseInt(parts[3]),
        Integer.parseInt(parts[4]));
  }

  /// The number of time steps of a sequence.
  public int steps() {
    return switch (kind) {
      case TRAIN -> 64;
      case CHARLM -> 50;
      case FORWARD -> 100;
    };
  }

  /// The number of layers.
  public int layers() {
    return kind == Kind.CHARLM ? 2 : 1;
  }

  /// Whether parameters change.
  public boolean trains() {
    return kind != Kind.FORWARD;
  }

  /// The limit of clipping by the global norm.
  public double largestNorm() {
    return kind == Kind.CHARLM ? 5 : 1;
  }

  /// Names and shapes of all parameters, in PyTorch's words and order.
  public Map<String, int[]> parameters() {
    var shapes = new LinkedHashMap<String, int[]>();
    if (kind == Kind.CHARLM) {
      shapes.put("embedding.weight", new int[] {SYMBOLS, hiddenSize});
    }
    int rows = cell.gates() * hiddenSize;
    for (int layer = 0; layer < layers(); layer++) {
      shapes.put("layer.weight_ih_l" + layer, new int[] {rows, hiddenSize});
      shapes.put("layer.weight_hh_l" + layer, new int[] {rows, hiddenSize});
      shapes.put("layer.bias_ih_l" + layer, new int[] {rows});
      shapes.put("layer.bias_hh_l" + layer, new int[] {rows});
    }
    if (kind == Kind.CHARLM) {
      shapes.put("head.weight", new int[] {SYMBOLS, hiddenSize});
      shapes.put("head.bias", new int[] {SYMBOLS});
    }
    return shapes;
  }

  /// 10⁹ floating-point operations of an iteration: those of the products in the forward pass, and
  /// three times as many for a training step, even for an engine that does fewer.
  public double gflop() {
    double rows = (double) steps() * batchSize;
    double products = layers() * rows * cell.gates() * hiddenSize * 2 * hiddenSize;
    if (kind == Kind.CHARLM) {
      products += rows * hiddenSize * SYMBOLS;
    }
    return 2e-9 * products * (trains() ? 3 : 1);
  }
}
