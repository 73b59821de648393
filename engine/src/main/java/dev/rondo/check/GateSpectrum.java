package dev.rondo.check;

import dev.rondo.tensor.Tensor;
import java.util.Locale;

/// The effect of a gate's recurrent matrix on a state to which it is applied repeatedly.
///
/// @param matrix the name of the parameter, such as `lstm.weight_hh_l0`
/// @param gate gate whose rows of the matrix these are
/// @param radius the largest magnitude of an eigenvalue, including complex ones: the factor per
///   step in the long run; NaN if the matrix is not square (a projected state)
/// @param norm ‖U‖₂, the largest factor in one step
public record GateSpectrum(String matrix, String gate, double radius, double norm) {
  /// Computes the spectrum of any matrix, `[n, m]`.
  ///
  /// The norm is exact to a few ε = 2⁻⁵², and so is the radius of a normal matrix; a defective
  /// eigenvalue of multiplicity k keeps, at worst, only one k-th of its digits. Takes about 20·n³
  /// operations on one thread: 50 ms for n = 128, seconds for 512.
  ///
  /// @return radius and norm, NaN if an element is not finite
  static GateSpectrum of(String matrix, String gate, Tensor values) {
    var rows = new double[values.rows()][values.columns()];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = values.get(i, j);
      }
    }
    boolean square = values.rows() == values.columns();
    double radius = square ? Eigenvalues.radius(rows) : Double.NaN;
    return new GateSpectrum(matrix, gate, radius, Eigenvalues.norm(rows));
  }

  /// One line of a report.
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%-7s spectral radius %.4g, spectral norm %.4g", gate, radius, norm);
  }
}
