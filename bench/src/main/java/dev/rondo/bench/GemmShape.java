package dev.rondo.bench;

import static java.util.Locale.ROOT;

import java.util.List;

/// A matrix product of a layer with `m` rows of activations, `n` outputs and `k` inputs.
///
/// @param form which of the layer's three products
/// @param m rows of activations
/// @param n outputs: rows of the weights W
/// @param k inputs: columns of the weights W
public record GemmShape(Product form, int m, int n, int k) {
  /// The three products of a layer.
  public enum Product {
    /// `Y[m, n] += X[m, k]·Wᵀ`, W packed.
    FORWARD,
    /// `dX[m, k] += dY[m, n]·W`, W packed.
    BACKWARD,
    /// `dW[n, k] += dYᵀ[n, m]·X[m, k]`, nothing packed.
    GRADIENT
  }

  /// The shapes of the kernel measurements: a step of a batch, heads of 65 classes, weights from 64
  /// kB to 16 MB, whole sequences.
  public static final List<String> NAMED =
      List.of(
          "forward-8x256x64",
          "forward-32x1024x256",
          "forward-50x65x128",
          "forward-512x4096x1024",
          "forward-3200x1024x256",
          "backward-8x1024x256",
          "backward-32x4096x1024",
          "backward-50x65x128",
          "backward-3200x256x64",
          "gradient-512x256x64",
          "gradient-3200x1024x256",
          "gradient-3200x65x128");

  /// Reads `forward-32x1024x256`: form, m, n, k; a shape without form is a forward product.
  ///
  /// @throws IllegalArgumentException if `text` has another form
  public static GemmShape parse(String text) {
    int dash = text.indexOf('-');
    String[] sizes = text.substring(dash + 1).split("x", -1);
    try {
      var form =
          dash < 0 ? Product.FORWARD : Product.valueOf(text.substring(0, dash).toUpperCase(ROOT));
      if (sizes.length == 3) {
        return new GemmShape(
            form,
            Integer.parseInt(sizes[0]),
            Integer.parseInt(sizes[1]),
            Integer.parseInt(sizes[2]));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(message(text), e);
    }
    throw new IllegalArgumentException(message(text));
  }

  private static String message(String text) {
    return "shape must be like forward-32x1024x256, was " + text;
  }

  /// The number of floating-point operations: two per multiply-add.
  public double flops() {
    return 2.0 * m * n * k;
  }

  /// `forward-32x1024x256`.
  @Override
  public String toString() {
    return form.name().toLowerCase(ROOT) + "-" + m + "x" + n + "x" + k;
  }
}
