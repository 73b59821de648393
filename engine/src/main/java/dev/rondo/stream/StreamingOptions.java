package dev.rondo.stream;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import java.util.Objects;

/// How a [StreamingModel] is compiled.
///
/// @param weights how the weights of products are stored
/// @param output what becomes of the logits of a [dev.rondo.model.SequenceModel]; a
///   [StreamingStack] says so itself
/// @param backend the kernels; null for [Backend#best()]
public record StreamingOptions(WeightFormat weights, Output output, Backend backend) {
  /// What becomes of the output of a model that was trained on logits.
  public enum Output {
    /// What its architecture says.
    OF_MODEL,
    /// It stays as it is.
    IDENTITY,
    /// Each element becomes a probability of its own.
    SIGMOID,
    /// All elements together become probabilities.
    SOFTMAX
  }

  /// Checks for nulls.
  public StreamingOptions {
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(output, "output");
  }

  /// Float32 weights, the model's own output function, the best kernels.
  public static StreamingOptions standard() {
    return new StreamingOptions(WeightFormat.FLOAT32, Output.OF_MODEL, null);
  }

  /// The output function of a model that is compiled with these options.
  OutputFunction outputFunction(SequenceModel model) {
    return switch (output) {
      case OF_MODEL -> model.architecture().outputFunction();
      case IDENTITY -> OutputFunction.IDENTITY;
      case SIGMOID -> OutputFunction.SIGMOID;
      case SOFTMAX -> OutputFunction.SOFTMAX;
    };
  }

  /// With weights stored like this.
  public StreamingOptions weights(WeightFormat format) {
    return new StreamingOptions(format, output, backend);
  }

  /// With this output.
  public StreamingOptions output(Output function) {
    return new StreamingOptions(weights, function, backend);
  }

  /// With these kernels, which the caller closes.
  public StreamingOptions backend(Backend kernels) {
    return new StreamingOptions(weights, output, kernels);
  }
}
