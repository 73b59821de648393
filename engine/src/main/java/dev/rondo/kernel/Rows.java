package dev.rondo.kernel;

import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Tokens;

/// Operations along or across the rows of a matrix: biases, sums, softmax, cross-entropy, gather
/// and scatter.
///
/// A sum over a row runs in 16 partial sums (element c goes to sum c mod 16) that are folded in a
/// fixed tree (8, 4, 2, 1), whatever the vector width. A sum down a column takes rows in order.
public sealed interface Rows permits ScalarRows, VectorRows, DoubleRows {
  /// Every row of `target` becomes `row` `[1, n]`, padding included.
  void set(Tensor row, Tensor target);

  /// `row` `[1, n]` is added to every row of `target`.
  void add(Tensor row, Tensor target);

  /// `target[0][c] += Σ_r source[r][c]`, rows in order.
  void sumColumns(Tensor source, Tensor target);

  /// `target[r][0] += Σ_c source[r][c]`.
  ///
  /// @param target [rows, 1]
  void sum(Tensor source, Tensor target);

  /// `target[r][c] += values[r][0]` for every column: the way back through [#sum].
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
