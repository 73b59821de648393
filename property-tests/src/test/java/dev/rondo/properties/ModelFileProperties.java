package dev.rondo.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rondo.kernel.Backend;
import dev.rondo.model.SequenceModel;
import dev.rondo.properties.LayerRun.Bits;
import java.io.IOException;
import java.nio.file.Files;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/// A file holds the whole model.
@Label("Law 7.3: a model that is saved and loaded has the same bits")
class ModelFileProperties extends Trainings {
  @Property(tries = 20)
  void aModelThatWasSavedAndLoadedHasTheSameBits(@ForAll("plans") Plan plan) throws IOException {
    var file = Files.createTempFile("model", ".safetensors");
    var again = Files.createTempFile("model", ".safetensors");
    try (var run = new Run(plan, Backend.best())) {
      run.steps(1).model.setProperty("vocabulary", "abc\n\u00e9\"");
      run.model.save(file);
      var loaded = SequenceModel.load(file, run.backend, run.arena);
      assertEquals(run.model.architecture(), loaded.architecture());
      assertEquals(run.model.properties(), loaded.properties());
      for (var parameter : run.model.parameters().all()) {
        String name = parameter.name();
        LayerRun.assertSame(
            Bits.of(name, parameter.value()),
            Bits.of(name, loaded.parameters().get(name).value()),
            name);
      }
      loaded.save(again);
      assertEquals(-1, Files.mismatch(file, again));
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(again);
    }
  }
}
