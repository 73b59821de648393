package dev.rondo.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The packages of the engine stand in an order, from the ground up: each may use those before it,
/// never those after it.
class PackageLayersTest {
  private static final String ENGINE = "dev.rondo";

  /// From the ground up. Packages inside others have places of their own.
  private static final List<String> LAYERS =
      List.of(
          "tensor",
          "random",
          "kernel",
          "autograd",
          "optim",
          "nn.init",
          "nn",
          "nn.recurrent",
          "nn.loss",
          "io",
          "model",
          "data",
          "decode",
          "metrics",
          "train",
          "stream",
          "check");

  /// Without test classes, so that the packages of the tests themselves do not count.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ENGINE);

  static List<String> layers() {
    return LAYERS;
  }

  /// `layer` below `root` uses none of the layers that stand above it.
  private static ArchRule usesOnlyLowerLayers(String root, String layer) {
    var higher = new ArrayList<String>();
    for (var name : LAYERS.subList(LAYERS.indexOf(layer) + 1, LAYERS.size())) {
      higher.add(root + "." + name);
    }
    return noClasses()
        .that()
        .resideInAPackage(root + "." + layer)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(higher.toArray(String[]::new))
        .allowEmptyShould(true);
  }

  @ParameterizedTest
  @MethodSource("layers")
  void aPackageUsesOnlyThoseBelowIt(String layer) {
    usesOnlyLowerLayers(ENGINE, layer).check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    assertFalse(CLASSES.isEmpty(), "no class of the engine was found");
    var known = LAYERS.stream().map(name -> ENGINE + "." + name).toArray(String[]::new);
    classes().should().resideInAnyPackage(known).check(CLASSES);
  }

  @Test
  void theEngineUsesNothingButTheJdk() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ENGINE + "..", "java..", "jdk.incubator.vector..", "jdk.jfr..")
        .check(CLASSES);
  }

  /// The rule sees what it forbids: `upsidedown` holds a tensor that knows a layer, and a layer
  /// that knows the tensor.
  @Test
  void aPackageThatUsesOneAboveItIsReported() {
    var root = PackageLayersTest.class.getPackageName() + ".upsidedown";
    var wrong = new ClassFileImporter().importPackages(root);

    var tensor = usesOnlyLowerLayers(root, "tensor").evaluate(wrong);
    assertTrue(tensor.hasViolation());
    assertTrue(
        tensor.getFailureReport().toString().contains("KnowsALayer"),
        tensor.getFailureReport().toString());
    assertEquals(
        List.of(), usesOnlyLowerLayers(root, "nn").evaluate(wrong).getFailureReport().getDetails());
  }

  /// So does a circle of packages inside another: an initializer that knows a cell that knows it.
  @Test
  void aCircleInsideAPackageIsReported() {
    var root = PackageLayersTest.class.getPackageName() + ".upsidedown";
    var wrong = new ClassFileImporter().importPackages(root);

    var init = usesOnlyLowerLayers(root, "nn.init").evaluate(wrong);
    assertTrue(init.hasViolation());
    assertTrue(
        init.getFailureReport().toString().contains("KnowsACell"),
        init.getFailureReport().toString());
    assertEquals(
        List.of(),
        usesOnlyLowerLayers(root, "nn.recurrent").evaluate(wrong).getFailureReport().getDetails());
  }
}
