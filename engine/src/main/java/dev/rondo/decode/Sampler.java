package dev.rondo.decode;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import java.util.Objects;

/// Chooses a token from a row of logits. First the temperature is applied. Then the `topK` most
/// probable tokens are kept, and their probabilities are scaled to sum to 1. Of these, the fewest
/// most probable tokens are kept that reach `topP`.
///
///     p(i) = exp((x(i) - max x) / temperature) / Σ over the tokens that are left
///
/// This is the order of Hugging Face's Transformers. Of equal logits, the lower token counts as the
/// more probable, so that exactly `topK` are left. All arithmetic is in double, in a fixed order,
/// with the exponential function of `StrictMath`: equal logits, options and generator state choose
/// the same token on every machine.
///
/// A choice advances the generator by one block, whatever the options; a greedy choice does not
/// advance it. It costs O(V) for a vocabulary of V tokens, and O(log V) for each token that is left
/// by `topK` or `topP`. After the largest V it allocates nothing, and never native memory.
///
/// Not thread-safe: scratch memory (20 bytes per token) is reused. Give each thread its own.
public final class Sampler {
  private final SamplerOptions options;

  // of the current row, by token: the logit, and a weight proportional to the probability
  private double[] logits = new double[0];
  private double[] weights = new double[0];

  // a heap of tokens, the most probable at 0, in the first `heapSize` places; behind it the tokens
  // already taken from it, the most probable last
  private int[] heap = new int[0];
  private int heapSize;

  /// A sampler with these options.
  public Sampler(SamplerOptions options) {
    this.options = Objects.requireNonNull(options, "options");
  }

  /// The options.
  public SamplerOptions options() {
    return options;
  }

  /// Chooses a token, a column of `logits`.
  ///
  /// @param logits [rows, V], float32 or float64; negative infinity stands for a token that must
  ///   not be chosen
  /// @param row the row to choose from
  /// @param random advanced by one block; not used if greedy
  /// @throws IllegalArgumentException if a logit of the row is NaN or positive infinity, or all are
  ///   negative infinity, or there are none
  /// @throws IndexOutOfBoundsException if there is no such row
  public int choose(Tensor logits, int row, CounterRandom random) {
    Objects.checkIndex(row, logits.rows());
    int size = logits.columns();
    int largest = load(logits, row);
    if (options.isGreedy()) {
      return largest;
    }
    double maximum = this.logits[largest];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      weights[i] = StrictMath.exp((this.logits[i] - maximum) / options.temperature());
      sum += weights[i];
    }
    double uniform = random.nextDouble();
    boolean all = options.topK() == 0 || options.topK() >= size;
    if (all && options.topP() == 1) {
      return chooseAmongAll(size, uniform * sum);
    }
    return chooseAmongMostProbable(size, all ? size : options.topK(), sum, uniform);
  }

  /// Copies the row to `this.logits` and returns the first of its largest logits.
  private int load(Tensor source, int row) {
    int size = source.columns();
    if (logits.length < size) {
      logits = new double[size];
      weights = new double[size];
      heap = new int[size];
    }
    int largest = -1;
    double maximum = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      double logit = source.get(row, i);
      // positive infinity or NaN
      if (!(logit < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the logit of class %d in row %d is %s, expected a finite number or -Infinity"
                .formatted(i, row, logit));
      }
      logits[i] = logit;
      if (logit > maximum) {
        maximum = logit;
        largest = i;
      }
    }
    if (largest < 0) {
      throw new IllegalArgumentException(
          "row %d has no class with a finite logit, logits are %s".formatted(row, source));
    }
    return largest;
  }

  /// The first token at which the running sum of weights passes `target`.
  private int chooseAmongAll(int size, double target) {
    double sum = 0;
    int last = 0;
    for (int i = 0; i < size; i++) {
      sum += weights[i];
      if (weights[i] > 0) {
        last = i;
      }
      if (sum > target) {
        return i;
      }
    }
    return last;
  }

  /// Takes the most probable tokens one by one: `count` of them, or fewer where their weights reach
  /// `topP` of the weight of those `count`. Then chooses among these, as [#chooseAmongAll] does.
  private int chooseAmongMostProbable(int size, int count, double sumOfAll, double uniform) {
    buildHeap(size);
    double total = count == size ? sumOfAll : 0;
    if (count < size) {
      for (int i = 0; i < count; i++) {
        total += weights[takeMostProbable()];
      }
    }
    double enough = options.topP() == 1 ? Double.POSITIVE_INFINITY : options.topP() * total;
    double kept = 0;
    int end = 0;
    while (end < count && kept < enough) {
      if (count == size) {
        takeMostProbable();
      }
      kept += weights[taken(size, end++)];
    }
    double target = uniform * kept;
    double sum = 0;
    int last = taken(size, 0);
    for (int i = 0; i < end; i++) {
      int token = taken(size, i);
      sum += weights[token];
      if (weights[token] > 0) {
        last = token;
      }
      if (sum > target) {
        return token;
      }
    }
    return last;
  }

  /// The `i`-th token that was taken from the heap.
  private int taken(int size, int i) {
    return heap[size - 1 - i];
  }

  private boolean moreProbable(int a, int b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  }

  private void buildHeap(int size) {
    for (int i = 0; i < size; i++) {
      heap[i] = i;
    }
    heapSize = size;
    for (int i = size / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
  }

  private int takeMostProbable() {
    int token = heap[0];
    heapSize--;
    heap[0] = heap[heapSize];
    heap[heapSize] = token;
    siftDown(0);
    return token;
  }

  private void siftDown(int from) {
    int parent = from;
    int token = heap[parent];
    while (2 * parent + 1 < heapSize) {
      int child = 2 * parent + 1;
      if (child + 1 < heapSize && moreProbable(heap[child + 1], heap[child])) {
        child++;
      }
      if (!moreProbable(heap[child], token)) {
        break;
      }
      heap[parent] = heap[child];
      parent = child;
    }
    heap[parent] = token;
  }
}
