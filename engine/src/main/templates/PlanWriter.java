import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Writes the kernels whose calls a plan notes instead of running them: `PlannedRows` for the
/// interface `Rows`, and so on. A method does one of three things:
///
/// - A method of the forward pass is noted: `plan.note(() -> kernel.add(row, target))`. The note is
///   an object that is made once; running the plan makes none.
/// - A method of the backward pass throws: a name that ends in `Backward`, or one of [#BACKWARD].
/// - A method that prepares operands, one of [#AT_ONCE], runs.
///
/// `PlannedGemm` is written by hand: it replaces products by those with stored weights.
final class PlanWriter {
  private static final List<String> INTERFACES =
      List.of("Activations", "Arithmetic", "Gates", "LstmStep", "Rows");

  private static final Set<String> AT_ONCE = Set.of("pack", "packBias", "scratch");

  private static final Set<String> BACKWARD =
      Set.of(
          "accumulateDropout",
          "accumulateTransposed",
          "addColumn",
          "backward",
          "binaryCrossEntropy",
          "crossEntropy",
          "dotColumns",
          "scatterAdd",
          "sumOfSquares");

  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*//.*$");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;$");

  private static final Pattern METHOD =
      Pattern.compile("(?<type>\\S+)\\s+(?<name>\\w+)\\((?<parameters>[^)]*)\\);");

  private PlanWriter() {}

  /// The text of every class, by its name.
  ///
  /// @param kernels where the interfaces are
  /// @throws IllegalStateException if a method that is listed here is in no interface
  static Map<String, String> classes(Path kernels) throws IOException {
    Map<String, String> classes = new TreeMap<>();
    Set<String> listed = new TreeSet<>(AT_ONCE);
    listed.addAll(BACKWARD);
    for (String name : INTERFACES) {
      String source = Files.readString(kernels.resolve(name + ".java"));
      classes.put("Planned" + name, planned(name, COMMENT.matcher(source).replaceAll(""), listed));
    }
    if (!listed.isEmpty()) {
      throw new IllegalStateException("no interface has the methods " + listed);
    }
    return classes;
  }

  private static String planned(String name, String source, Set<String> listed) {
    var java = new JavaText();
    java.add("package dev.rondo.kernel;\n\n");
    IMPORT.matcher(source).results().forEach(line -> java.add(line.group()));
    java.add(
        """

        /// Notes calls of [%s] in a plan: written by `PlanWriter`.
        final class Planned%1$s implements %1$s {
        private final Plan plan;
        private final %1$s kernel;

        Planned%1$s(Plan plan, %1$s kernel) {
        this.plan = plan;
        this.kernel = kernel;
        }
        """,
        name);
    METHOD
        .matcher(source)
        .results()
        .forEach(method -> {
          String called = method.group("name");
          String parameters = method.group("parameters").strip().replaceAll("\\s+", " ");
          listed.remove(called);
          java.add("\n@Override\npublic %s %s(%s) {", method.group("type"), called, parameters);
          java.add(body(method.group("type"), called, parameters));
          java.add("}");
        });
    java.add("}");
    return java.toString();
  }

  private static String body(String type, String name, String parameters) {
    String passed = parameters.replaceAll("[\\w\\[\\]]+ (\\w+)", "$1");
    String call = "kernel.%s(%s)".formatted(name, passed);
    if (name.endsWith("Backward") || BACKWARD.contains(name)) {
      return "throw Plan.noWayBack();";
    }
    if (AT_ONCE.contains(name)) {
      return (type.equals("void") ? "" : "return ") + call + ";";
    }
    if (!type.equals("void")) {
      throw new IllegalStateException(name + " has a result: it cannot be noted");
    }
    return "plan.note(() -> " + call + ");";
  }
}
