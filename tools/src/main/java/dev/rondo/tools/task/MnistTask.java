package dev.rondo.tools.task;

import dev.rondo.random.CounterRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Sequential MNIST: an image is read row by row or pixel by pixel, and the answer is its digit.
/// Pixels are numbers from 0 to 1.
///
/// The last twelfth of the training images, at most 5,000, are for validation; training draws from
/// the others, with replacement.
///
/// Source: Q. Le, N. Jaitly, G. Hinton, "A simple way to initialize recurrent networks of rectified
/// linear units", 2015.
final class MnistTask implements Task {
  /// The pixels of one step.
  enum PixelOrder {
    ROW,
    PIXEL
  }

  private static final int DIGITS = 10;
  private static final int MOST_VALIDATION = 5_000;
  private static final int VALIDATION_ONE_IN = 12;
  private static final double WHITE = 255;

  /// Images and their digits.
  private record Images(IdxFile pixels, IdxFile digits) {
    int count() {
      return pixels.shape()[0];
    }
  }

  private final Images training;
  private final Images test;
  private final int forValidation;
  private final int steps;
  private final int inputSize;
  private final CounterRandom seeded;

  /// Reads the four files of MNIST.
  ///
  /// @throws IOException if one is missing or wrong, or they do not fit together
  MnistTask(Path folder, PixelOrder reading, long seed) throws IOException {
    training = images(folder, "train");
    test = images(folder, "t10k");
    int rows = training.pixels.shape()[1];
    int columns = training.pixels.shape()[2];
    if (test.pixels.shape()[1] != rows || test.pixels.shape()[2] != columns) {
      throw new IOException(
          "the images of %s have %d x %d pixels for training and %d x %d for the test"
              .formatted(folder, rows, columns, test.pixels.shape()[1], test.pixels.shape()[2]));
    }
    if (training.count() < 2) {
      throw new IOException(
          "%s has %d training image, expected at least 2".formatted(folder, training.count()));
    }
    forValidation = Math.clamp(training.count() / VALIDATION_ONE_IN, 1, MOST_VALIDATION);
    steps = reading == PixelOrder.ROW ? rows : Math.multiplyExact(rows, columns);
    inputSize = reading == PixelOrder.ROW ? columns : 1;
    seeded = new CounterRandom(seed);
  }

  private static Images images(Path folder, String set) throws IOException {
    var pixels = IdxFile.find(folder, set + "-images-idx3-ubyte", 3);
    var digits = IdxFile.find(folder, set + "-labels-idx1-ubyte", 1);
    if (pixels.shape()[0] != digits.shape()[0]) {
      throw new IOException(
          "%s has %d %s images and %d labels"
              .formatted(folder, pixels.shape()[0], set, digits.shape()[0]));
    }
    for (int i = 0; i < digits.bytes().length; i++) {
      if (Byte.toUnsignedInt(digits.bytes()[i]) >= DIGITS) {
        throw new IOException(
            "%s: %s label %d is %d, expected 0 to 9"
                .formatted(folder, set, i, Byte.toUnsignedInt(digits.bytes()[i])));
      }
    }
    return new Images(pixels, digits);
  }

  @Override
  public String name() {
    return "seqmnist-" + (inputSize == 1 ? "pixel" : "row");
  }

  @Override
  public String description() {
    return "the digit of an image, read in %d steps of %d pixel%s"
        .formatted(steps, inputSize, inputSize == 1 ? "" : "s");
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public int inputSize() {
    return inputSize;
  }

  @Override
  public int outputSize() {
    return DIGITS;
  }

  @Override
  public Measure measure() {
    return Measure.CROSS_ENTROPY;
  }

  @Override
  public List<Baseline> baselines(int testSequences) {
    return List.of(new Baseline("guessing", StrictMath.log(DIGITS), 1.0 / DIGITS));
  }

  @Override
  public int available(Split split) {
    return switch (split) {
      case TRAINING -> Integer.MAX_VALUE;
      case VALIDATION -> forValidation;
      case TEST -> test.count();
    };
  }

  @Override
  public void write(Split split, long number, Batch batch, int b) {
    var images = split == Split.TEST ? test : training;
    int learned = training.count() - forValidation;
    int image =
        switch (split) {
          case TRAINING -> split.sequence(seeded, number).nextInt(learned);
          case VALIDATION -> learned + (int) number;
          case TEST -> (int) number;
        };
    int size = steps * inputSize;
    for (int i = 0; i < size; i++) {
      int pixel = Byte.toUnsignedInt(images.pixels.bytes()[image * size + i]);
      batch.setInput(i / inputSize, b, i % inputSize, pixel / WHITE);
    }
    batch.classes().set(0, b, images.digits.bytes()[image]);
  }
}
