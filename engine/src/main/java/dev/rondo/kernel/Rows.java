package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// Operations along or across the rows of a matrix: biases, sums, softmax, cross-entropy, gather
/// and scatter.
///
/// A sum over a row runs in 16 partial sums (element c goes to sum c mod 16) that are folded in a
/// fixed tree (8, 4, 2, 1), whatever the vector width. A sum down a column takes rows in order.
public sealed interface Rows permits ScalarRows, VectorRows, DoubleRows, PlannedRows {
  /// Sets every row of `target` to `row` `[1, n]`, padding included.
  void set(Tensor row, Tensor target);

  /// Adds `row` `[1, n]` to every row of `target`.
  void add(Tensor row, Tensor target);

  /// `target[0][c] += Σ_r source[r][c]`, rows in order.
  void sumColumns(Tensor source, Tensor target);

  /// `target[r][0] += Σ_c source[r][c]`.
  ///
  /// @param target [rows, 1]
  void sum(Tensor source, Tensor target);

  /// `target[r][c] += values[r][0]` for every column: the backward pass of [#sum].
  ///
  /// @param values [rows, 1]
  void addColumn(Tensor values, Tensor target);

  /// `target[r][c] += values[r][0]·source[r][c]`.
  ///
  /// @param values [rows, 1]
  void accumulateScaledRows(Tensor values, Tensor source, Tensor target);

  /// `target[r][0] += Σ_c a[r][c]·b[r][c]`, products fused into the partial sums.
  ///
  /// @param target [rows, 1]
  void dot(Tensor a, Tensor b, Tensor target);

  /// `target[r][c] = fma(row[0][c], source[r][c], target[r][c])`: every row of `source` times
  /// `row`.
  ///
  /// @param row [1, columns]
  /// @param source [rows, columns]; may be `target`
  void accumulateScaledColumns(Tensor row, Tensor source, Tensor target);

  /// `target[0][c] += Σ_r a[r][c]·b[r][c]`, a chain of fused multiply-adds that starts at the
  /// target and takes rows in order: the backward pass of [#accumulateScaledColumns] for its row.
  ///
  /// @param target [1, columns]; neither `a` nor `b`
  void dotColumns(Tensor a, Tensor b, Tensor target);

  /// Subtracts the mean from each row and divides by the standard deviation.
  ///
  ///     y[r] = (x[r] - mean(x[r]))·statistics[r]
  ///     statistics[r] = 1 / sqrt(mean((x[r] - mean(x[r]))²) + epsilon)
  ///
  /// A row is `blocks` blocks of `size` elements, each padded as a row is; mean and variance are
  /// those of all `blocks·size` elements together. Partial sums continue from block to block. The
  /// mean is computed first, and then the squares of the differences from it. The padding of all
  /// blocks of `y` is zero afterwards.
  ///
  /// @param x [rows, blocks·padded(size)], read; with one block also [rows, size]
  /// @param epsilon positive
  /// @param y as `x`, written; may be `x`
  /// @param statistics [rows, 1], written
  void normalize(Tensor x, int blocks, int size, double epsilon, Tensor y, Tensor statistics);

  /// The backward pass of [#normalize].
  ///
  ///     target[r] = statistics[r]·(gradient[r] - mean(gradient[r]) - y[r]·mean(gradient[r]∘y[r]))
  ///
  /// @param y as written by [#normalize], read
  /// @param statistics [rows, 1], as written by [#normalize], read
  /// @param gradient as `y`, read; its padding is zero
  /// @param target as `y`, written; may be `gradient` or `y`
  void normalizeBackward(
      Tensor y, Tensor statistics, int blocks, int size, Tensor gradient, Tensor target);

  /// The sum of the squares of all elements, in double from the first product on: each row in 16
  /// partial sums, rows in order.
  double sumOfSquares(Tensor source);

  /// `target = softmax(source)` along each row; the row's maximum is subtracted first.
  void softmax(Tensor source, Tensor target);

  /// `target += y∘(gradient - Σ_c gradient∘y)` for `y = softmax(x)`.
  void softmaxBackward(Tensor y, Tensor gradient, Tensor target);

  /// `target[r][0] = log Σ_c exp(source[r][c])`.
  ///
  /// @param target [rows, 1]
  void logSumExp(Tensor source, Tensor target);

  /// Cross-entropy of each row with its target, and its gradient, in one pass over the logits.
  ///
  ///     losses[r] = logSumExp(logits[r]) - logits[r][t]      t = targets[first + r]
  ///     gradient[r] = softmax(logits[r]) - onehot(t)
  ///
  /// Both are 0 where the target is [Tokens#IGNORED].
  ///
  /// @param logits [rows, classes], read
  /// @param losses [rows, 1], written
  /// @param gradient [rows, classes], written; may be `logits`
  void crossEntropy(Tensor logits, Tokens targets, int first, Tensor losses, Tensor gradient);

  /// `target[r] = table[tokens[first + r]]`, padding included; zeros where the token is
  /// [Tokens#IGNORED].
  void gather(Tensor table, Tokens tokens, int first, Tensor target);

  /// `table[tokens[first + r]] = source[r]`, padding included; nothing where the token is
  /// [Tokens#IGNORED]. Tokens differ.
  void scatter(Tensor source, Tokens tokens, int first, Tensor table);

  /// `table[tokens[first + r]] += source[r]`, rows in order; nothing where the token is
  /// [Tokens#IGNORED].
  void scatterAdd(Tensor source, Tokens tokens, int first, Tensor table);

  /// `target[r][targetFrom + i] = source[r][sourceFrom + i]` for `count` columns, at any column.
  void copyColumns(Tensor source, int sourceFrom, Tensor target, int targetFrom, int count);

  /// As [#copyColumns], added to the target.
  void accumulateColumns(Tensor source, int sourceFrom, Tensor target, int targetFrom, int count);

  /// `target[c][r] += source[r][c]`.
  void accumulateTransposed(Tensor source, Tensor target);
}
