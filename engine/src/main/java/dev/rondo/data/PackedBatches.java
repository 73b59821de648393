package dev.rondo.data;

import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Workspace;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/// Packed rows in batches, shuffled each epoch.
record PackedBatches(PackedTexts texts, int batchSize, CounterRandom random) implements Batches {
  @Override
  public int batchesPerEpoch() {
    return Math.ceilDiv(texts.rows(), batchSize);
  }

  @Override
  public Batch batch(long epoch, int index, Workspace workspace) {
    Objects.checkIndex(index, batchesPerEpoch());
    int[] order = IntStream.range(0, texts.rows()).toArray();
    random.fork(epoch).shuffle(order);
    int[] chosen = new int[batchSize];
    Arrays.setAll(
        chosen,
        b -> {
          int place = index * batchSize + b;
          return place < order.length ? order[place] : -1;
        });
    return texts.batch(workspace, chosen);
  }
}
