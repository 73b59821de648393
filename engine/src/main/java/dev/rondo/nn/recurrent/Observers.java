package dev.rondo.nn.recurrent;

import dev.rondo.autograd.Tape;
import dev.rondo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// The observers of one tape.
final class Observers {
  private final List<RecurrentObserver> attached = new ArrayList<>();

  private Observers() {}

  static Observers on(Tape tape) {
    return tape.shared(Observers.class, Observers.class, Observers::new);
  }

  void add(RecurrentObserver observer) {
    attached.add(Objects.requireNonNull(observer, "observer"));
  }

  /// The observer of a pass, which receives its rows; null if there is none.
  static RecurrentObserver.PassObserver begin(Tape tape, Supplier<RecurrentPass> described) {
    var attached = on(tape).attached;
    if (attached.isEmpty()) {
      return null;
    }
    var pass = described.get();
    var rows = new ArrayList<RecurrentObserver.PassObserver>();
    for (var observer : attached) {
      var interested = observer.begin(pass);
      if (interested != null) {
        rows.add(interested);
      }
    }
    return switch (rows.size()) {
      case 0 -> null;
      case 1 -> rows.getFirst();
      default -> new Several(List.copyOf(rows));
    };
  }

  private record Several(List<RecurrentObserver.PassObserver> all)
      implements RecurrentObserver.PassObserver {
    @Override
    public void forward(int row, Tensor z, Tensor h, Tensor c) {
      all.forEach(rows -> rows.forward(row, z, h, c));
    }

    @Override
    public void backward(int row, Tensor dh, Tensor carried) {
      all.forEach(rows -> rows.backward(row, dh, carried));
    }
  }
}
