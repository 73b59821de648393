package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.autograd.Parameters;
import dev.rondo.autograd.Tape;
import dev.rondo.kernel.Backend;
import dev.rondo.kernel.Threads;
import dev.rondo.nn.recurrent.Lengths;
import dev.rondo.nn.recurrent.Merge;
import dev.rondo.nn.recurrent.RecurrentOptions;
import dev.rondo.nn.recurrent.Skip;
import dev.rondo.random.CounterRandom;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import dev.rondo.tensor.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every form of recurrent layer computes the bits that `held-bits.txt` holds: outputs, states and
/// all gradients. A change of the code that is not meant to change results changes none of these
/// lines; one that is renews them and says so.
class HeldBitsTest {
  private static final int STEPS = 7;
  private static final int INPUT_SIZE = 6;
  private static final int HIDDEN_SIZE = 19;

  private enum Form {
    FORWARD,
    BIDIRECTIONAL_LENGTHS,
    RECOMPUTED,
    EVALUATED,
    EVALUATED_LENGTHS;

    RecurrentOptions of(Variant variant) {
      var options = variant.of(INPUT_SIZE, HIDDEN_SIZE).layers(2).dropout(0.2);
      return switch (this) {
        case FORWARD -> options.skip(Skip.RESIDUAL);
        case BIDIRECTIONAL_LENGTHS -> options.bidirectional().learnedInitialState();
        case RECOMPUTED -> options.bidirectional(Merge.SUM).recompute(3);
        case EVALUATED, EVALUATED_LENGTHS -> options.bidirectional();
      };
    }

    /// Few rows have their input's product done for many steps at once, many step by step.
    int batchSize() {
      return this == EVALUATED ? 40 : 5;
    }

    Lengths lengths() {
      return switch (this) {
        case BIDIRECTIONAL_LENGTHS, EVALUATED_LENGTHS -> Lengths.of(7, 0, 3, 7, 1);
        default -> null;
      };
    }

    boolean records() {
      return this != EVALUATED && this != EVALUATED_LENGTHS;
    }

    Tape tape(Backend backend, Workspace workspace) {
      return records()
          ? Tape.record(backend, workspace, new CounterRandom(3))
          : Tape.evaluate(backend, workspace);
    }
  }

  private static Tensor random(Arena arena, int seed, int... shape) {
    var random = new CounterRandom(seed);
    var tensor = Tensor.allocate(arena, ElementType.FLOAT32, shape);
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.columns(); c++) {
        tensor.set(r, c, random.nextDouble() * 4 - 2);
      }
    }
    return tensor;
  }

  private static void add(MessageDigest digest, Tensor tensor) {
    var bytes = ByteBuffer.allocate(Integer.BYTES * tensor.columns());
    for (int r = 0; r < tensor.rows(); r++) {
      bytes.clear();
      for (int c = 0; c < tensor.columns(); c++) {
        bytes.putInt(Float.floatToIntBits((float) tensor.get(r, c)));
      }
      digest.update(bytes.array());
    }
  }

  private static String digest(Variant variant, Form form) throws NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    try (var arena = Arena.ofShared();
        var backend = Backend.best(Threads.of(2));
        var workspace = new Workspace();
        var tape = form.tape(backend, workspace)) {
      var parameters = new Parameters(backend, arena);
      var stack = form.of(variant).create(parameters, new CounterRandom(1));
      var x = tape.input(random(arena, 2, STEPS, form.batchSize(), INPUT_SIZE));
      var run = stack.forward(tape, x, form.lengths());
      add(digest, run.output().value());
      for (var state : run.lastState().layers()) {
        add(digest, state.h().value());
        if (state.c() != null) {
          add(digest, state.c().value());
        }
      }
      if (form.records()) {
        tape.backward(run.output(), random(arena, 4, run.output().value().shape()));
        add(digest, x.gradient());
        for (var parameter : parameters.all()) {
          add(digest, parameter.gradient());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }

  private static List<String> lines() throws NoSuchAlgorithmException {
    var lines = new ArrayList<String>();
    for (var form : Form.values()) {
      for (var variant : Variant.values()) {
        lines.add("%s %s %s".formatted(digest(variant, form), form, variant));
      }
    }
    return lines;
  }

  @Test
  void everyFormComputesTheBitsThatAreHeld() throws IOException, NoSuchAlgorithmException {
    try (var held = HeldBitsTest.class.getResourceAsStream("held-bits.txt")) {
      var text = new String(held.readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(text, String.join("\n", lines()) + "\n");
    }
  }
}
