package dev.rondo.check;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.check.GradientReport.TensorReport;
import dev.rondo.check.GradientReport.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a report says, and how it is written.
class GradientReportTest {
  private static TensorReport tensor(String name, Verdict verdict, double relative) {
    return new TensorReport(
        name,
        "[2, 3]",
        verdict,
        relative,
        0.25,
        List.of(1, 2),
        "element [1, 2]",
        "result 0 [4]",
        1.5,
        1.25,
        3e-10,
        0.5,
        6,
        2);
  }

  private static GradientReport report(TensorReport... tensors) {
    return new GradientReport(true, 7, 1e-6, List.of(), List.of(tensors));
  }

  @Test
  void onlyWrongGradientsAndFaultsDoNotPass() {
    for (var verdict : Verdict.values()) {
      assertEquals(verdict != Verdict.WRONG, report(tensor("x", verdict, 0)).passes());
    }
    var right = List.of(tensor("x", Verdict.RIGHT, 0));
    var faulty = new GradientReport(true, 7, 1e-6, List.of("x: other bits"), right);
    assertFalse(faulty.passes());
    assertTrue(faulty.text().contains("x: other bits" + System.lineSeparator()));
    assertThrows(AssertionError.class, faulty::assertPasses);
  }

  @Test
  void whatIsNotKnownIsNamed() {
    var report =
        report(
            tensor("right", Verdict.RIGHT, 0),
            tensor("zero", Verdict.ZERO, 0),
            tensor("kinks", Verdict.NOT_MEASURABLE, 0),
            tensor("uncertain", Verdict.UNCERTAIN, 2e-6),
            tensor("wrong", Verdict.WRONG, 0.1));
    assertEquals(List.of("zero", "kinks", "uncertain"), report.unchecked());
    assertDoesNotThrow(() -> report(tensor("x", Verdict.RIGHT, 0)).assertPasses());
    assertThrows(AssertionError.class, () -> report(tensor("x", Verdict.ZERO, 0)).assertPasses());
  }

  /// A line of numbers for each, and what the tape says of those that are wrong or uncertain.
  @Test
  void theTextIsATable() {
    String text =
        report(tensor("a long name", Verdict.RIGHT, 1e-9), tensor("x", Verdict.WRONG, 0.2)).text();
    var lines = text.lines().toList();
    assertEquals(
        "tensor       shape   verdict         relative  absolute cosine - 1 uncertainty  compared"
            + "  kinks",
        lines.get(0));
    assertEquals(
        "a long name  [2, 3]  right            1.0e-09   2.5e-01   -5.0e-01     3.0e-10         6"
            + "      2",
        lines.get(1));
    assertEquals(
        "x            [2, 3]  wrong            2.0e-01   2.5e-01   -5.0e-01     3.0e-10         6"
            + "      2",
        lines.get(2));
    assertEquals(
        "x, element [1, 2], result 0 [4]: the tape says 1.50000000, measured 1.25000000",
        lines.get(3));
    assertEquals(
        "2 of 8 derivatives of x were left out: kinks, or rounding hides them", lines.get(5));
    assertTrue(lines.get(6).startsWith("every element of the Jacobian"), text);
    assertEquals("WRONG", lines.getLast());
    assertEquals("right", report(tensor("x", Verdict.RIGHT, 0)).text().lines().toList().getLast());
    var uncertain = report(tensor("x", Verdict.UNCERTAIN, 2e-6));
    assertTrue(uncertain.text().contains("x, element [1, 2]"));
    assertEquals(
        text,
        report(tensor("a long name", Verdict.RIGHT, 1e-9), tensor("x", Verdict.WRONG, 0.2))
            .toString());
  }

  @Test
  void namesAreQuotedInJson() {
    String json = report(tensor("a \"b\" \\ \t\u001f", Verdict.RIGHT, 0)).json();
    assertTrue(
        json.contains("\"name\": \"a \\\"b\\\" \\\\ \\u0009\\u001f\", \"shape\": [2, 3],"), json);
    assertTrue(json.contains("\"element\": [1, 2], \"place\": \"element [1, 2]\""), json);
  }

  /// JSON has no NaN and no infinity.
  @Test
  void whatIsNoNumberIsNullInJson() {
    String json = report(tensor("x", Verdict.WRONG, Double.NaN)).json();
    assertTrue(
        json.contains("\"verdict\": \"WRONG\", \"relative\": null, \"absolute\": 0.25"), json);
    json = report(tensor("x", Verdict.WRONG, Double.POSITIVE_INFINITY)).json();
    assertTrue(json.contains("\"relative\": null"), json);
  }

  @Test
  void severalTensorsAreSeparatedByCommas() {
    String one = report(tensor("x", Verdict.RIGHT, 0)).json();
    String two = report(tensor("x", Verdict.RIGHT, 0), tensor("x", Verdict.RIGHT, 0)).json();
    String tensor = one.substring(one.indexOf("{\"name\""), one.length() - 2);
    assertEquals(one.replace(tensor, tensor + ", " + tensor), two);
  }

  @Test
  void listsAreCopied() {
    var faults = new ArrayList<String>();
    var tensors = new ArrayList<TensorReport>();
    tensors.add(tensor("x", Verdict.RIGHT, 0));
    var report = new GradientReport(true, 7, 1e-6, faults, tensors);
    faults.add("later");
    tensors.clear();
    assertEquals(List.of(), report.faults());
    assertEquals(1, report.tensors().size());
  }
}
