package dev.rondo.bench.stream;

import dev.rondo.bench.peers.CommandLoop;
import dev.rondo.bench.peers.Numbers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// The process of a contender, a [CommandLoop].
///
/// | command | does | answers |
/// |---|---|---|
/// | `check FOLDER` | the checked steps from a zero state; writes `output` | |
/// | `warm SECONDS` | steps that long at least, and while it becomes faster | nanoseconds a step |
/// | `closed STEPS` | measures steps back to back | [Latencies] |
/// | `open STEPS RATE` | measures steps that are due at so many a second | [Latencies] |
public final class StreamWorker {
  /// Makes a contender for a case with its operands.
  public interface StreamFactory {
    /// Makes the contender, ready for its first step.
    StreamContender create(StreamCase stream, Numbers operands) throws IOException;
  }

  private StreamWorker() {}

  /// The whole `main` of a contender.
  ///
  /// @param arguments the [line][StreamCase#line()] of the case, and the folder of its operands
  public static void serve(String[] arguments, StreamFactory factory) {
    CommandLoop.serve(() -> {
      var stream = StreamCase.parse(arguments[0]);
      var operands = new Numbers(Path.of(arguments[1]));
      var contender = factory.create(stream, operands);
      var timer = new StepTimer(contender);
      return (name, argument) ->
          switch (name) {
            case "check" -> {
              var results = new Numbers(Path.of(argument));
              results.write("output", check(contender, stream, operands.read("input")));
              yield "";
            }
            case "warm" -> Double.toString(timer.warmUp(Double.parseDouble(argument)));
            case "closed" -> timer.closed(Integer.parseInt(argument)).line();
            case "open" -> {
              var words = argument.split(" ", -1);
              yield timer.open(Integer.parseInt(words[0]), Double.parseDouble(words[1])).line();
            }
            default -> throw new IllegalArgumentException("unknown command " + name);
          };
    });
  }

  /// The outputs of the checked steps, one after the other.
  static float[] check(StreamContender contender, StreamCase stream, float[] inputs) {
    int inputSize = stream.hiddenSize();
    var outputs = new float[StreamCase.CHECKED_STEPS * stream.stepOutputs()];
    for (int t = 0; t < StreamCase.CHECKED_STEPS; t++) {
      contender.input(Arrays.copyOfRange(inputs, t * inputSize, (t + 1) * inputSize));
      contender.step();
      var output = contender.output();
      System.arraycopy(output, 0, outputs, t * stream.stepOutputs(), output.length);
    }
    return outputs;
  }
}
