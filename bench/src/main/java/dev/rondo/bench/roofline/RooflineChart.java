package dev.rondo.bench.roofline;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// The roofline chart: intensity to the right, rate upwards, both logarithmic. It has a line for
/// each roof, a numbered point for each kernel, and a legend of the numbers.
final class RooflineChart {
  private static final double LEFT = 0.06;
  private static final double RIGHT = 1000;
  private static final double BOTTOM = 0.5;

  /// The size of a two-digit number with its margin, in decades of the two axes.
  private static final double LABEL_WIDTH = 0.1;

  private static final double LABEL_HEIGHT = 0.055;

  private static final Color ROOF = new Color(0x55, 0x55, 0x55);

  private record Look(Color color, Marker marker) {}

  private static final Map<String, Look> LOOKS =
      Map.of(
          "gemm", new Look(new Color(0x1f, 0x5f, 0xa8), SeriesMarkers.CIRCLE),
          "activation", new Look(new Color(0xc4, 0x4e, 0x00), SeriesMarkers.DIAMOND),
          "gates", new Look(new Color(0x1b, 0x7f, 0x4d), SeriesMarkers.SQUARE),
          "rows", new Look(new Color(0x7a, 0x3f, 0x9d), SeriesMarkers.TRIANGLE_UP),
          "optimizer", new Look(new Color(0xb0, 0x1e, 0x45), SeriesMarkers.TRIANGLE_DOWN));

  private final XYChart chart;
  private final List<Spot> points = new ArrayList<>();

  RooflineChart(Machine machine, List<Point> measured) {
    chart =
        new XYChartBuilder()
            .width(1400)
            .height(900)
            .title("Kernels below the roofs of one core")
            .xAxisTitle("floating-point operations per byte")
            .yAxisTitle("GFLOP/s")
            .build();
    style(machine);
    for (var level : machine.levels()) {
      roof(machine, level);
    }
    label("peak %.0f GFLOP/s".formatted(machine.gflops()), RIGHT / 3, 1.13 * machine.gflops());
    for (int i = 0; i < measured.size(); i++) {
      point(i + 1, measured.get(i));
    }
    number();
  }

  private void style(Machine machine) {
    var styler = chart.getStyler();
    styler.setXAxisLogarithmic(true);
    styler.setYAxisLogarithmic(true);
    styler.setXAxisMin(LEFT);
    styler.setXAxisMax(RIGHT);
    styler.setYAxisMin(BOTTOM);
    styler.setYAxisMax(2 * machine.gflops());
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setLegendPadding(4);
    styler.setLegendSeriesLineLength(14);
    styler.setMarkerSize(8);
    styler.setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
  }

  /// Draws a roof from the left edge up to the peak, then level.
  private void roof(Machine machine, Machine.MemoryLevel level) {
    double ridge = machine.gflops() / level.gigabytes();
    var name = "%s %.0f GB/s".formatted(level.name(), level.gigabytes());
    var series =
        chart.addSeries(
            name,
            new double[] {LEFT, ridge, RIGHT},
            new double[] {LEFT * level.gigabytes(), machine.gflops(), machine.gflops()});
    series.setMarker(SeriesMarkers.NONE);
    series.setLineStyle(SeriesLines.SOLID);
    series.setLineColor(ROOF);
    series.setLineWidth(1.2f);
    series.setShowInLegend(false);
    // on the slope, where roofs are apart
    double x = LEFT * 1.4;
    label(name, x, 1.5 * x * level.gigabytes());
  }

  private void point(int number, Point point) {
    var look = LOOKS.get(point.kernel().group());
    double x = point.kernel().intensity();
    double y = point.executedGflops();
    var series =
        chart.addSeries(
            "%d  %s, %.0f %%".formatted(number, point.kernel().name(), 100 * point.share()),
            new double[] {x},
            new double[] {y});
    series.setMarker(look.marker());
    series.setMarkerColor(look.color());
    series.setLineStyle(SeriesLines.NONE);
    points.add(new Spot(Math.log10(x), Math.log10(y)));
  }

  /// Places each number above, right of, left of or below its point, wherever it covers least.
  private void number() {
    var taken = new ArrayList<>(points);
    for (int i = 0; i < points.size(); i++) {
      var point = points.get(i);
      Spot best = null;
      for (var place : point.around()) {
        if (best == null || place.covered(taken) < best.covered(taken)) {
          best = place;
        }
      }
      taken.add(best);
      label(Integer.toString(i + 1), Math.pow(10, best.x), Math.pow(10, best.y));
    }
  }

  /// The middle of a point or a number, in decades.
  private record Spot(double x, double y) {
    List<Spot> around() {
      return List.of(
          new Spot(x, y + LABEL_HEIGHT),
          new Spot(x + LABEL_WIDTH, y),
          new Spot(x - LABEL_WIDTH, y),
          new Spot(x, y - LABEL_HEIGHT));
    }

    long covered(List<Spot> others) {
      return others.stream()
          .filter(
              o -> Math.abs(x - o.x) < 0.9 * LABEL_WIDTH && Math.abs(y - o.y) < 0.9 * LABEL_HEIGHT)
          .count();
    }
  }

  private void label(String text, double x, double y) {
    chart.addAnnotation(new AnnotationText(text, x, y, false));
  }

  /// Writes `roofline.png` and `roofline.svg`.
  void save(Path folder) throws IOException {
    for (var format : List.of("png", "svg")) {
      try (var file = Files.newOutputStream(folder.resolve("roofline." + format))) {
        ChartEncoder.saveChart(chart, file, format);
      }
    }
  }
}
