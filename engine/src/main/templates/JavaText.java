/// Java source text, indented by the braces that it opens and closes.
final class JavaText {
  private final StringBuilder text = new StringBuilder();
  private int depth;

  /// Appends lines, whatever their indentation; each `%s` is filled in as by [String#format].
  void add(String lines, Object... values) {
    lines.formatted(values).lines().map(String::strip).forEach(this::line);
  }

  private void line(String line) {
    if (line.startsWith("}")) {
      depth--;
    }
    text.append(line.isEmpty() ? "" : "  ".repeat(depth)).append(line).append('\n');
    if (line.endsWith("{")) {
      depth++;
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
