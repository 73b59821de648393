package dev.rondo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GemmShapeTest {
  @Test
  void everyNamedShapeReadsAsItIsWritten() {
    for (var name : GemmShape.NAMED) {
      assertEquals(name, GemmShape.parse(name).toString());
    }
  }

  @Test
  void aShapeWithoutFormIsAForwardProduct() {
    assertEquals(
        new GemmShape(GemmShape.Product.FORWARD, 33, 65, 257), GemmShape.parse("33x65x257"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3x4", "sideways-1x2x3", "forward-1x2xthree", "1x2x3x4"})
  void anythingElseIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> GemmShape.parse(text));
  }
}
