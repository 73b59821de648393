package dev.rondo.autograd;

import dev.rondo.kernel.Activation;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.PackedMatrix;
import dev.rondo.kernel.Plan;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;
import dev.rondo.tensor.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A record of operations, whose backward passes [#backward(Variable)] runs in reverse order.
///
/// Everything on a tape lives in its workspace, which [#close()] rewinds: copy out what has to
/// outlive the step. One tape at a time uses a workspace, on one thread; operations may use the
/// backend's threads.
///
/// An evaluating tape records nothing, applies no dropout, and keeps only values that later
/// operations read.
public final class Tape implements AutoCloseable {
  private record Entry(List<Variable> outputs, Runnable backward) {
    boolean reached() {
      for (var output : outputs) {
        if (output.hasGradient()) {
          return true;
        }
      }
      return false;
    }
  }

  private final Backend backend;
  private final Workspace workspace;
  private final CounterRandom random;
  private final boolean recording;
  private final Thread thread = Thread.currentThread();
  private final List<Entry> entries = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private final Map<Parameter, Variable> parameters = new HashMap<>();
  private final SharedForms shared;

  /// The plan that records kernel calls; null if they run immediately.
  private final Plan plan;

  private boolean walked;
  private boolean closed;

  private Tape(
      Backend backend,
      Workspace workspace,
      CounterRandom random,
      boolean recording,
      SharedForms shared,
      Plan plan) {
    this.backend = backend;
    this.workspace = workspace;
    this.random = random;
    this.recording = recording;
    this.shared = shared;
    this.plan = plan;
  }

  /// A tape for training: operations are recorded, and dropout draws from `random`.
  public static Tape record(Backend backend, Workspace workspace, CounterRandom random) {
    return new Tape(backend, workspace, random, true, new SharedForms(), null);
  }

  /// A tape for evaluation: nothing is recorded, and there is no dropout.
  public static Tape evaluate(Backend backend, Workspace workspace) {
    return new Tape(backend, workspace, new CounterRandom(0), false, new SharedForms(), null);
  }

  /// A tape for evaluation whose kernel calls are recorded in a plan instead of run. Everything on
  /// it stays in the workspace, so the tape must not be closed before the last run of the plan.
  ///
  /// @param shared forms that the plans of one model share, such as packed weights
  public static Tape plan(Plan plan, Workspace workspace, SharedForms shared) {
    return new Tape(plan.backend(), workspace, new CounterRandom(0), false, shared, plan);
  }

  /// The kernels.
  public Backend backend() {
    return backend;
  }

  /// The memory of this tape, for operations.
  public Workspace workspace() {
    return workspace;
  }

  /// True if operations are recorded and dropout is active.
  public boolean training() {
    return recording;
  }

  /// True if kernel calls are recorded in a plan. They run many times, so derived forms of
  /// parameters pay off.
  public boolean planning() {
    return plan != null;
  }

  /// The random numbers of operations during training.
  public CounterRandom random() {
    return random;
  }

  /// Zeros of the backend's type, in the workspace.
  public Tensor zeros(int... shape) {
    var zeros = workspace.zeros(backend.type(), shape);
    if (plan != null) {
      plan.clear(zeros);
    }
    return zeros;
  }

  /// Memory with unspecified content, for a kernel that writes whole rows.
  public Tensor uninitialized(int... shape) {
    return workspace.uninitialized(backend.type(), shape);
  }

  /// A value without a gradient. The tensor is not copied.
  public Variable constant(Tensor value) {
    requireType(value);
    return new Variable(value, false, null);
  }

  /// A value with a gradient, such as an input under test. The tensor is not copied.
  public Variable input(Tensor value) {
    requireType(value);
    return new Variable(value, recording, () -> zeros(value.shape()));
  }

  /// A parameter as a variable, the same one at each call; its gradient is the parameter's own.
  public Variable parameter(Parameter parameter) {
    return parameters.computeIfAbsent(
        parameter, p -> new Variable(p.value(), recording && p.trainable(), p::gradient));
  }

  private void requireType(Tensor value) {
    if (value.type() != backend.type()) {
      throw new IllegalArgumentException(
          "value is %s, expected %s".formatted(value, backend.type()));
    }
  }

  /// The result of an operation, recorded if an input is differentiable. This is the extension
  /// point for operations of your own.
  ///
  /// @param value the computed value
  /// @param backward adds to the gradient of each input that is
  ///   [differentiable][Variable#differentiable()], from the gradient of the result; run at most
  ///   once, and only if a gradient reached the result
  /// @param inputs the operands of the value
  public Variable operation(Tensor value, Consumer<Variable> backward, Variable... inputs) {
    var result = variable(value, () -> zeros(value.shape()), inputs);
    if (result.differentiable()) {
      entry(() -> backward.accept(result), result);
    }
    return result;
  }

  /// The result of an operation in plain Java, over arrays instead of tensors.
  ///
  /// @param shape of the result
  /// @param operation the forward and the backward pass
  /// @param inputs the operands
  public Variable operation(int[] shape, PlainOperation operation, Variable... inputs) {
    return PlainOperations.record(this, shape, operation, inputs);
  }

  /// A result whose gradient lives in memory chosen by the operation; to be used with [#entry].
  ///
  /// @param gradientMemory supplies zeros in the shape of the value; called at most once
  public Variable variable(Tensor value, Supplier<Tensor> gradientMemory, Variable... inputs) {
    requireOpen();
    return new Variable(value, recording && anyDifferentiable(inputs), gradientMemory);
  }

  /// Records the backward pass of an operation with several results.
  ///
  /// @param backward run once if a gradient reached any of the outputs
  public void entry(Runnable backward, Variable... outputs) {
    requireOpen();
    if (recording) {
      entries.add(new Entry(List.of(outputs), backward));
    }
  }

  /// True if any of these is differentiable.
  public static boolean anyDifferentiable(Variable... variables) {
    for (var variable : variables) {
      if (variable != null && variable.differentiable()) {
        return true;
      }
    }
    return false;
  }

  /// One object per tape and key, shared by several operations of a layer. It is made at the first
  /// call, on the thread of the tape.
  ///
  /// @param key compared by `equals`; include the layer's identity
  public <T> T shared(Object key, Class<T> type, Supplier<T> make) {
    T value = shared.get(key, type);
    if (value == null) {
      assert Thread.currentThread() == thread : "not made before workers looked for it: " + key;
      value = plan == null ? make.get() : plan.now(make);
      shared.put(key, value);
    }
    return value;
  }

  /// A packed operand, filled once per tape: weights are packed per step, not per use.
  public PackedMatrix packed(Object key, int depth, int columns, Consumer<PackedMatrix> fill) {
    return shared(
        key,
        PackedMatrix.class,
        () -> {
          int rows = PackedMatrix.storageRows(backend.gemm(), depth, columns);
          var storage = zeros(rows, Tensor.ROW_ALIGNMENT);
          var packed = PackedMatrix.of(backend.gemm(), storage, depth, columns);
          fill.accept(packed);
          packed.finish();
          return packed;
        });
  }

  /// Runs `work` at the end of the backward pass, in the order of the calls.
  public void afterBackward(Runnable work) {
    afterwards.add(work);
  }

  /// Runs the backward pass: adds dL/dvalue to the gradients of parameters and inputs.
  ///
  /// @param loss a value of one element
  /// @throws IllegalStateException if the tape evaluates, or its backward pass has already run
  public void backward(Variable loss) {
    if (loss.value().size() != 1) {
      throw new IllegalArgumentException("loss is %s, expected one element".formatted(loss));
    }
    if (recording && loss.differentiable()) {
      loss.gradient().set(0, 0, 1.0);
    }
    walkBack();
  }

  /// Runs the backward pass from a result of any shape, as [#backward(Variable)] from a loss: the
  /// gradient of Σ value∘upstream.
  ///
  /// @param upstream the gradient of the result, in its shape
  public void backward(Variable result, Tensor upstream) {
    requireType(upstream);
    if (!Arrays.equals(upstream.shape(), result.value().shape())) {
      throw new IllegalArgumentException(
          "upstream is %s, expected the shape of the result, %s".formatted(upstream, result));
    }
    if (recording && result.differentiable()) {
      backend.arithmetic().accumulate(upstream, result.gradient());
    }
    walkBack();
  }

  private void walkBack() {
    requireOpen();
    if (!recording) {
      throw new IllegalStateException("an evaluating tape has no backward pass");
    }
    if (walked) {
      throw new IllegalStateException("the tape was walked back already");
    }
    walked = true;
    for (var entry : entries.reversed()) {
      if (entry.reached()) {
        entry.backward.run();
      }
    }
    afterwards.forEach(Runnable::run);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the tape is closed");
    }
  }

  /// Ends the tape and rewinds its workspace.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      entries.clear();
      workspace.rewind();
    }
  }

  // The basic operations. Shapes must be equal unless stated otherwise; there is no broadcasting.

  /// `a + b`.
  public Variable add(Variable a, Variable b) {
    return Elementwise.add(this, a, b);
  }

  /// `a - b`.
  public Variable subtract(Variable a, Variable b) {
    return Elementwise.subtract(this, a, b);
  }

  /// `a∘b`.
  public Variable multiply(Variable a, Variable b) {
    return Elementwise.multiply(this, a, b);
  }

  /// `factor·a`.
  public Variable scale(double factor, Variable a) {
    return Elementwise.scale(this, factor, a);
  }

  /// `tanh(a)`.
  public Variable tanh(Variable a) {
    return Elementwise.tanh(this, a);
  }

  /// `σ(a) = 1 / (1 + exp(-a))`.
  public Variable sigmoid(Variable a) {
    return Elementwise.sigmoid(this, a);
  }

  /// `max(a, 0)`.
  public Variable relu(Variable a) {
    return Elementwise.relu(this, a);
  }

  /// `condition != 0 ? a : b`, element by element; no gradient flows to the condition.
  public Variable where(Tensor condition, Variable a, Variable b) {
    return Elementwise.where(this, condition, a, b);
  }

  /// `a·b`: `[..., k]` times `[k, n]` gives `[..., n]`.
  public Variable matmul(Variable a, Variable b) {
    return Matrices.matmul(this, a, b);
  }

  /// `aᵀ` of a matrix.
  public Variable transpose(Variable a) {
    return Matrices.transpose(this, a);
  }

  /// `a` with `bias` `[n]` added to every row.
  public Variable addRow(Variable a, Variable bias) {
    return Matrices.addRow(this, a, bias);
  }

  /// Joined along the last dimension: `[..., m]` and `[..., n]` give `[..., m + n]`.
  public Variable concat(Variable... parts) {
    return Matrices.concat(this, parts);
  }

  /// Columns `from` to `from + count` of every row.
  public Variable slice(Variable a, int from, int count) {
    return Matrices.slice(this, a, from, count);
  }

  /// Step `i` of the first dimension.
  public Variable at(Variable a, int i) {
    return Matrices.at(this, a, i);
  }

  /// Equal shapes joined along a new first dimension.
  public Variable stack(List<Variable> parts) {
    return Matrices.stack(this, parts);
  }

  /// The sum of all elements, `[]`.
  public Variable sum(Variable a) {
    return Reductions.sum(this, a);
  }

  /// The mean of all elements, `[]`.
  public Variable mean(Variable a) {
    return Reductions.mean(this, a);
  }

  /// The sum along the last dimension: `[..., n]` gives `[..., 1]`.
  public Variable sumRows(Variable a) {
    return Reductions.sumRows(this, a);
  }

  /// Softmax along the last dimension.
  public Variable softmax(Variable a) {
    return Reductions.softmax(this, a);
  }

  /// Rows of `table` `[rows, n]` selected by tokens `[T, B]`: `[T, B, n]`. Where the token is
  /// [Tokens#IGNORED], the row is zero and has no gradient. The tokens are not copied and must not
  /// change while the tape is open.
  ///
  /// @throws IllegalArgumentException if another token is not a row of the table
  public Variable gather(Variable table, Tokens tokens) {
    return Matrices.gather(this, table, tokens);
  }

  /// `f(a)`, element by element.
  public Variable activation(Activation f, Variable a) {
    return Elementwise.activation(this, f, a);
  }

  /// Every row of `a` times `row` `[n]`, element by element.
  public Variable multiplyRow(Variable a, Variable row) {
    return Matrices.multiplyRow(this, a, row);
  }
}
