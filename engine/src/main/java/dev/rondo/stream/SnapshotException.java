package dev.rondo.stream;

import java.io.IOException;

/// A snapshot that cannot be used: it is truncated, damaged, or of another model.
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  SnapshotException(String message) {
    super(message);
  }
}
