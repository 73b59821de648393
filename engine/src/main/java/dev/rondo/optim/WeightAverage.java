package dev.rondo.optim;

import dev.rondo.autograd.Parameter;
import dev.rondo.autograd.Parameters;
import dev.rondo.tensor.ElementType;
import dev.rondo.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An average of the successive values of parameters, which often generalizes better than the last
/// values; as PyTorch's `AveragedModel`. It is independent of the optimizer.
///
///     average = value                                  the first time
///     average = average + share·(value - average)      later
///
/// with share = 1 - decay ([#exponential]), or 1/n at the n-th value ([#equal]).
///
///     var average = WeightAverage.exponential(parameters, 0.999);
///     for (...) {
///       ...
///       adam.step();
///       average.update();
///     }
///     try (var _ = average.swapIn()) {
///       ... // evaluate or save the model: its values are the averages here
///     }
///
/// The time at which [#update()] is called gives three common methods: after every step (an
/// exponential average); once per epoch in a late phase with a constant or cyclic rate (stochastic
/// weight averaging); after every step of plain [Sgd], once [NonMonotonicTrigger] has triggered
/// (NT-ASGD).
///
/// Every parameter of the store is averaged, including frozen ones. The averages are allocated
/// once, in the arena of the store, and end with it. [#state()] is everything that later averages
/// depend on. Used by one thread at a time; an update is one pass over memory, spread over the
/// threads of the store's backend, with equal bits for any number of them.
///
/// Source: B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992;
/// P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.
public final class WeightAverage {
  /// The share of the n-th value in the average.
  private interface Share {
    double of(long n);
  }

  private final Parameters store;
  private final List<Parameter> parameters;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();
  private final Tensor count;
  private final Share share;
  private boolean swapped;

  private WeightAverage(Parameters store, Share share) {
    this.store = store;
    this.share = share;
    this.parameters = store.all();
    for (var parameter : parameters) {
      var value = parameter.value();
      averages.put(
          parameter.name() + ".average",
          Tensor.allocate(store.arena(), value.type(), value.shape()));
    }
    this.count = Tensor.allocate(store.arena(), ElementType.FLOAT64, 1);
    averages.put("n_averaged", count);
  }

  /// An exponential moving average (EMA): each later value multiplies an earlier value's share by
  /// `decay`.
  ///
  /// @param decay in [0, 1), such as 0.999
  /// @throws IllegalArgumentException if it is not
  public static WeightAverage exponential(Parameters parameters, double decay) {
    Checks.belowOne("decay", decay);
    return new WeightAverage(parameters, _ -> 1 - decay);
  }

  /// The mean of all values, each with the same share (SWA, ASGD).
  public static WeightAverage equal(Parameters parameters) {
    return new WeightAverage(parameters, n -> 1.0 / n);
  }

  /// Adds the present values to the average.
  ///
  /// @throws IllegalStateException while the averages are swapped in
  public void update() {
    requireSwappedOut();
    long n = count() + 1;
    double part = share.of(n);
    for (var parameter : parameters) {
      if (n == 1) {
        averageOf(parameter).copyFrom(parameter.value());
      } else {
        approach(averageOf(parameter), parameter.value(), part);
      }
    }
    count.set(0, 0, (double) n);
  }

  private void approach(Tensor average, Tensor value, double part) {
    var backend = store.backend();
    backend
        .parallel()
        .overRows(
            value.rows(),
            value.columns(),
            (from, size) ->
                backend
                    .updates()
                    .average(
                        ParameterSlot.rows(average, from, size),
                        ParameterSlot.rows(value, from, size),
                        part));
  }

  private Tensor averageOf(Parameter parameter) {
    return averages.get(parameter.name() + ".average");
  }

  /// The number of values that have been averaged.
  public long count() {
    return (long) count.scalar();
  }

  /// Gives the parameters their averages for as long as the result is open; closing it restores
  /// their values. Before the first [#update()] both change nothing.
  ///
  /// Until it is closed, the values must not be trained.
  ///
  /// @throws IllegalStateException if the averages are swapped in already
  public Swap swapIn() {
    requireSwappedOut();
    exchange();
    swapped = true;
    return new Swap(this);
  }

  /// The period in which parameters have their averages.
  public static final class Swap implements AutoCloseable {
    private final WeightAverage average;
    private boolean closed;

    private Swap(WeightAverage average) {
      this.average = average;
    }

    /// Restores the values of the parameters.
    @Override
    public void close() {
      if (!closed) {
        closed = true;
        average.exchange();
        average.swapped = false;
      }
    }
  }

  private void exchange() {
    if (count() == 0) {
      return;
    }
    try (var arena = Arena.ofConfined()) {
      for (var parameter : parameters) {
        var value = parameter.value();
        var average = averageOf(parameter);
        var row = Tensor.allocate(arena, value.type(), 1, value.columns());
        for (int r = 0; r < value.rows(); r++) {
          row.copyFrom(value.rows(r, 1));
          value.rows(r, 1).copyFrom(average.rows(r, 1));
          average.rows(r, 1).copyFrom(row);
        }
      }
    }
  }

  /// The averages as `<parameter>.average`, and `n_averaged`, a float64 `[1]`: to save them, or to
  /// copy saved ones into them.
  ///
  /// @throws IllegalStateException while the averages are swapped in
  public Map<String, Tensor> state() {
    requireSwappedOut();
    return Collections.unmodifiableMap(averages);
  }

  private void requireSwappedOut() {
    if (swapped) {
      throw new IllegalStateException("the averages are swapped in: close the swap first");
    }
  }
}
