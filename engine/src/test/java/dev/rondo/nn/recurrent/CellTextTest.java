package dev.rondo.nn.recurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rondo.kernel.Activation;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Cells as text, and back.
class CellTextTest {
  static Stream<Arguments> cells() {
    var lstm = Lstm.cell();
    var gru = Gru.cell();
    return Stream.of(
        Arguments.of("rnn_tanh", Rnn.cell(Activation.TANH)),
        Arguments.of("rnn_relu", Rnn.cell(Activation.RELU)),
        Arguments.of("rnn activation=softsign", Rnn.cell(Activation.SOFTSIGN)),
        Arguments.of("rnn activation=sigmoid", Rnn.cell(Activation.SIGMOID)),
        Arguments.of("rnn activation=elu(0.5)", Rnn.cell(Activation.elu(0.5))),
        Arguments.of("rnn activation=leaky_relu(0.01)", Rnn.cell(Activation.leakyRelu(0.01))),
        Arguments.of("rnn activation=softplus", Rnn.cell(Activation.SOFTPLUS)),
        Arguments.of(
            "rnn activation=thresholded_relu(1.0)", Rnn.cell(Activation.thresholdedRelu(1))),
        Arguments.of(
            "rnn activation=scaled_tanh(1.5,0.5)", Rnn.cell(Activation.scaledTanh(1.5, 0.5))),
        Arguments.of("rnn activation=affine(1.0,0.0)", Rnn.cell(Activation.IDENTITY)),
        Arguments.of("rnn activation=affine(-0.5,3.0E-9)", Rnn.cell(Activation.affine(-0.5, 3e-9))),
        Arguments.of("rnn activation=tanh clip=1.2", Rnn.cell(Activation.TANH).clip(1.2)),
        Arguments.of("rnn activation=relu clip=6.0", Rnn.cell(Activation.RELU).clip(6)),
        Arguments.of("gru", gru),
        Arguments.of("gru reset_before", gru.resetBefore()),
        Arguments.of("gru clip=0.1", gru.clip(0.1)),
        Arguments.of(
            "gru reset=hard_sigmoid(0.2,0.5)",
            gru.activation(GruGate.RESET, Activation.hardSigmoid())),
        Arguments.of(
            "gru update=relu new=softsign",
            gru.activation(GruGate.UPDATE, Activation.RELU)
                .activation(GruGate.NEW, Activation.SOFTSIGN)),
        Arguments.of("lstm", lstm),
        Arguments.of("lstm peepholes", lstm.withPeepholes()),
        Arguments.of("lstm coupled", lstm.withCoupledGates()),
        Arguments.of("lstm layer_norm", lstm.withLayerNorm()),
        Arguments.of("lstm projection=128", lstm.projection(128)),
        Arguments.of("lstm cell_clip=0.8", lstm.cellClip(0.8)),
        Arguments.of("lstm clip=2.5", lstm.clip(2.5)),
        Arguments.of(
            "lstm input=hard_sigmoid(0.2,0.5)",
            lstm.activation(LstmGate.INPUT, Activation.hardSigmoid())),
        Arguments.of("lstm forget=relu", lstm.activation(LstmGate.FORGET, Activation.RELU)),
        Arguments.of("lstm cell=softsign", lstm.activation(LstmGate.CELL, Activation.SOFTSIGN)),
        // the gate and the function of the cell state have names of their own
        Arguments.of("lstm output=tanh", lstm.activation(LstmGate.OUTPUT, Activation.TANH)),
        Arguments.of("rnn activation=tanh no_bias", Rnn.cell(Activation.TANH).withoutBias()),
        Arguments.of("gru reset_before no_bias", gru.resetBefore().withoutBias()),
        Arguments.of("lstm peepholes no_bias", lstm.withPeepholes().withoutBias()),
        Arguments.of("lstm output_function=relu", lstm.outputActivation(Activation.RELU)),
        Arguments.of(
            "lstm peepholes coupled layer_norm projection=3 cell_clip=1.5 clip=2.5"
                + " cell=elu(0.5) output_function=affine(0.5,0.2)",
            lstm.withPeepholes()
                .withCoupledGates()
                .withLayerNorm()
                .projection(3)
                .cellClip(1.5)
                .clip(2.5)
                .activation(LstmGate.CELL, Activation.elu(0.5))
                .outputActivation(Activation.affine(0.5, 0.2))));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void everyOptionIsWrittenAndReadBack(String text, Cell options) {
    assertEquals(text, options.text());
    assertEquals(options, Cell.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rnn_tanh clip=1 | a rnn_tanh cell knows no [clip]",
        "lstm reset_before | a lstm cell knows no [reset_before]",
        "gru peepholes projection=2 | a gru cell knows no [peepholes, projection]",
        "'lstm ' | a lstm cell knows no []",
        "lstm clip=1 clip=1 | cell says clip twice: lstm clip=1 clip=1",
        "lstm peepholes=1 | 'peepholes takes no value, was 1'",
        "lstm projection=2.7 | 'projection is 2.7, expected a whole number'",
        "lstm projection=99999999999 | 'projection is 99999999999, expected a whole number'",
        "lstm projection=-1 | 'projection must not be negative, was -1'",
        "lstm clip=x | 'clip is x, expected a number'",
        "lstm clip=0 | 'clip must be positive, was 0.0'",
        "gru clip=NaN | 'clip must be positive, was NaN'",
        "rnn activation=sine | 'activation is sine: unknown function sine'",
        "rnn activation=elu(1 | 'activation is elu(1: expected function(numbers), was elu(1'",
        "rnn activation=elu() | 'activation is elu(): expected numbers in brackets, was elu()'",
        "rnn activation=tanh(1) | 'activation is tanh(1): TANH has no alpha: it must be 0, was 1.0'",
        "rnn activation=elu(1,2) | 'activation is elu(1,2): ELU has no beta: it must be 0, was 2.0'",
        "rnn activation=affine(1,2,3) | 'activation is affine(1,2,3): expected at most two numbers, was affine(1,2,3)'"
      })
  void whatIsNoCellIsRefused(String text, String message) {
    var e = assertThrows(IllegalArgumentException.class, () -> Cell.parse(text));
    assertEquals(message, e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstms", "", " lstm"})
  void aFamilyThatIsNotKnownIsRefusedWithThoseThatAre(String text) {
    var e = assertThrows(IllegalArgumentException.class, () -> Cell.parse(text));
    var families = String.join(", ", Cells.standard().families());
    assertEquals(
        "cell must be one of %s, was %s"
            .formatted(families, text.strip().equals("lstm") ? "" : text),
        e.getMessage());
  }
}
