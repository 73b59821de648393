package dev.rondo.tools.lm;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/// Handles Ctrl-C (SIGINT) and SIGTERM as requests. The work checks for one between two steps,
/// saves, and ends with the exit code that a shell expects. A second one ends the process.
///
/// Uses `sun.misc.Signal`, the only way to handle a signal, through reflection, because compilers
/// refuse its name. Where it is missing, or the JVM was told not to handle signals, signals keep
/// their default effect.
final class Interruption implements AutoCloseable {
  /// The number that a shell adds to that of a signal.
  private static final int SIGNALLED = 128;

  private final AtomicInteger exitCode = new AtomicInteger();
  private final Object previousInterrupt;
  private final Object previousTerminate;

  private Interruption() {
    previousInterrupt = handle("INT", 2, null);
    previousTerminate = handle("TERM", 15, null);
  }

  /// Handles signals as requests until closed.
  static Interruption await() {
    return new Interruption();
  }

  /// Whether a stop was requested.
  boolean requested() {
    return exitCode.get() != 0;
  }

  /// 130 after Ctrl-C, 143 after SIGTERM; 0 if nothing was requested.
  int exitCode() {
    return exitCode.get();
  }

  /// Handles a signal; tests call it directly.
  void request(int number) {
    if (!exitCode.compareAndSet(0, SIGNALLED + number)) {
      Runtime.getRuntime().halt(SIGNALLED + number);
    }
  }

  /// Sets the handler of a signal to `handler`, or to this if null; returns the previous one.
  private Object handle(String name, int number, Object handler) {
    try {
      var signal = Class.forName("sun.misc.Signal");
      var handlerType = Class.forName("sun.misc.SignalHandler");
      @SuppressWarnings("ReferenceEquality") // what equality of a proxy without state is
      InvocationHandler invocation =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  request(number);
                  yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "handler of " + name;
              };
      var ours =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(), new Class<?>[] {handlerType}, invocation);
      return signal
          .getMethod("handle", signal, handlerType)
          .invoke(
              null,
              signal.getConstructor(String.class).newInstance(name),
              handler == null ? ours : handler);
    } catch (ReflectiveOperationException _) {
      return null;
    }
  }

  /// Restores the previous handlers.
  @Override
  public void close() {
    if (previousInterrupt != null) {
      handle("INT", 2, previousInterrupt);
    }
    if (previousTerminate != null) {
      handle("TERM", 15, previousTerminate);
    }
  }
}
