package dev.rondo.properties;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.kernel.WeightFormat;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/// A stream is the sequence, step by step, whatever the stack and the format of its weights.
@Label("Law 1.10: a stream has the bits of the sequence, whatever computes it")
class StreamingProperties {
  /// A sign, 8 bits of exponent, 7 of the fraction.
  private static final int BFLOAT16 = 16;

  private final Backend scalar = Backend.scalar(Threads.one());
  private final Backend vector = Backend.vector(Threads.one());

  /// Batches of eight and more too, where a layer orders its products otherwise.
  @Provide
  Arbitrary<StreamShape> shapes() {
    return StreamShape.any(10, 8);
  }

  @Provide
  Arbitrary<StreamShape> fewStreams() {
    return StreamShape.any(2, 6);
  }

  @Property(tries = 40)
  void aStreamHasTheBitsOfTheSequence(@ForAll("shapes") StreamShape shape) {
    for (var backend : List.of(scalar, vector)) {
      try (var layers = new StreamCase(shape, backend);
          var model = layers.model(WeightFormat.FLOAT32)) {
        StreamCase.assertSame(layers.sequences(), layers.streams(model));
      }
    }
  }

  @Tag("kernel")
  @Property(tries = 12)
  void scalarAndVectorKernelsGiveTheSameStreams(@ForAll("fewStreams") StreamShape shape) {
    for (var format : WeightFormat.values()) {
      try (var one = new StreamCase(shape, scalar);
          var other = new StreamCase(shape, vector);
          var oneModel = one.model(format);
          var otherModel = other.model(format)) {
        StreamCase.assertSame(one.streams(oneModel), other.streams(otherModel));
      }
    }
  }

  /// Biases, gains, peepholes and tables are not rounded.
  @Property(tries = 15)
  void bfloat16IsTheFloat32StreamOfRoundedWeights(@ForAll("fewStreams") StreamShape shape) {
    try (var exact = new StreamCase(shape, vector);
        var rounded = new StreamCase(shape, vector)) {
      for (var parameter : rounded.parameters.all()) {
        if (parameter.name().matches(".*\\.weight_(ih|hh|hr)_l\\d|head\\.weight")) {
          var value = parameter.value();
          for (int r = 0; r < value.rows(); r++) {
            for (int c = 0; c < value.columns(); c++) {
              value.set(r, c, rounded((float) value.get(r, c)));
            }
          }
        }
      }
      try (var model = exact.model(WeightFormat.BFLOAT16);
          var reference = rounded.model(WeightFormat.FLOAT32)) {
        StreamCase.assertSame(rounded.streams(reference), exact.streams(model));
      }
    }
  }

  /// To the nearest, ties to even: adding and taking away a number 2^17 times as large leaves 7
  /// bits of the fraction.
  private static float rounded(float value) {
    double magnitude = Math.scalb(1.5, Math.getExponent(value) + 52 - 23 + BFLOAT16);
    return (float) (value + magnitude - magnitude);
  }
}
