package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SignalVerdictTest {
  private static double[] powers(double factor, int lags) {
    return IntStream.range(0, lags).mapToDouble(lag -> 7 * Math.pow(factor, lag)).toArray();
  }

  private static void assertVerdict(Signal signal, int lag, double factor, double... norms) {
    var verdict = SignalVerdict.of(norms);
    assertEquals(signal, verdict.signal());
    assertEquals(lag, verdict.lag());
    assertEquals(factor, verdict.factor(), 1e-12);
  }

  /// 0.5^6 = 1/64, 0.5^7 = 1/128; 2^6 = 64, 2^7 = 128.
  @Test
  void theFirstLagBeyondALimitIsNamed() {
    assertVerdict(Signal.VANISHING, 7, 0.5, powers(0.5, 20));
    assertVerdict(Signal.EXPLODING, 7, 2, powers(2, 20));
    assertVerdict(Signal.HEALTHY, 6, 0.5, powers(0.5, 7));
    assertVerdict(Signal.HEALTHY, 6, 2, powers(2, 7));
    assertVerdict(Signal.HEALTHY, 63, 1, powers(1, 64));
    assertVerdict(Signal.HEALTHY, 0, 1, 3);
  }

  @Test
  void theLimitsThemselvesAreHealthy() {
    assertVerdict(Signal.HEALTHY, 1, 0.01, 100, 1);
    assertVerdict(Signal.HEALTHY, 1, 100, 1, 100);
  }

  @Test
  void nothingVanishesAtOnceAndWhatIsNoNumberExplodes() {
    assertVerdict(Signal.VANISHING, 2, 0, 1, 1, 0, 0);
    assertVerdict(Signal.EXPLODING, 1, Double.POSITIVE_INFINITY, 1, Double.POSITIVE_INFINITY);
    assertVerdict(Signal.EXPLODING, 0, Double.NaN, Double.NaN, 1);
    assertVerdict(Signal.ABSENT, 1, 1, 0, 5);
    assertVerdict(Signal.ABSENT, -1, 1);
  }

  @Test
  void itSaysSoInOneLine() {
    assertEquals(
        "vanishing: below 1 % at lag 7, x0.500 a step",
        SignalVerdict.of(powers(0.5, 20)).toString());
    assertEquals(
        "exploding: above 100-fold at lag 7, x2.00 a step",
        SignalVerdict.of(powers(2, 20)).toString());
    assertEquals("healthy up to lag 3, x1.00 a step", SignalVerdict.of(powers(1, 4)).toString());
    assertEquals("absent: no gradient at lag 0", SignalVerdict.of(new double[] {}).toString());
  }
}
