package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.optim.GradientClipping;

/// The part of a step between the backward pass and the update, common to all trainers.
final class GradientStep {
  private GradientStep() {}

  /// Clips the gradients; returns the global norm before clipping.
  static double clip(Parameters parameters, TrainerOptions options) {
    if (options.clipValue() < Double.POSITIVE_INFINITY) {
      GradientClipping.byValue(parameters, options.clipValue());
    }
    return GradientClipping.byGlobalNorm(parameters, options.clipNorm());
  }

  /// Throws, unless the options skip steps that are not finite.
  static void refuse(
      Parameters parameters, TrainerOptions options, long step, double loss, double norm) {
    if (options.nonFinite() == NonFinitePolicy.SKIP) {
      return;
    }
    if (!Double.isFinite(loss)) {
      throw new TrainingDivergedException(step, "loss", loss);
    }
    var parameter = GradientClipping.firstNonFinite(parameters);
    String where = parameter == null ? "the norm of all gradients" : parameter.name();
    throw new TrainingDivergedException(step, "the gradient of " + where, norm);
  }
}
