package dev.rondo.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.parity.Fixtures.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The engine against numbers that PyTorch made; how they were made is in `property-tests/parity`.
class PyTorchParityTest {
  /// Less than any real mistake changes a tensor by, ten times what float32 may differ by.
  private static final double MISTAKE = 1e-4;

  private static final long BYTES_AT_MOST = 200_000;

  static Stream<Named<String>> cases() {
    return Fixtures.all().entrySet().stream()
        .flatMap(file ->
            file.getValue().keySet().stream()
                .map(name -> Named.of(name, file.getKey() + "/" + name)));
  }

  private static ParityCase parityCase(String path) {
    var parts = path.split("/", 2);
    return Fixtures.all().get(parts[0]).get(parts[1]);
  }

  private static Fixture fixture(String path) throws IOException {
    var parts = path.split("/", 2);
    return Fixtures.read(Fixtures.DIRECTORY, parts[0]).get(parts[1]);
  }

  private static List<Backend> backends() {
    return List.of(
        Backend.float64(Threads.one()),
        Backend.scalar(Threads.one()),
        Backend.vector(Threads.one()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyKindOfKernelGivesPyTorchsNumbers(String path) throws IOException {
    var fixture = fixture(path);
    for (var backend : backends()) {
      try (backend) {
        var engine = parityCase(path).onEngine(backend, fixture.operands());
        Comparison.assertWithin(
            Comparison.tolerance(backend),
            Comparison.differences(fixture.results(), engine),
            path + " by " + backend.name());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theComparisonNoticesASmallMistakeInAnyTensor(String path) throws IOException {
    var results = fixture(path).results();
    for (var name : results.keySet()) {
      var wrong = results.get(name).elements().clone();
      wrong[wrong.length / 2] += MISTAKE * results.get(name).norm();
      var changed = new HashMap<>(results);
      changed.put(name, new Numbers(results.get(name).shape(), wrong));
      var differences = Comparison.differences(results, changed);
      assertThrows(
          AssertionError.class,
          () -> Comparison.assertWithin(Comparison.FLOAT32_TOLERANCE, differences, path));
    }
  }

  @Test
  void everyCaseHasItsNumbersAndNoNumbersAreLeftOver() throws IOException {
    for (var file : Fixtures.all().entrySet()) {
      var fixtures = Fixtures.read(Fixtures.DIRECTORY, file.getKey());
      assertEquals(file.getValue().keySet(), fixtures.keySet());
      for (var name : fixtures.keySet()) {
        assertEquals(
            file.getValue().get(name).operands().all().keySet(),
            fixtures.get(name).operands().all().keySet());
      }
    }
  }

  @Test
  void theFilesAreSmall() throws IOException {
    long bytes = 0;
    try (var files = Files.list(Fixtures.DIRECTORY)) {
      for (var file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    long total = bytes;
    if (total > BYTES_AT_MOST) {
      throw new AssertionError(
          "the files have %d bytes, allowed are %d".formatted(total, BYTES_AT_MOST));
    }
  }

  @Test
  void aMissingTensorIsNoAgreement() {
    var one = Map.of("a", Numbers.of(1), "b", Numbers.of(2));
    assertThrows(
        AssertionError.class, () -> Comparison.differences(one, Map.of("a", Numbers.of(1))));
  }
}
