package dev.rondo.autograd;

import java.util.HashMap;
import java.util.Map;

/// What operations make of parameters once and use many times: packed weights, rows of biases. A
/// tape has its own, which end with it; the plans of one model share theirs.
public final class SharedForms {
  private final Map<Object, Object> forms = new HashMap<>();

  /// None yet.
  public SharedForms() {}

  /// What was made under a key; null if nothing was yet.
  <T> T get(Object key, Class<T> type) {
    return type.cast(forms.get(key));
  }

  void put(Object key, Object value) {
    forms.put(key, value);
  }
}
