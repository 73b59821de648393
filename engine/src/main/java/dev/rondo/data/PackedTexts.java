package dev.rondo.data;

import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Many short texts in rows of a fixed number of steps, for language models, with almost no
/// padding.
///
/// A document of n tokens takes n + 1 steps. It begins with the separator as input and ends with
/// the separator as target, so that every token of it is an input once and a target once, and its
/// end is learned too:
///
///     input   | d₀ d₁ ... dₙ₋₁
///     target  d₀ d₁ ... dₙ₋₁ |
///
/// [#starts()] gives the beginning of each document, where a state could be reset.
public final class PackedTexts {
  /// The beginning of a document: at its separator.
  ///
  /// @param document number of the document
  /// @param row of the packed rows
  /// @param step of the row
  public record Start(int document, int row, int step) {}

  private final int[][] inputs;
  private final int[][] targets;
  private final int steps;
  private final List<Start> starts;

  private PackedTexts(int[][] inputs, int[][] targets, int steps, List<Start> starts) {
    this.inputs = inputs;
    this.targets = targets;
    this.steps = steps;
    this.starts = List.copyOf(starts);
  }

  /// Packs one document after the other, cut wherever a row is full. Only the last row is padded,
  /// but most rows begin inside a document.
  ///
  /// @param steps of a row
  /// @param separator the token between documents; must not occur in one
  /// @throws IllegalArgumentException if `steps` is not positive, there is no document, or one
  ///   holds the separator
  public static PackedTexts sequential(List<int[]> documents, int steps, int separator) {
    check(documents, steps, separator);
    long total = 0;
    for (int[] document : documents) {
      total += document.length + 1L;
    }
    int[] input = new int[Math.toIntExact(total)];
    int[] target = new int[input.length];
    var starts = new ArrayList<Start>();
    int at = 0;
    for (int d = 0; d < documents.size(); d++) {
      starts.add(new Start(d, at / steps, at % steps));
      place(documents.get(d), separator, input, target, at);
      at += documents.get(d).length + 1;
    }
    return new PackedTexts(cut(input, steps), cut(target, steps), steps, starts);
  }

  /// Packs every document whole into the first row with room for it, in the given order, so every
  /// row begins with a document. Takes `documents·log(rows)` operations.
  ///
  /// @param steps of a row
  /// @param separator the token between documents; must not occur in one
  /// @throws IllegalArgumentException as [#sequential], or if a document with its separator is
  ///   longer than a row
  public static PackedTexts firstFit(List<int[]> documents, int steps, int separator) {
    check(documents, steps, separator);
    for (int d = 0; d < documents.size(); d++) {
      if (documents.get(d).length >= steps) {
        throw new IllegalArgumentException(
            "document %d has %d tokens, expected at most %d, one less than a row has steps"
                .formatted(d, documents.get(d).length, steps - 1));
      }
    }
    var room = new FirstFit(documents.size(), steps);
    var starts = new ArrayList<Start>();
    int rows = 0;
    for (int d = 0; d < documents.size(); d++) {
      int needed = documents.get(d).length + 1;
      int row = room.first(needed);
      starts.add(new Start(d, row, steps - room.left(row)));
      room.take(row, needed);
      rows = Math.max(rows, row + 1);
    }
    var inputs = new int[rows][];
    var targets = new int[rows][];
    for (int row = 0; row < rows; row++) {
      inputs[row] = new int[steps - room.left(row)];
      targets[row] = new int[inputs[row].length];
    }
    for (var start : starts) {
      int[] document = documents.get(start.document);
      place(document, separator, inputs[start.row], targets[start.row], start.step);
    }
    return new PackedTexts(inputs, targets, steps, starts);
  }

  private static void check(List<int[]> documents, int steps, int separator) {
    if (steps <= 0) {
      throw new IllegalArgumentException("steps must be positive, was " + steps);
    }
    if (documents.isEmpty()) {
      throw new IllegalArgumentException("documents must not be empty");
    }
    for (int d = 0; d < documents.size(); d++) {
      for (int token : documents.get(d)) {
        if (token == separator) {
          throw new IllegalArgumentException(
              "document %d holds the separator, %d".formatted(d, separator));
        }
      }
    }
  }

  private static void place(int[] document, int separator, int[] input, int[] target, int at) {
    input[at] = separator;
    System.arraycopy(document, 0, input, at + 1, document.length);
    System.arraycopy(document, 0, target, at, document.length);
    target[at + document.length] = separator;
  }

  private static int[][] cut(int[] stream, int steps) {
    var rows = new int[Math.ceilDiv(stream.length, steps)][];
    Arrays.setAll(
        rows,
        row -> {
          int from = row * steps;
          return Arrays.copyOfRange(stream, from, Math.min(from + steps, stream.length));
        });
    return rows;
  }

  /// The number of rows.
  public int rows() {
    return inputs.length;
  }

  /// The number of steps of a row.
  public int steps() {
    return steps;
  }

  /// The number of filled steps of a row.
  public int length(int row) {
    return inputs[row].length;
  }

  /// The beginning of each document, in the documents' order.
  public List<Start> starts() {
    return starts;
  }

  /// The share of steps in rows that are padding, from 0 to 1.
  public double paddingShare() {
    long cells = (long) rows() * steps;
    long filled = Arrays.stream(inputs).mapToLong(row -> row.length).sum();
    return (double) (cells - filled) / cells;
  }

  /// True where a document begins: `mask[t][b]`, time-major, of the batch of these rows.
  ///
  /// @param chosen rows, -1 for one of padding
  public boolean[][] startMask(int... chosen) {
    var mask = new boolean[steps][chosen.length];
    for (var start : starts) {
      for (int b = 0; b < chosen.length; b++) {
        mask[start.step][b] |= chosen[b] == start.row;
      }
    }
    return mask;
  }

  /// A batch of some rows side by side, [steps, chosen.length], from a zero state.
  ///
  /// @param chosen rows, -1 for one of padding
  public Batch batch(Workspace workspace, int... chosen) {
    var tokens = workspace.tokens(steps, chosen.length);
    var following = workspace.tokens(steps, chosen.length);
    int[] lengths = new int[chosen.length];
    for (int b = 0; b < chosen.length; b++) {
      lengths[b] = chosen[b] == -1 ? 0 : inputs[Objects.checkIndex(chosen[b], rows())].length;
      for (int t = 0; t < steps; t++) {
        boolean inside = t < lengths[b];
        tokens.set(t, b, inside ? inputs[chosen[b]][t] : 0);
        following.set(t, b, inside ? targets[chosen[b]][t] : Tokens.IGNORED);
      }
    }
    return Batch.of(tokens, following).lengths(Lengths.of(lengths));
  }

  /// All rows in batches for training, in a new order each epoch; the last batch of an epoch may
  /// have rows of padding.
  ///
  /// @param random decides the order of each epoch; only its key is used
  /// @throws IllegalArgumentException if `batchSize` is not positive
  public Batches batches(int batchSize, CounterRandom random) {
    if (batchSize <= 0) {
      throw new IllegalArgumentException("batchSize must be positive, was " + batchSize);
    }
    return new PackedBatches(this, batchSize, random);
  }

  /// The remaining room of each row, as a tree of maxima, which finds the first row with enough
  /// room in logarithmic time.
  private static final class FirstFit {
    private final int leaves;
    private final int[] most;

    FirstFit(int rows, int room) {
      leaves = Integer.highestOneBit(Math.max(2 * rows - 1, 1));
      most = new int[2 * leaves];
      Arrays.fill(most, room);
    }

    int left(int row) {
      return most[leaves + row];
    }

    int first(int needed) {
      int node = 1;
      while (node < leaves) {
        node *= 2;
        if (most[node] < needed) {
          node++;
        }
      }
      return node - leaves;
    }

    void take(int row, int count) {
      int node = leaves + row;
      most[node] -= count;
      for (node /= 2; node > 0; node /= 2) {
        most[node] = Math.max(most[2 * node], most[2 * node + 1]);
      }
    }
  }
}
