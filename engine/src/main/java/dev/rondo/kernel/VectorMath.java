package dev.rondo.kernel;

import static dev.rondo.kernel.FloatMath.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The functions of [FloatMath] on vectors, the same operations in the same order, and the species
/// that every vector kernel uses.
final class VectorMath {
  /// The system property that forces the vector width: 128, 256 or 512.
  static final String WIDTH_PROPERTY = "dev.rondo.vectorBits";

  static final VectorSpecies<Float> SPECIES = species();
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  static final int LANES = SPECIES.length();

  private VectorMath() {}

  private static VectorSpecies<Float> species() {
    String forced = System.getProperty(WIDTH_PROPERTY);
    if (forced == null) {
      var preferred = FloatVector.SPECIES_PREFERRED;
      // rows are padded to 16 elements: wider vectors would overrun them
      return preferred.length() > 16 ? FloatVector.SPECIES_512 : preferred;
    }
    return switch (forced) {
      case "128" -> FloatVector.SPECIES_128;
      case "256" -> FloatVector.SPECIES_256;
      case "512" -> FloatVector.SPECIES_512;
      default ->
          throw new IllegalArgumentException(
              WIDTH_PROPERTY + " must be 128, 256 or 512, was " + forced);
    };
  }

  /// Loads the classes that vector kernels and their memory may use.
  ///
  /// If a class has only one loaded subclass, the JIT compiler assumes that subclass. Each subclass
  /// loaded later makes it discard every kernel compiled so far. Until they are compiled again,
  /// vectors are objects, hundreds of times slower.
  static void loadClasses() {
    var shape = SPECIES.vectorShape();
    for (var element : List.of(float.class, int.class, double.class)) {
      VectorSpecies.of(element, shape).broadcast(0).compare(VectorOperators.EQ, 0);
    }
    FloatVector.zero(FloatVector.SPECIES_128); // transposes
    MemorySegment.ofArray(new byte[1]).fill((byte) 0);
    MemorySegment.ofArray(new int[1]).fill((byte) 0);
    MemorySegment.ofArray(new long[1]).fill((byte) 0);
    MemorySegment.ofArray(new float[1]).fill((byte) 0);
    MemorySegment.ofArray(new double[1]).fill((byte) 0);
    for (var arena : List.of(Arena.ofAuto(), Arena.global())) {
      arena.allocate(Float.BYTES).fill((byte) 0);
    }
    try (var shared = Arena.ofShared();
        var confined = Arena.ofConfined()) {
      shared.allocate(Float.BYTES).fill((byte) 0);
      confined.allocate(Float.BYTES).fill((byte) 0);
    }
    loadMappedSegments();
  }

  /// Loads the class of mapped memory now, before a program maps a file.
  private static void loadMappedSegments() {
    try {
      Class.forName("jdk.internal.foreign.MappedMemorySegmentImpl");
    } catch (ClassNotFoundException e) {
      // another JDK may name it differently: kernels are then compiled again when a file is mapped
    }
  }

  static VectorShape shape() {
    return SPECIES.vectorShape();
  }

  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(EXP_LOW).min(EXP_HIGH);
    FloatVector shifted =
        clamped.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(SPECIES, EXP_C7);
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C6));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C5));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C4));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C3));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C2));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
    IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
    FloatVector first =
        half.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS).reinterpretAsFloats();
    FloatVector second =
        whole
            .sub(half)
            .add(EXPONENT_BIAS)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .reinterpretAsFloats();
    return p.mul(first).mul(second);
  }

  static FloatVector tanh(FloatVector x) {
    FloatVector t = x.max(-TANH_LIMIT).min(TANH_LIMIT);
    FloatVector s = t.mul(t);
    FloatVector p = FloatVector.broadcast(SPECIES, TANH_P13);
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P11));
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P9));
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P7));
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P5));
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P3));
    p = p.fma(s, FloatVector.broadcast(SPECIES, TANH_P1));
    FloatVector q = FloatVector.broadcast(SPECIES, TANH_Q6);
    q = q.fma(s, FloatVector.broadcast(SPECIES, TANH_Q4));
    q = q.fma(s, FloatVector.broadcast(SPECIES, TANH_Q2));
    q = q.fma(s, FloatVector.broadcast(SPECIES, TANH_Q0));
    return t.mul(p).div(q);
  }

  static FloatVector softsign(FloatVector x) {
    FloatVector t = x.max(-Float.MAX_VALUE).min(Float.MAX_VALUE);
    return t.div(t.abs().add(FloatVector.broadcast(SPECIES, 1f)));
  }

  static FloatVector elu(FloatVector x, FloatVector alpha) {
    FloatVector clamped = x.max(EXP_NORMAL_LOW).min(0f);
    FloatVector shifted =
        clamped.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(SPECIES, EXP_C7);
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C6));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C5));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C4));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C3));
    p = p.fma(r, FloatVector.broadcast(SPECIES, EXP_C2));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
    FloatVector scale =
        shifted
            .reinterpretAsInts()
            .sub(ROUND_BITS)
            .add(EXPONENT_BIAS)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .reinterpretAsFloats();
    FloatVector below = alpha.mul(scale.fma(p.mul(r), scale.sub(1f)));
    return below.blend(x, x.compare(VectorOperators.GT, 0f));
  }

  static FloatVector logOnePlus(FloatVector u) {
    FloatVector s = u.div(u.add(2f));
    FloatVector z = s.mul(s);
    FloatVector p = FloatVector.broadcast(SPECIES, ARTANH_13);
    p = p.fma(z, FloatVector.broadcast(SPECIES, ARTANH_11));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ARTANH_9));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ARTANH_7));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ARTANH_5));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ARTANH_3));
    p = p.fma(z, FloatVector.broadcast(SPECIES, 1f));
    return s.add(s).mul(p);
  }

  static FloatVector flush(FloatVector x) {
    return x.blend(0f, x.abs().lt(SMALLEST_STATE));
  }
}
