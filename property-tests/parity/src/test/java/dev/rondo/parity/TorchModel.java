package dev.rondo.parity;

import dev.rondo.tensor.Tokens;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A whole model, trained by PyTorch's own optimizers.
final class TorchModel {
  /// PyTorch's number of the mean among reductions.
  private static final long MEAN = 1;

  private final ModelCase shape;
  private final TorchRun run;
  private final EmbeddingImpl embedding;
  private final TorchRecurrent stack;
  private final LinearImpl head;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final TensorVector vector = new TensorVector();

  private TorchModel(ModelCase shape, TorchRun run) {
    this.shape = shape;
    this.run = run;
    embedding = new EmbeddingImpl(shape.vocabulary(), shape.stack().inputSize());
    stack = new TorchRecurrent(shape.stack());
    head =
        new LinearImpl(
            (long) shape.stack().directions() * shape.stack().stateSize(), shape.vocabulary());
    own("embedding.", embedding);
    own("stack.", stack.module());
    own("head.", head);
  }

  private void own(String prefix, Module module) {
    run.fill(prefix, module)
        .forEach((name, parameter) -> {
          parameters.put(name, parameter);
          vector.push_back(parameter);
        });
  }

  static void train(ModelCase shape, TorchRun run) {
    new TorchModel(shape, run).train();
  }

  private void train() {
    var tokens = run.whole("tokens");
    var targets = run.whole("targets").view(-1);
    var losses = new double[ModelCase.STEPS];
    var norms = new double[ModelCase.STEPS];
    var optimizer = optimizer();
    for (int step = 0; step < ModelCase.STEPS; step++) {
      optimizer.zero_grad();
      var output = stack.output(embedding.forward(tokens));
      var loss =
          torch.cross_entropy_loss(
              head.forward(output).view(-1, shape.vocabulary()),
              targets,
              new TensorOptional(),
              MEAN,
              Tokens.IGNORED,
              0.0);
      losses[step] = loss.item_double();
      loss.backward();
      norms[step] = torch.clip_grad_norm_(vector, ModelCase.LARGEST_NORM);
      if (step == 0) {
        parameters.forEach((name, parameter) ->
            run.keep(ModelCase.firstGradient(name), TorchRun.numbers(parameter.grad())));
      }
      optimizer.step();
    }
    parameters.forEach(
        (name, parameter) -> run.keep(ModelCase.trained(name), TorchRun.numbers(parameter)));
    run.keep("losses", Numbers.of(losses));
    run.keep("norms", Numbers.of(norms));
  }

  private Optimizer optimizer() {
    if (shape.adam()) {
      var options = new AdamOptions(ModelCase.ADAM_RATE);
      options.eps().put(ModelCase.ADAM_EPSILON);
      return new Adam(vector, options);
    }
    var options = new SGDOptions(ModelCase.SGD_RATE);
    options.momentum().put(ModelCase.MOMENTUM);
    return new SGD(vector, options);
  }
}
