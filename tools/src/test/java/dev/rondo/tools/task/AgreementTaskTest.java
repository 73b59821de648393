package dev.rondo.tools.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rondo.tensor.Workspace;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AgreementTaskTest {
  private static final int MANY = 5000;

  /// Words of the vocabulary that end in s and are nouns; `was` is no word of it.
  private static boolean plural(String noun) {
    return noun.endsWith("s");
  }

  @Test
  void theSubjectStandsInTheRangeAndTheVerbAgreesWithIt() {
    var task = new AgreementTask(5, 20, 1);
    var vocabulary = new HashSet<>(Sentence.vocabulary());
    Set<Integer> distances = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      var sentence = task.sentence(Split.TRAINING, i);
      int distance = sentence.words().size() - sentence.subject();
      assertEquals(distance, sentence.distance());
      assertTrue(distance >= 5 && distance <= 20, sentence.toString());
      distances.add(distance);
      var subject = sentence.words().get(sentence.subject());
      assertEquals(plural(subject), sentence.plural(), sentence.toString());
      assertTrue(sentence.toString().endsWith(plural(subject) ? " were" : " was"));
      assertTrue(vocabulary.containsAll(sentence.words()), sentence.toString());
    }
    assertEquals(16, distances.size());
  }

  @Test
  void rangesOfDistanceHoldTheirSequences() {
    var task = new AgreementTask(5, 50, 1);
    assertEquals(List.of("5-10", "11-20", "21-35", "36-50"), task.distanceRanges());
    int[] bounds = {4, 10, 20, 35, 50};
    for (int i = 0; i < MANY; i++) {
      int range = task.distanceRange(Split.TEST, i);
      int distance = task.sentence(Split.TEST, i).distance();
      assertTrue(distance > bounds[range] && distance <= bounds[range + 1], "" + distance);
    }
    assertEquals(List.of("10", "11-12"), new AgreementTask(10, 12, 1).distanceRanges());
    assertEquals(List.of("11-20"), new AgreementTask(11, 20, 1).distanceRanges());
  }

  /// The nearest noun is another one than the subject, and as often as not of its number.
  @Test
  void theNearestNounTellsNothing() {
    var task = new AgreementTask(5, 5, 1);
    int alike = 0;
    int singular = 0;
    for (int i = 0; i < MANY; i++) {
      var sentence = task.sentence(Split.TEST, i);
      alike += sentence.nearestNounPlural() == sentence.plural() ? 1 : 0;
      singular += sentence.plural() ? 0 : 1;
    }
    assertEquals(0.5, (double) alike / MANY, 0.03);
    assertEquals(0.6, (double) singular / MANY, 0.03);
    var baselines = task.baselines(MANY);
    assertEquals((double) singular / MANY, baselines.getFirst().accuracy());
    assertEquals((double) alike / MANY, baselines.getLast().accuracy());
  }

  @Test
  void theNearestNounIsTheLastOne() {
    var words = List.of("the", "cats", "near", "the", "old", "dog", "often");
    assertFalse(new Sentence(words, 1, true).nearestNounPlural());
    assertEquals("the cats near the old dog often were", new Sentence(words, 1, true).toString());
  }

  /// The last step is the last word, blanks come first, each input is one word.
  @Test
  void sentencesEndWithTheLastStep() {
    var task = new AgreementTask(5, 12, 3);
    try (var workspace = new Workspace()) {
      var batch = Batch.of(task, Split.VALIDATION, 7, 2, workspace);
      for (int b = 0; b < 2; b++) {
        var sentence = task.sentence(Split.VALIDATION, 7 + b);
        int blanks = task.steps() - sentence.words().size();
        for (int t = 0; t < task.steps(); t++) {
          int expected = t < blanks ? 0 : task.number(sentence.words().get(t - blanks));
          for (int i = 0; i < task.inputSize(); i++) {
            assertEquals(i == expected ? 1 : 0, batch.input(t, b, i));
          }
        }
        assertEquals(sentence.plural() ? 1 : 0, batch.classes().get(0, b));
      }
    }
  }

  @Test
  void aSentenceDependsOnSeedSplitAndNumberAlone() {
    var task = new AgreementTask(5, 50, 1);
    var sentence = task.sentence(Split.TEST, 3);
    assertEquals(sentence, new AgreementTask(5, 50, 1).sentence(Split.TEST, 3));
    assertNotEquals(sentence, new AgreementTask(5, 50, 2).sentence(Split.TEST, 3));
    assertNotEquals(sentence, task.sentence(Split.TRAINING, 3));
    assertNotEquals(sentence, task.sentence(Split.TEST, 4));
  }

  @Test
  void distancesWithoutRoomForAnotherNounAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new AgreementTask(4, 9, 1));
    assertThrows(IllegalArgumentException.class, () -> new AgreementTask(9, 8, 1));
  }
}
