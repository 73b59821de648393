package dev.rondo.mutants;

import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;

/// A test by its name, run on the engine of a class loader:
///
///     optim.AdamTest.twoStepsAreThoseWorkedByHand
///     mutants.CheckedProgramsTest.gradientsPass(LSTM)
final class NamedTest {
  private static final Pattern NAME = Pattern.compile("([\\w.]+)\\.(\\w+)(?:\\((.*)\\))?");

  private NamedTest() {}

  /// Runs it on a thread of its own, with which everything ends that the engine keeps for a thread.
  ///
  /// @return what it threw, or null if it passed
  static Throwable run(ClassLoader engine, String name) {
    var thrown = new Throwable[1];
    var thread = new Thread(() -> thrown[0] = thrownBy(engine, name), name);
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return thrown[0];
  }

  private static Throwable thrownBy(ClassLoader engine, String name) {
    var parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a test: " + name);
    }
    try {
      var type = engine.loadClass("dev.rondo." + parts.group(1));
      var arguments = parts.group(3) == null ? new String[0] : parts.group(3).split(", ");
      var method = method(type, parts.group(2), arguments.length);
      var values = values(method, arguments);
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      var test = constructor.newInstance();
      try {
        method.invoke(test, values);
      } finally {
        for (var after : type.getDeclaredMethods()) {
          if (after.isAnnotationPresent(AfterEach.class)) {
            after.setAccessible(true);
            after.invoke(test);
          }
        }
      }
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    } catch (ReflectiveOperationException e) {
      return e;
    }
  }

  private static Method method(Class<?> type, String name, int parameters)
      throws NoSuchMethodException {
    for (var method : type.getDeclaredMethods()) {
      boolean test =
          Arrays.stream(method.getAnnotations())
              .map(Annotation::annotationType)
              .anyMatch(annotation -> annotation.getSimpleName().endsWith("Test"));
      if (test && method.getName().equals(name) && method.getParameterCount() == parameters) {
        method.setAccessible(true);
        return method;
      }
    }
    throw new NoSuchMethodException("no test %s.%s".formatted(type.getName(), name));
  }

  private static Object[] values(Method method, String[] arguments) {
    var values = new Object[arguments.length];
    for (int i = 0; i < values.length; i++) {
      var type = method.getParameterTypes()[i];
      String text = arguments[i];
      values[i] =
          switch (type.getName()) {
            case "int" -> Integer.valueOf(text);
            case "boolean" -> Boolean.valueOf(text);
            default -> constant(type, text);
          };
    }
    return values;
  }

  private static Object constant(Class<?> type, String name) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.toString().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name + " is no " + type));
  }
}
