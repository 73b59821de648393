package dev.rondo.bench.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// Arrays that contenders exchange: a folder with one file of little-endian float32 per array. The
/// work defines the shapes. Token ids are exact as floats.
///
/// | array | in it |
/// |---|---|
/// | `input` | `[steps, batchSize, hiddenSize]`, or tokens `[steps, batchSize]` |
/// | `upstream` | dL/d(output) of a training step, in the output's shape |
/// | `targets` | tokens `[steps, batchSize]` of the character model |
/// | a parameter's name | its first value |
///
/// [Contender#check] describes the arrays that a check writes.
public final class Numbers {
  private final Path folder;

  /// The arrays in a folder.
  public Numbers(Path folder) {
    this.folder = folder;
  }

  /// Whether the array exists.
  public boolean has(String name) {
    return Files.exists(path(name));
  }

  /// An array's values.
  public float[] read(String name) throws IOException {
    var floats =
        ByteBuffer.wrap(Files.readAllBytes(path(name)))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    var values = new float[floats.remaining()];
    floats.get(values);
    return values;
  }

  /// Token ids.
  public int[] readTokens(String name) throws IOException {
    var values = read(name);
    var tokens = new int[values.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) values[i];
    }
    return tokens;
  }

  /// Writes an array.
  public void write(String name, float[] values) throws IOException {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(path(name), bytes.array());
  }

  private Path path(String name) {
    return folder.resolve(name + ".f32");
  }

  /// Generates operands and initial values; those of a work are always the same.
  void writeOperands(Work work) throws IOException {
    var random = new SplittableRandom(1);
    double bound = 1 / Math.sqrt(work.hiddenSize());
    for (var parameter : work.parameters().entrySet()) {
      int size = 1;
      for (int dimension : parameter.getValue()) {
        size *= dimension;
      }
      write(parameter.getKey(), uniform(random, size, bound));
    }
    int rows = work.steps() * work.batchSize();
    if (work.kind() == Work.Kind.CHARLM) {
      write("input", tokens(random, rows));
      write("targets", tokens(random, rows));
    } else {
      write("input", uniform(random, rows * work.hiddenSize(), 1));
    }
    if (work.kind() == Work.Kind.TRAIN) {
      write("upstream", uniform(random, rows * work.hiddenSize(), 1));
    }
  }

  private static float[] uniform(SplittableRandom random, int size, double bound) {
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }

  private static float[] tokens(SplittableRandom random, int size) {
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextInt(Work.SYMBOLS);
    }
    return values;
  }
}
