package dev.rondo.stream;

import dev.rondo.kernel.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/// The difference between a model with weights in fewer bits and the same model with float32
/// weights, over one sequence of inputs. It helps to decide whether a format is good enough.
///
///     var model = StreamingModel.compile(stack, options.weights(WeightFormat.INT8), arena);
///     System.out.println(WeightReport.of(model, inputs, steps).text());
///
/// Both models start in the initial state and step independently, so differences of a step carry
/// over into the next, as in production. Outputs are compared after the model's last function.
/// Where one of them is NaN and the other is not, the differences are NaN.
///
/// @param weights the weight format
/// @param steps the length of the sequence
/// @param largest the largest difference, `max|y - y₃₂|`
/// @param mean the mean difference, over steps and elements
/// @param magnitude the mean of `|y₃₂|`, for comparison
public record WeightReport(
    WeightFormat weights, int steps, double largest, double mean, double magnitude) {
  /// Runs a model beside its float32 twin, which is compiled for this and then discarded.
  ///
  /// @param inputs [steps, inputSize] floats without padding, or `steps` tokens; read
  /// @throws IllegalArgumentException if `steps` is not positive, the memory is on the heap or too
  ///   small, or a token is not in the vocabulary
  /// @throws IllegalStateException if the model is closed
  public static WeightReport of(StreamingModel model, MemorySegment inputs, int steps) {
    if (steps <= 0) {
      throw new IllegalArgumentException("steps must be positive, was " + steps);
    }
    long inputBytes = (long) model.inputSize() * Float.BYTES;
    StepArguments.requireNative("inputs", inputs, steps * inputBytes);
    var options = model.options().weights(WeightFormat.FLOAT32).backend(model.backend());
    try (var arena = Arena.ofConfined();
        var exact = StreamingModel.compile(model.stack(), options, arena)) {
      var pair = new Pair(new Side(exact, arena), new Side(model, arena));
      for (int t = 0; t < steps; t++) {
        pair.step(inputs.asSlice(t * inputBytes, inputBytes));
      }
      double count = (double) steps * model.outputSize();
      return new WeightReport(
          model.weights(), steps, pair.largest, pair.sum / count, pair.magnitude / count);
    }
  }

  /// Runs a model on inputs on the heap; see [#of(StreamingModel, MemorySegment, int)].
  ///
  /// @param inputs [steps, inputSize]
  /// @throws IllegalArgumentException if there are no inputs, one has another length, or the model
  ///   takes tokens
  public static WeightReport of(StreamingModel model, float[][] inputs) {
    try (var arena = Arena.ofConfined()) {
      int size = model.inputSize();
      if (model.stack().takesTokens()) {
        throw new IllegalArgumentException("inputs are vectors, expected tokens");
      }
      var memory = arena.allocate((long) inputs.length * size * Float.BYTES, Float.BYTES);
      for (int t = 0; t < inputs.length; t++) {
        if (inputs[t].length != size) {
          throw new IllegalArgumentException(
              "inputs[%d] is [%d], expected [%d]".formatted(t, inputs[t].length, size));
        }
        long at = (long) t * size * Float.BYTES;
        MemorySegment.copy(inputs[t], 0, memory, ValueLayout.JAVA_FLOAT, at, size);
      }
      return of(model, memory, inputs.length);
    }
  }

  /// Runs a model on tokens on the heap; see [#of(StreamingModel, MemorySegment, int)].
  ///
  /// @throws IllegalArgumentException if there are no tokens, one is not in the vocabulary, or the
  ///   model takes none
  public static WeightReport of(StreamingModel model, int[] tokens) {
    if (!model.stack().takesTokens()) {
      throw new IllegalArgumentException(
          "inputs are tokens, expected [steps, %d]".formatted(model.inputSize()));
    }
    try (var arena = Arena.ofConfined()) {
      return of(model, arena.allocateFrom(ValueLayout.JAVA_INT, tokens), tokens.length);
    }
  }

  /// One of the two models with its state and output.
  private record Side(StreamingModel model, StreamingState state, MemorySegment output) {
    Side(StreamingModel model, Arena arena) {
      this(
          model,
          model.newState(arena),
          arena.allocate((long) model.outputSize() * Float.BYTES, Float.BYTES));
    }

    void step(MemorySegment input) {
      model.step(input, state, output);
    }

    float get(int i) {
      return output.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
  }

  /// Both models and their differences so far.
  private static final class Pair {
    private final Side exact;
    private final Side stored;
    private double largest;
    private double sum;
    private double magnitude;

    Pair(Side exact, Side stored) {
      this.exact = exact;
      this.stored = stored;
    }

    void step(MemorySegment input) {
      exact.step(input);
      stored.step(input);
      for (int i = 0; i < exact.model.outputSize(); i++) {
        float expected = exact.get(i);
        float actual = stored.get(i);
        // infinity minus infinity is NaN, but here it is no difference
        boolean same = Float.compare(expected, actual) == 0;
        double difference = same ? 0 : Math.abs((double) actual - expected);
        largest = Math.max(largest, difference);
        sum += difference;
        magnitude += Math.abs((double) expected);
      }
    }
  }

  /// The report as a line of text, such as `INT8 against FLOAT32 over 1000 steps: largest
  /// difference 3.1e-03, mean 4.0e-04, outputs 2.5e-01`.
  public String text() {
    return String.format(
        Locale.ROOT,
        "%s against %s over %d %s: largest difference %.1e, mean %.1e, outputs %.1e",
        weights,
        WeightFormat.FLOAT32,
        steps,
        steps == 1 ? "step" : "steps",
        largest,
        mean,
        magnitude);
  }
}
