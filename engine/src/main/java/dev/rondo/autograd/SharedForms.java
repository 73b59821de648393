package dev.rondo.autograd;

import java.util.HashMap;
import java.util.Map;

/// Derived forms of parameters that operations compute once and use many times: packed weights,
/// rows of biases. A tape has its own, which end with it. The plans of one model share theirs.
public final class SharedForms {
  private final Map<Object, Object> forms = new HashMap<>();

  /// An empty collection.
  public SharedForms() {}

  /// The form stored under a key; null if it is not computed yet.
  <T> T get(Object key, Class<T> type) {
    return type.cast(forms.get(key));
  }

  void put(Object key, Object value) {
    forms.put(key, value);
  }
}
