package dev.rondo.stream;

import java.io.IOException;

/// A snapshot of a stream's state that cannot be used: cut short, damaged, or of another model.
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  SnapshotException(String message) {
    super(message);
  }
}
