package dev.rondo.bench.peers.dl4j;

import dev.rondo.bench.peers.Contender;
import dev.rondo.bench.peers.Numbers;
import dev.rondo.bench.peers.Work;
import dev.rondo.bench.peers.Worker;
import java.io.IOException;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/// A network of one recurrent layer whose loss is the product with the upstream gradient, trained
/// by `fit`, with workspaces.
///
/// DL4J keeps sequences as `[batch, features, time]`, weights as `[in, gates·out]`, and one bias
/// where PyTorch has two. Therefore the norm for clipping and the updates of the bias differ a
/// little, and parameters after training are not compared; output and gradients are.
public final class Dl4jContender implements Contender {
  /// The PyTorch gate (i f g o) of each of DL4J's blocks.
  private static final int[] LSTM_GATES = {2, 1, 3, 0};

  private static final int[] RNN_GATES = {0};

  private final Work work;
  private final int[] gates;
  private final MultiLayerNetwork network;
  private final INDArray input;
  private final INDArray upstream;

  private Dl4jContender(Work work, Numbers operands) throws IOException {
    this.work = work;
    gates = work.cell() == Work.Cell.LSTM ? LSTM_GATES : RNN_GATES;
    var configuration =
        new NeuralNetConfiguration.Builder()
            .miniBatch(false)
            .updater(new Adam(Work.LEARNING_RATE))
            .gradientNormalization(GradientNormalization.ClipL2PerLayer)
            .gradientNormalizationThreshold(work.largestNorm())
            .list()
            .layer(layer())
            .layer(
                new RnnLossLayer.Builder(new ProductLoss()).activation(Activation.IDENTITY).build())
            .build();
    network = new MultiLayerNetwork(configuration);
    network.init();
    set("W", operands.read("layer.weight_ih_l0"));
    set("RW", operands.read("layer.weight_hh_l0"));
    var bias = operands.read("layer.bias_ih_l0");
    var second = operands.read("layer.bias_hh_l0");
    for (int i = 0; i < bias.length; i++) {
      bias[i] += second[i];
    }
    set("b", bias);
    input = sequence(operands.read("input"));
    upstream = sequence(operands.read("upstream"));
  }

  /// Started by the harness.
  public static void main(String[] arguments) {
    Worker.serve(arguments, Dl4jContender::new);
  }

  private BaseRecurrentLayer layer() {
    int size = work.hiddenSize();
    return work.cell() == Work.Cell.LSTM
        ? new LSTM.Builder().nIn(size).nOut(size).activation(Activation.TANH).build()
        : new SimpleRnn.Builder().nIn(size).nOut(size).activation(Activation.TANH).build();
  }

  /// `[steps, batch, features]` as `[batch, features, steps]`.
  private INDArray sequence(float[] values) {
    return Nd4j.createFromArray(values)
        .reshape('c', work.steps(), work.batchSize(), work.hiddenSize())
        .permute(1, 2, 0)
        .dup('f');
  }

  /// Sets a parameter from PyTorch's layout `[gates·out, in]` or `[gates·out]`.
  private void set(String name, float[] values) {
    var target = network.getLayer(0).getParam(name);
    var ordered = reordered(values, true);
    int rows = gates.length * work.hiddenSize();
    target.assign(
        Nd4j.createFromArray(ordered)
            .reshape('c', rows, values.length / rows)
            .transpose()
            .reshape(target.shape()));
  }

  /// The gradient of a parameter in PyTorch's layout.
  private float[] values(INDArray gradient) {
    var rows = gradient.rank() == 2 ? gradient.transpose() : gradient;
    return reordered(rows.dup('c').data().asFloat(), false);
  }

  private float[] reordered(float[] values, boolean fromPyTorch) {
    int block = values.length / gates.length;
    var result = new float[values.length];
    for (int gate = 0; gate < gates.length; gate++) {
      int from = fromPyTorch ? gates[gate] : gate;
      int to = fromPyTorch ? gate : gates[gate];
      System.arraycopy(values, from * block, result, to * block, block);
    }
    return result;
  }

  @Override
  public void check(Numbers results) throws IOException {
    var output = network.output(input, false);
    results.write("output", output.permute(2, 0, 1).dup('c').data().asFloat());
    network.setInput(input);
    network.setLabels(upstream);
    network.computeGradientAndScore();
    var gradients = network.gradient().gradientForVariable();
    var names = Map.of("W", "weight_ih_l0", "RW", "weight_hh_l0", "b", "bias_ih_l0");
    for (var name : names.entrySet()) {
      results.write(
          "gradient.layer." + name.getValue(), values(gradients.get("0_" + name.getKey())));
    }
  }

  @Override
  public void iterate() {
    network.fit(input, upstream);
  }
}
