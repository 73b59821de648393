package dev.rondo.tools.task;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// The results of an experiment as two pictures: error against steps, and norms of gradients
/// against lag.
final class Pictures {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 750;
  private static final float LINE = 2;

  /// Norms below this are not drawn: they have no effect on a float32 weight.
  private static final double SMALLEST_NORM = 1e-12;

  private static final Map<TaskModelKind, Color> COLORS =
      new EnumMap<>(
          Map.of(
              TaskModelKind.RNN, new Color(0xb0, 0x1e, 0x45),
              TaskModelKind.IRNN, new Color(0xc4, 0x7a, 0x00),
              TaskModelKind.GRU, new Color(0x1b, 0x7f, 0x4d),
              TaskModelKind.LSTM, new Color(0x1f, 0x5f, 0xa8),
              TaskModelKind.WINDOW, new Color(0x7a, 0x3f, 0x9d),
              TaskModelKind.WHOLE, new Color(0x66, 0x66, 0x66)));

  private Pictures() {}

  /// Writes `<task>-error.png` and, if there are recurrent models, `<task>-gradients.png`.
  ///
  /// @throws IOException if they cannot be written
  static void write(Path folder, Task task, List<Experiment.Comparison> comparisons)
      throws IOException {
    System.setProperty("java.awt.headless", "true");
    save(error(task, comparisons), folder.resolve(task.name() + "-error.png"));
    if (comparisons.stream().anyMatch(comparison -> comparison.kind().recurrent())) {
      save(gradients(task, comparisons), folder.resolve(task.name() + "-gradients.png"));
    }
  }

  private static XYChart chart(String title, String xTitle, String yTitle) {
    var chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    var styler = chart.getStyler();
    styler.setYAxisLogarithmic(true);
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    return chart;
  }

  /// The best run of each kind, and the first baseline that has an error.
  private static XYChart error(Task task, List<Experiment.Comparison> comparisons) {
    var chart =
        chart(
            task.name() + ": validation error, best learning rate",
            "training steps",
            task.measure().error());
    long mostSteps = 1;
    for (var comparison : comparisons) {
      var best = comparison.best();
      mostSteps = Math.max(mostSteps, best.last().step());
      var points =
          best.evaluations().stream().filter(e -> drawable(e.validation().error())).toList();
      add(
          chart,
          "%s, %s".formatted(comparison.kind().label(), best.learningRate()),
          comparison.kind(),
          SeriesLines.SOLID,
          points.stream().mapToDouble(Trial.Measurement::step).toArray(),
          points.stream().mapToDouble(e -> e.validation().error()).toArray());
    }
    for (var baseline : task.baselines(1)) {
      if (drawable(baseline.error())) {
        var line =
            chart.addSeries(
                baseline.name(),
                new double[] {0, mostSteps},
                new double[] {baseline.error(), baseline.error()});
        line.setMarker(SeriesMarkers.NONE);
        line.setLineStyle(SeriesLines.DOT_DOT);
        line.setLineColor(Color.BLACK);
        break;
      }
    }
    return chart;
  }

  private static boolean drawable(double value) {
    return value > 0 && Double.isFinite(value);
  }

  /// For each kind a dashed line before training and a solid one after it.
  private static XYChart gradients(Task task, List<Experiment.Comparison> comparisons) {
    var chart =
        chart(
            task.name() + ": gradient of the last answer's loss, by distance",
            "lag, steps before the last",
            "mean norm of dL/dh");
    for (var comparison : comparisons) {
      if (comparison.kind().recurrent()) {
        var best = comparison.best();
        gradient(chart, comparison.kind(), "before", SeriesLines.DASH_DASH, best.gradientBefore());
        gradient(chart, comparison.kind(), "after", SeriesLines.SOLID, best.gradientAfter());
      }
    }
    return chart;
  }

  private static void gradient(
      XYChart chart, TaskModelKind kind, String when, BasicStroke stroke, double[] norms) {
    var drawn = new ArrayList<Integer>();
    for (int lag = 0; lag < norms.length; lag++) {
      if (drawable(norms[lag]) && norms[lag] >= SMALLEST_NORM) {
        drawn.add(lag);
      }
    }
    add(
        chart,
        kind.label() + ", " + when,
        kind,
        stroke,
        drawn.stream().mapToDouble(lag -> lag).toArray(),
        drawn.stream().mapToDouble(lag -> norms[lag]).toArray());
  }

  private static void add(
      XYChart chart, String name, TaskModelKind kind, BasicStroke stroke, double[] x, double[] y) {
    if (x.length == 0) {
      return;
    }
    var series = chart.addSeries(name, x, y);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(COLORS.get(kind));
    series.setLineStyle(stroke);
    series.setLineWidth(LINE);
  }

  private static void save(XYChart chart, Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      ChartEncoder.saveChart(chart, out, "png");
    }
  }
}
