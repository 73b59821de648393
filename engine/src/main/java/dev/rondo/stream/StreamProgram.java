package dev.rondo.stream;

import dev.rondo.autograd.SharedForms;
import dev.rondo.autograd.Tape;
import dev.rondo.autograd.Variable;
import dev.rondo.kernel.Plan;
import dev.rondo.nn.CellState;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A step of some streams at once, compiled: memory for their inputs, states and outputs, and the
/// kernel calls between them. One thread at a time uses it.
final class StreamProgram {
  private final Plan plan;
  private final int rows;

  /// Null where the input is a vector.
  private final Tokens tokens;

  private final int vocabularySize;

  /// Null where the input is a token.
  private final Tensor x;

  /// States before the step and after it, in the order of the layout's parts.
  private final Tensor[] before;

  private final Tensor[] after;

  private final StateLayout.Part[] parts;
  private final Tensor output;

  /// Notes the calls of a step of `rows` streams.
  StreamProgram(
      StreamingStack stack,
      StateLayout layout,
      Plan plan,
      Workspace workspace,
      SharedForms shared,
      int rows) {
    this.plan = plan;
    this.rows = rows;
    this.parts = layout.parts().toArray(StateLayout.Part[]::new);
    // not closed: the memory stays for as long as the plan is run
    @SuppressWarnings("resource")
    var tape = Tape.plan(plan, workspace, shared);
    var inputs = plan.now(() -> new Inputs(stack, tape, rows, parts));
    tokens = inputs.tokens;
    x = inputs.x;
    before = inputs.before;
    vocabularySize = tokens == null ? 0 : stack.vocabularySize();
    Variable input = tokens == null ? tape.constant(x) : stack.embed(tape, tokens);
    var stepped = stack.step(tape, input, cells(tape));
    output = stepped.output().value();
    var states = new ArrayList<Tensor>();
    for (var cell : stepped.states()) {
      states.add(cell.h().value());
      if (cell.c() != null) {
        states.add(cell.c().value());
      }
    }
    after = states.toArray(Tensor[]::new);
  }

  /// Memory that a step reads, zero at first.
  private static final class Inputs {
    final Tokens tokens;
    final Tensor x;
    final Tensor[] before;

    Inputs(StreamingStack stack, Tape tape, int rows, StateLayout.Part[] parts) {
      tokens = stack.takesTokens() ? tape.workspace().tokens(1, rows) : null;
      x = stack.takesTokens() ? null : tape.zeros(rows, stack.inputSize());
      before = new Tensor[parts.length];
      for (int i = 0; i < parts.length; i++) {
        before[i] = tape.zeros(rows, parts[i].size());
      }
    }
  }

  private List<CellState> cells(Tape tape) {
    var cells = new ArrayList<CellState>();
    for (int i = 0; i < parts.length; i++) {
      var h = tape.constant(before[i]);
      boolean hasCellState = i + 1 < parts.length && parts[i + 1].name().startsWith("c_");
      cells.add(new CellState(h, hasCellState ? tape.constant(before[++i]) : null));
    }
    return cells;
  }

  int rows() {
    return rows;
  }

  /// The input of one stream: `inputSize` floats, or a token.
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
    requireToken(token, vocabularySize);
    tokens.set(0, row, token);
  }

  static void requireToken(int token, int vocabularySize) {
    if (token < 0 || token >= vocabularySize) {
      throw new IllegalArgumentException(
          "token is %d, expected 0 to %d".formatted(token, vocabularySize - 1));
    }
  }

  /// The state of one stream from its memory at `base`.
  void loadState(int row, MemorySegment states, long base) {
    for (int i = 0; i < parts.length; i++) {
      var part = parts[i];
      MemorySegment.copy(
          states,
          base + part.byteOffset(),
          before[i].segment(),
          before[i].byteOffset(row, 0),
          part.bytes());
    }
  }

  /// The state of one stream back to its memory.
  void storeState(int row, MemorySegment states, long base) {
    for (int i = 0; i < parts.length; i++) {
      var part = parts[i];
      MemorySegment.copy(
          after[i].segment(),
          after[i].byteOffset(row, 0),
          states,
          base + part.byteOffset(),
          part.bytes());
    }
  }

  /// The output of one stream, `outputSize` floats.
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
