package dev.rondo.train;

import dev.rondo.autograd.Parameters;
import dev.rondo.optim.GradientClipping;

/// The part of a step between the backward pass and the update, common to all trainers.
final class GradientStep {
  private GradientStep() {}

  /// The global norm before clipping it.
  static double clip(Parameters parameters, TrainerOptions options) {
    if (options.clipValue() < Double.POSITIVE_INFINITY) {
      GradientClipping.byValue(parameters, options.clipValue());
    }
    return GradientClipping.byGlobalNorm(parameters, options.clipNorm());
  }

  /// Throws unless steps that are not finite are to be skipped.
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
