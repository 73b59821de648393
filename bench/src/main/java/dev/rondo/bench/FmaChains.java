package dev.rondo.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The peak of one core: fused multiply-adds between registers, in twelve independent chains,
/// without memory. Twelve is the latency of one (4 or 5 cycles) times the two that start in a
/// cycle, and some.
public final class FmaChains {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int CHAINS = 12;
  private static final int LINKS = 10_000;

  /// Floating-point operations of one [#run(float)].
  public static final double FLOPS = 2.0 * CHAINS * LINKS * SPECIES.length();

  private FmaChains() {}

  /// Runs all chains.
  ///
  /// @param factor below 1 and not known at compile time, so that values stay ordinary
  public static float run(float factor) {
    FloatVector f = FloatVector.broadcast(SPECIES, factor);
    FloatVector a = f;
    FloatVector b = f;
    FloatVector c = f;
    FloatVector d = f;
    FloatVector e = f;
    FloatVector g = f;
    FloatVector h = f;
    FloatVector i = f;
    FloatVector j = f;
    FloatVector k = f;
    FloatVector l = f;
    FloatVector m = f;
    for (int n = 0; n < LINKS; n++) {
      a = a.fma(f, f);
      b = b.fma(f, f);
      c = c.fma(f, f);
      d = d.fma(f, f);
      e = e.fma(f, f);
      g = g.fma(f, f);
      h = h.fma(f, f);
      i = i.fma(f, f);
      j = j.fma(f, f);
      k = k.fma(f, f);
      l = l.fma(f, f);
      m = m.fma(f, f);
    }
    FloatVector low = a.add(b).add(c).add(d).add(e).add(g);
    FloatVector high = h.add(i).add(j).add(k).add(l).add(m);
    return low.add(high).lane(0);
  }
}
