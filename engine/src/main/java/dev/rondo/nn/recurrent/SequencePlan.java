package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Tuning;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The order in which a layer takes the rows of a batch, step by step.
///
/// The steps of the plan are the layer's own: step 0 is where the layer begins, wherever that is in
/// time. A *slot* is a run of steps with one state. It is usually a whole sequence; if a mask loses
/// the state in a gap, it is one part of a sequence. Slots are ordered by their lengths, longest
/// first, so the active slots of each step are the first ones. The rows of all steps can then lie
/// in memory without gaps: they are *packed*. Nothing is computed for a step that is not real.
///
/// States are kept for all slots before step 0 and then for each packed row, in one tensor: the
/// state before step s of the active slots is the one that step s - 1 left.
///
/// The plan of a batch without lengths, taken forward, is the memory order of the batch itself:
/// nothing is copied.
final class SequencePlan {

  private final int slots;
  private final int[] offsets;
  private final boolean whole;
  private final Tokens sources;
  private final Tokens starts;
  private final Tokens ends;
  private final Tokens endSlots;
  private final Tokens slotRows;

  private SequencePlan(
      int slots,
      int[] offsets,
      Tokens sources,
      Tokens starts,
      Tokens ends,
      Tokens endSlots,
      Tokens slotRows) {
    this.slots = slots;
    this.offsets = offsets;
    this.whole = sources == null;
    this.sources = sources;
    this.starts = starts;
    this.ends = ends;
    this.endSlots = endSlots;
    this.slotRows = slotRows;
  }

  /// The plan of a batch `[steps, batchSize]`.
  ///
  /// @param lengths which steps are real; null if all are
  static SequencePlan of(Tape tape, int steps, int batchSize, Lengths lengths, boolean reversed) {
    if (!reversed && (lengths == null || lengths.allReal(steps))) {
      return whole(steps, batchSize);
    }
    return packed(tape, steps, batchSize, lengths, reversed);
  }

  private static SequencePlan whole(int steps, int batchSize) {
    var offsets = new int[steps + 1];
    for (int s = 0; s <= steps; s++) {
      offsets[s] = s * batchSize;
    }
    return new SequencePlan(batchSize, offsets, null, null, null, null, null);
  }

  /// A run of steps with its position among the runs of its row.
  private record Slot(Lengths.RealSteps run, boolean first, boolean last) {
    int length() {
      return run.length();
    }
  }

  private static List<Slot> slots(int steps, int batchSize, Lengths lengths, boolean reversed) {
    var slots = new ArrayList<Slot>();
    for (int b = 0; b < batchSize; b++) {
      var runs = lengths == null ? Lengths.everyStep(b, steps) : lengths.runs(b);
      for (int i = 0; i < runs.size(); i++) {
        // in the layer's own order, as are the steps of each run
        var run = reversed ? runs.get(runs.size() - 1 - i).reversed() : runs.get(i);
        slots.add(new Slot(run, i == 0, i == runs.size() - 1));
      }
    }
    slots.sort(Comparator.comparingInt(slot -> -slot.length()));
    return slots;
  }

  private static SequencePlan packed(
      Tape tape, int steps, int batchSize, Lengths lengths, boolean reversed) {
    var slots = slots(steps, batchSize, lengths, reversed);
    var offsets = new int[slots.getFirst().length() + 1];
    for (int s = 0; s < offsets.length - 1; s++) {
      int active = 0;
      while (active < slots.size() && slots.get(active).length() > s) {
        active++;
      }
      offsets[s + 1] = offsets[s] + active;
    }
    var sources = tape.workspace().tokens(1, offsets[offsets.length - 1]);
    var starts = tape.workspace().tokens(1, slots.size());
    var ends = tape.workspace().tokens(1, batchSize);
    var endSlots = tape.workspace().tokens(1, batchSize);
    var slotRows = tape.workspace().tokens(1, slots.size());
    for (int v = 0; v < slots.size(); v++) {
      var slot = slots.get(v);
      int row = slot.run.row();
      slotRows.set(0, v, row);
      for (int s = 0; s < slot.length(); s++) {
        sources.set(0, offsets[s] + v, slot.run.time(s) * batchSize + row);
      }
      starts.set(0, v, slot.first ? row : Tokens.IGNORED);
      if (slot.last) {
        int end = slot.length() == 0 ? v : slots.size() + offsets[slot.length() - 1] + v;
        ends.set(0, row, end);
        endSlots.set(0, row, v);
      }
    }
    return new SequencePlan(slots.size(), offsets, sources, starts, ends, endSlots, slotRows);
  }

  /// The number of steps; 0 if no row has a real one.
  int steps() {
    return offsets.length - 1;
  }

  /// The number of slots.
  int slots() {
    return slots;
  }

  /// The number of slots active in step `s`; these are the first ones.
  int active(int s) {
    return offsets[s + 1] - offsets[s];
  }

  /// The packed row of slot 0 in step `s`; the number of all rows if `s` is the number of steps.
  int offset(int s) {
    return offsets[s];
  }

  /// Number of packed rows of `count` steps from `first` on.
  int rows(int first, int count) {
    return offsets[first + count] - offsets[first];
  }

  /// Number of packed rows of all steps.
  int rows() {
    return offsets[offsets.length - 1];
  }

  /// The row, among the rows of all states, where step `s` reads the previous state.
  int stateBefore(int s) {
    return s == 0 ? 0 : slots + offsets[s - 1];
  }

  /// The row, among the rows of all states, where step `s` writes its state.
  int stateAfter(int s) {
    return slots + offsets[s];
  }

  /// True if the packed rows are those of the batch, in its own order.
  boolean whole() {
    return whole;
  }

  /// True if every step has all slots.
  boolean rectangular() {
    return rows() == steps() * slots;
  }

  /// The row of the batch of each packed row.
  Tokens sources() {
    return sources;
  }

  /// The row of the batch whose initial state each slot begins from; ignored for a zero state.
  Tokens starts() {
    return starts;
  }

  /// The position of the last state of each row of the batch, among the rows of all states.
  Tokens ends() {
    return ends;
  }

  /// The slot that each row of the batch ends in.
  Tokens endSlots() {
    return endSlots;
  }

  /// The row of the batch that each slot belongs to.
  Tokens slotRows() {
    return slotRows;
  }

  /// The positions of the previous states of `count` packed rows from `at` on, which make up whole
  /// steps.
  ///
  /// @param first the step that `at` belongs to; the states begin just before it
  Tokens previous(Tape tape, int first, int at, int count) {
    var result = tape.workspace().tokens(1, count);
    int begin = offsets[first];
    for (int s = 0; s < steps(); s++) {
      if (offsets[s] < at || offsets[s] >= at + count) {
        continue;
      }
      int before = s == first ? 0 : stateBefore(s) - begin;
      for (int v = 0; v < active(s); v++) {
        result.set(0, offsets[s] - at + v, before + v);
      }
    }
    return result;
  }

  /// Slots cut into `parts` runs of about equal work: part i is `cuts[i]` to `cuts[i + 1]`.
  int[] cuts(int parts) {
    // whole tiles if there are enough of them
    int granularity = slots >= Tuning.ROWS_OF_A_STEP * parts ? Tuning.ROWS_OF_A_STEP : 1;
    var cuts = new int[parts + 1];
    long done = 0;
    int slot = 0;
    for (int part = 1; part < parts; part++) {
      while (slot < slots && done * parts < (long) rows() * part) {
        for (int next = Math.min(slots, slot + granularity); slot < next; slot++) {
          done += length(slot);
        }
      }
      cuts[part] = slot;
    }
    cuts[parts] = slots;
    return cuts;
  }

  /// Steps of a slot.
  int length(int slot) {
    int low = 0;
    int high = steps();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (active(middle) > slot) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Rows of the batch in packed order, on all threads; not copied if already in that order.
  Tensor packed(Tape tape, Tensor rows) {
    if (whole) {
      return rows;
    }
    var packed = tape.uninitialized(rows(), rows.columns());
    gather(tape, rows, sources, packed);
    return packed;
  }

  /// `target = source` in packed order, on all threads.
  static void gather(Tape tape, Tensor source, Tokens rows, Tensor target) {
    var kernel = tape.backend().rows();
    tape.backend()
        .parallel()
        .overRows(
            target.rows(),
            target.columns(),
            (from, count) -> kernel.gather(source, rows, from, target.rows(from, count)));
  }

  /// Copies from packed order to the order of the batch, on all threads. Rows of the target without
  /// a packed row keep their values.
  static void scatter(Tape tape, Tensor source, Tokens rows, Tensor target) {
    var kernel = tape.backend().rows();
    tape.backend()
        .parallel()
        .overRows(
            source.rows(),
            source.columns(),
            (from, count) -> kernel.scatter(source.rows(from, count), rows, from, target));
  }
}
