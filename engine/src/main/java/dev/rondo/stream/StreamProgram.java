package dev.rondo.stream;

import dev.rondo.autograd.SharedForms;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Plan;
import dev.rondo.nn.recurrent.CellState;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A compiled step of one or more streams at once: memory for their inputs, states and outputs, and
/// the recorded kernel calls between them. One thread at a time uses it.
final class StreamProgram {
  private final Plan plan;
  private final int rows;

  /// Null where the input is a vector.
  private final Tokens tokens;

  private final int vocabularySize;

  /// Null where the input is a token.
  private final Tensor x;

  /// States before the step and after it.
  private final StateRuns before;

  private final StateRuns after;
  private final Tensor output;

  /// Records the kernel calls of a step of `rows` streams.
  StreamProgram(
      StreamingStack stack,
      StateLayout layout,
      Plan plan,
      Workspace workspace,
      SharedForms shared,
      int rows) {
    this.plan = plan;
    this.rows = rows;
    // not closed: the memory stays for as long as the plan is run
    @SuppressWarnings("resource")
    var tape = Tape.plan(plan, workspace, shared);
    tokens = stack.takesTokens() ? workspace.tokens(1, rows) : null;
    vocabularySize = stack.takesTokens() ? stack.vocabularySize() : 0;
    x = stack.takesTokens() ? null : plan.now(() -> tape.zeros(rows, stack.inputSize()));
    var block = plan.now(() -> tape.zeros(lines(layout, rows), Tensor.ROW_ALIGNMENT)).segment();
    before = StateRuns.of(layout, block, rows);
    Variable input = tokens == null ? tape.constant(x) : stack.embed(tape, tokens);
    var stepped = stack.step(tape, input, cells(tape, layout, block));
    output = stepped.output().value();
    var states = new ArrayList<Tensor>();
    for (var cell : stepped.states()) {
      for (var part : cell.parts()) {
        states.add(part.value());
      }
    }
    after = StateRuns.of(layout, states, rows);
  }

  private static int lines(StateLayout layout, int rows) {
    long elements = rows * (layout.bytes() - StateLayout.HEADER_BYTES) / Float.BYTES;
    return Math.toIntExact(elements / Tensor.ROW_ALIGNMENT);
  }

  private List<CellState> cells(Tape tape, StateLayout layout, MemorySegment block) {
    var cells = new ArrayList<List<Variable>>();
    for (var part : layout.parts()) {
      var memory = block.asSlice(StateRuns.blockAt(part, rows), rows * part.bytes());
      var state = tape.constant(Tensor.over(memory, ElementType.FLOAT32, rows, part.size()));
      if (part.isHidden()) {
        cells.add(new ArrayList<>());
      }
      cells.getLast().add(state);
    }
    var states = new ArrayList<CellState>();
    for (var parts : cells) {
      states.add(new CellState(parts));
    }
    return states;
  }

  int rows() {
    return rows;
  }

  /// Copies in the input of one stream: `inputSize` floats, or a token.
  ///
  /// @throws IllegalArgumentException if the token is not in the vocabulary
  void loadInput(int row, MemorySegment inputs, long at) {
    if (tokens != null) {
      loadToken(row, inputs.get(ValueLayout.JAVA_INT_UNALIGNED, at));
    } else {
      MemorySegment.copy(
          inputs, at, x.segment(), x.byteOffset(row, 0), (long) x.columns() * Float.BYTES);
    }
  }

  void loadInput(float[] input) {
    MemorySegment.copy(
        input, 0, x.segment(), ValueLayout.JAVA_FLOAT, x.byteOffset(0, 0), x.columns());
  }

  void loadToken(int row, int token) {
    StepArguments.requireToken(token, vocabularySize);
    tokens.set(0, row, token);
  }

  /// Copies in the state of one stream from its memory at `base`.
  void loadState(int row, MemorySegment states, long base) {
    before.load(row, states, base);
  }

  /// Copies the state of one stream back to its memory.
  void storeState(int row, MemorySegment states, long base) {
    after.store(row, states, base);
  }

  /// Copies out the output of one stream, `outputSize` floats.
  void storeOutput(int row, MemorySegment outputs, long at) {
    MemorySegment.copy(
        output.segment(),
        output.byteOffset(row, 0),
        outputs,
        at,
        (long) output.columns() * Float.BYTES);
  }

  void storeOutput(float[] target) {
    MemorySegment.copy(
        output.segment(),
        ValueLayout.JAVA_FLOAT,
        output.byteOffset(0, 0),
        target,
        0,
        output.columns());
  }

  void run() {
    plan.run();
  }
}
