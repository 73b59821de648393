package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.TreeMap;
import net.jqwik.api.Label;
import org.junit.jupiter.api.Test;

/// Every class of properties is one law with a number, and the table of laws names them all.
class LawsTest {
  private static final Path TABLE = Path.of("..", "docs", "correctness.md");
  private static final Path SOURCES = Path.of("src/test/java/dev/rondo/properties");

  @Test
  void theTableOfLawsIsTheLawsThatAreTested() throws IOException, ClassNotFoundException {
    var laws =
        new TreeMap<String, String>(
            Comparator.comparingInt((String law) -> Integer.parseInt(law.replaceAll("\\..*", "")))
                .thenComparingInt(law -> Integer.parseInt(law.replaceAll(".*\\.", ""))));
    try (var files = Files.list(SOURCES)) {
      for (var file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith("Properties.java")) {
          String simple = name.substring(0, name.length() - ".java".length());
          var label =
              Class.forName(LawsTest.class.getPackageName() + "." + simple)
                  .getAnnotation(Label.class);
          assertTrue(
              label != null && label.value().matches("Law \\d\\.\\d+: .+"),
              simple + " has no number");
          String[] law = label.value().substring("Law ".length()).split(": ", 2);
          assertEquals(
              null, laws.put(law[0], "| %s | %s | `%s` |".formatted(law[0], law[1], simple)));
        }
      }
    }
    var table =
        Files.readAllLines(TABLE).stream()
            .filter(line -> line.matches("\\| \\d\\.\\d+ .*"))
            .toList();
    assertEquals(String.join("\n", laws.values()), String.join("\n", table));
  }
}
