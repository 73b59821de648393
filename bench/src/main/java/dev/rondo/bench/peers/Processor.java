package dev.rondo.bench.peers;

import jdk.incubator.vector.FloatVector;

/// The properties of this machine's processor.
public final class Processor {
  private Processor() {}

  /// Whether its preferred vectors have 512 bits.
  public static boolean hasVectorsOf512Bits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 512;
  }
}
