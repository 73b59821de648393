package dev.rondo.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An arena that must not be asked for memory.
final class NoMemory implements Arena {
  private final Arena arena = Arena.ofConfined();

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    throw new AssertionError("%d bytes were asked for".formatted(byteSize));
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
