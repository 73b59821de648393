package dev.rondo.parity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.parity.Fixtures.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The numbers that `PyTorchParityTest` compares the engine with: makes them anew and looks whether
/// they are those of the files. With `-Drondo.parity.write=true` the files are replaced first.
class FixtureParityTest {
  /// PyTorch's products are in another order on another processor.
  private static final double OTHER_MACHINE = 1e-13;

  private static final Path DIRECTORY = Path.of("..").resolve(Fixtures.DIRECTORY);
  private static final boolean WRITE = Boolean.getBoolean("rondo.parity.write");

  static Stream<String> files() {
    return Fixtures.all().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("files")
  void pyTorchGivesTheNumbersOfTheFiles(String file) throws IOException {
    var made = make(Fixtures.all().get(file));
    if (WRITE) {
      Files.createDirectories(DIRECTORY);
      Fixtures.write(DIRECTORY, file, made, TorchRun.VERSION);
    }
    var kept = Fixtures.read(DIRECTORY, file);
    assertEquals(made.keySet(), kept.keySet());
    for (var name : made.keySet()) {
      made.get(name)
          .operands()
          .all()
          .forEach((operand, numbers) ->
              assertArrayEquals(
                  numbers.elements(),
                  kept.get(name).operands().get(operand).elements(),
                  name + ", " + operand));
      Comparison.assertWithin(
          OTHER_MACHINE,
          Comparison.differences(kept.get(name).results(), made.get(name).results()),
          name);
    }
  }

  private static Map<String, Fixture> make(Map<String, ParityCase> cases) {
    var made = new LinkedHashMap<String, Fixture>();
    cases.forEach((name, parityCase) -> {
      var operands = parityCase.operands();
      made.put(name, new Fixture(operands, TorchRun.of(parityCase, operands, ScalarType.Double)));
    });
    return made;
  }
}
