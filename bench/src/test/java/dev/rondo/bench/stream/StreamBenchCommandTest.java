package dev.rondo.bench.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class StreamBenchCommandTest {
  private static final Pattern LINE =
      Pattern.compile(
          "\\{\"cell\": \"(?:lstm|gru)\", \"hidden\": 16, \"layers\": [12], \"weights\": \"int8\","
              + " \"contender\": \"(?<contender>rondo|limit)\", \"p50ns\": \\d+, \"p99ns\": \\d+,"
              + " \"p999ns\": \\d+, \"maxns\": \\d+, \"bytesPerStep\": [0-9.]+, .*\\}");

  @TempDir private Path folder;
  private final StringWriter text = new StringWriter();

  private int run(Object command, String... arguments) {
    return new CommandLine(command)
        .setOut(new PrintWriter(text))
        .setErr(new PrintWriter(text))
        .execute(arguments);
  }

  /// Int8, as its check needs all three processes.
  @Test
  void rondoAndTheLimitAreTimed() throws IOException {
    var json = folder.resolve("stream.jsonl");
    int code =
        run(
            new StreamBenchCommand(),
            "--contenders=rondo,limit",
            "--cell=lstm",
            "--hidden=16",
            "--stacks=none",
            "--weights=int8",
            "--steps=100",
            "--processes=1",
            "--warm-up=0.01",
            "--arrivals=10000",
            "--json=" + json);
    assertEquals(0, code, text::toString);
    var lines = Files.readAllLines(json);
    assertEquals(2, lines.size());
    for (var line : lines) {
      assertTrue(LINE.matcher(line).matches(), line);
      assertTrue(line.contains("\"openP99ns\": "), line);
    }
  }

  @Test
  void casesAreListed() {
    assertEquals(0, run(new StreamBenchCommand(), "--list", "--cell=gru", "--weights=bfloat16"));
    assertEquals(7 + 4, text.toString().lines().count());
    assertTrue(text.toString().contains("gru/320/6/32/bfloat16"), text::toString);
  }

  @Test
  void whatIsNoCaseIsRefused() {
    assertEquals(2, run(new StreamBenchCommand(), "--list", "--cell=lstn"));
    assertEquals(2, run(new StreamBenchCommand(), "--list", "--stacks=3"));
    assertEquals(2, run(new StreamBenchCommand(), "--list", "--hidden=0"));
    assertEquals(2, run(new StreamBenchCommand(), "--steps=0"));
    assertEquals(2, run(new StreamBenchCommand(), "--contenders=rondo,other"));
  }

  @Test
  void aColdStartAnswersAndGetsFast() {
    int code =
        run(
            new ColdStartCommand(),
            "--contenders=rondo",
            "--hidden=16",
            "--processes=1",
            "--steps=1000");
    assertEquals(0, code, text::toString);
    assertTrue(text.toString().contains("rondo, warmUp()"), text::toString);
  }
}
