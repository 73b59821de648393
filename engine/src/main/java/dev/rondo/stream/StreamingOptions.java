package dev.rondo.stream;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.WeightFormat;
import dev.rondo.model.OutputFunction;
import dev.rondo.model.SequenceModel;
import dev.rondo.nn.recurrent.Cells;
import java.util.Objects;

/// Options of compiling a [StreamingModel].
///
/// @param weights the format in which the weights of products are stored
/// @param output the function applied to the logits of a [dev.rondo.model.SequenceModel]; not used
///   for a [StreamingStack], which ends with its own function
/// @param backend the kernels; null for [Backend#best()]
/// @param cells the families of cells that a model file may name
public record StreamingOptions(WeightFormat weights, Output output, Backend backend, Cells cells) {
  /// The output function of a model that was trained on logits.
  public enum Output {
    /// The function of its architecture.
    OF_MODEL,
    /// None: the logits themselves.
    IDENTITY,
    /// Sigmoid: a probability for each element.
    SIGMOID,
    /// Softmax: probabilities over all elements.
    SOFTMAX
  }

  /// Checks for nulls.
  public StreamingOptions {
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(output, "output");
    Objects.requireNonNull(cells, "cells");
  }

  /// Float32 weights, the model's own output function, the best kernels.
  public static StreamingOptions standard() {
    return new StreamingOptions(WeightFormat.FLOAT32, Output.OF_MODEL, null, Cells.standard());
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

  /// These options with another weight format.
  public StreamingOptions weights(WeightFormat format) {
    return new StreamingOptions(format, output, backend, cells);
  }

  /// These options with another output function.
  public StreamingOptions output(Output function) {
    return new StreamingOptions(weights, function, backend, cells);
  }

  /// These options with other kernels, which the caller closes.
  public StreamingOptions backend(Backend kernels) {
    return new StreamingOptions(weights, output, kernels, cells);
  }

  /// These options with other families of cells, for files with a cell of your own.
  public StreamingOptions cells(Cells families) {
    return new StreamingOptions(weights, output, backend, families);
  }
}
