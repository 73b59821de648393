package dev.rondo.nn.recurrent;

import dev.rondo.kernel.Activation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The settings of a cell as text: written by [Cell#settings], read when a file is loaded.
///
///     CellSettings.write().flag("peepholes", peepholes).limit("clip", clip).toMap()
///     new Leaky(settings.number("rate", 0.5))
///
/// A setting with the common value is not written; reading an absent setting gives that value.
public final class CellSettings {
  /// The flag of a cell without biases.
  public static final String NO_BIAS = "no_bias";

  private final String family;
  private final SequencedMap<String, String> values;

  private CellSettings(String family, SequencedMap<String, String> values) {
    this.family = family;
    this.values = values;
  }

  /// Settings to write, empty at first.
  public static CellSettings write() {
    return new CellSettings("", new LinkedHashMap<>());
  }

  /// The settings written so far, in order.
  public SequencedMap<String, String> toMap() {
    return new LinkedHashMap<>(values);
  }

  static String text(String family, Map<String, String> settings) {
    var text = new StringBuilder(family);
    settings.forEach((key, value) -> {
      text.append(' ').append(key);
      if (!value.isEmpty()) {
        text.append('=').append(value);
      }
    });
    return text.toString();
  }

  /// @param words `key=value` or `key`, separated by single spaces; null for none
  static CellSettings parse(String family, String words) {
    var values = new LinkedHashMap<String, String>();
    if (words != null) {
      for (String word : words.split(" ", -1)) {
        int equals = word.indexOf('=');
        String key = equals < 0 ? word : word.substring(0, equals);
        String value = equals < 0 ? "" : word.substring(equals + 1);
        if (values.put(key, value) != null) {
          throw new IllegalArgumentException(
              "cell says %s twice: %s %s".formatted(key, family, words));
        }
      }
    }
    return new CellSettings(family, values);
  }

  /// @throws IllegalArgumentException if a setting was given that was never read
  void requireAllRead() {
    if (!values.isEmpty()) {
      throw new IllegalArgumentException(
          "a %s cell knows no %s".formatted(family, values.keySet()));
    }
  }

  /// Writes a flag if it is set.
  public CellSettings flag(String key, boolean set) {
    return put(key, "", set);
  }

  /// Writes a whole number unless it is the common one.
  public CellSettings whole(String key, int value, int common) {
    return put(key, Integer.toString(value), value != common);
  }

  /// Writes a number unless it is the common one.
  public CellSettings number(String key, double value, double common) {
    return put(key, Double.toString(value), Double.compare(value, common) != 0);
  }

  /// Writes a limit if it is finite.
  public CellSettings limit(String key, double limit) {
    return number(key, limit, Double.POSITIVE_INFINITY);
  }

  /// Writes an activation unless it is the common one.
  ///
  /// @param common null to write it always
  public CellSettings activation(String key, Activation f, Activation common) {
    return put(key, f.text(), !f.equals(common));
  }

  private CellSettings put(String key, String value, boolean write) {
    if (write) {
      values.put(key, value);
    }
    return this;
  }

  /// Reads a flag.
  ///
  /// @throws IllegalArgumentException if it has a value
  public boolean flag(String key) {
    String value = values.remove(key);
    if (value != null && !value.isEmpty()) {
      throw new IllegalArgumentException("%s takes no value, was %s".formatted(key, value));
    }
    return value != null;
  }

  /// Reads a whole number.
  ///
  /// @throws IllegalArgumentException if the text is none
  public int whole(String key, int common) {
    String value = values.remove(key);
    if (value == null) {
      return common;
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is %s, expected a whole number".formatted(key, value), e);
    }
  }

  /// Reads a number.
  ///
  /// @throws IllegalArgumentException if the text is none
  public double number(String key, double common) {
    String value = values.remove(key);
    if (value == null) {
      return common;
    }
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(key, value), e);
    }
  }

  /// Reads a limit; infinite if there is none.
  ///
  /// @throws IllegalArgumentException if the text is not a number
  public double limit(String key) {
    return number(key, Double.POSITIVE_INFINITY);
  }

  /// Reads an activation.
  ///
  /// @throws IllegalArgumentException if the text is none
  public Activation activation(String key, Activation common) {
    String value = values.remove(key);
    if (value == null) {
      return common;
    }
    try {
      return Activation.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s is %s: %s".formatted(key, value, e.getMessage()), e);
    }
  }
}
