package dev.rondo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.ActivationSweep.Function;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The functions of [FloatMath] over all 2³² floats, on two threads: some minutes each. Not part of
/// a normal build:
///
///     mvn -pl engine test -Pexhaustive
///     mvn -pl engine test -Pexhaustive -Ddev.rondo.vectorBits=128
///
/// At a width that is given only bits are compared: the errors are the scalar function's.
@Tag("exhaustive")
class ActivationExhaustionTest {
  private static final int THREADS = 2;
  private static final long ALL = 1L << Integer.SIZE;

  private static final boolean MEASURED = System.getProperty(VectorMath.WIDTH_PROPERTY) == null;

  /// Bit patterns of one piece of work.
  private static final long PIECE = 1L << 24;

  @Test
  void expOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertExp(sweepAll(Function.EXP));
  }

  @Test
  void tanhOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertTanh(sweepAll(Function.TANH));
  }

  @Test
  void sigmoidOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertSigmoid(sweepAll(Function.SIGMOID));
  }

  @Test
  void softsignOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertSoftsign(sweepAll(Function.SOFTSIGN));
  }

  @Test
  void eluOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertElu(sweepAll(Function.ELU));
  }

  @Test
  void softplusOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertSoftplus(sweepAll(Function.SOFTPLUS));
  }

  @Test
  void thresholdedReluOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertThresholdedRelu(sweepAll(Function.THRESHOLDED_RELU));
  }

  @Test
  void scaledTanhOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertScaledTanh(sweepAll(Function.SCALED_TANH));
  }

  @Test
  void flushOfEveryFloat() throws Exception {
    ActivationAccuracyTest.assertFlush(sweepAll(Function.FLUSH));
  }

  private static ActivationSweep sweepAll(Function function) throws Exception {
    var pieces = new ArrayList<Callable<ActivationSweep>>();
    for (long from = 0; from < ALL; from += PIECE) {
      long start = from;
      pieces.add(() -> new ActivationSweep(function, MEASURED).over(start, start + PIECE, 1));
    }
    var total = new ActivationSweep(function, MEASURED);
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (var piece : threads.invokeAll(pieces)) {
        total.merge(piece.get());
      }
    }
    assertEquals(ALL, total.count());
    System.out.println(total);
    return total;
  }
}
