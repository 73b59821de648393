package dev.rondo.parity;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.ReduceLROnPlateauScheduler;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.StepLR;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Clipping, optimizers and schedules in PyTorch.
final class TorchTraining {
  private final TorchRun run;
  private final Map<String, Tensor> values = new LinkedHashMap<>();

  /// The parameters as optimizers want them.
  private final TensorVector vector = new TensorVector();

  private TorchTraining(TorchRun run, List<String> names) {
    this.run = run;
    for (var name : names) {
      var value = run.operand(name).set_requires_grad(true);
      values.put(name, value);
      vector.push_back(value);
    }
  }

  /// The gradient becomes exactly this: that of Σ value∘gradient.
  private void setGradient(String name, Numbers gradient) {
    values.get(name).mul(run.tensor(gradient)).sum().backward();
  }

  private void clearGradients() {
    values
        .values()
        .forEach(value -> {
          if (value.grad().defined()) {
            value.mutable_grad().zero_();
          }
        });
  }

  static void clip(ClippingCase clipping, TorchRun run) {
    var training = new TorchTraining(run, ClippingCase.NAMES);
    for (var name : ClippingCase.NAMES) {
      training.setGradient(name, run.operands().get(name));
    }
    if (clipping.byNorm()) {
      run.keep("norm", Numbers.of(torch.clip_grad_norm_(training.vector, clipping.limit())));
    } else {
      torch.clip_grad_value_(training.vector, clipping.limit());
    }
    training.values.forEach(
        (name, value) -> run.keep(EngineRun.GRADIENT + name, TorchRun.numbers(value.grad())));
  }

  static void optimize(OptimizerCase shape, TorchRun run) {
    var training = new TorchTraining(run, Training.NAMES);
    var own = TorchOptimizers.of(shape.rule(), training.vector);
    if (own != null) {
      training.train(OptimizerCase.STEPS, _ -> own.step());
      return;
    }
    var rules = new ArrayList<DocumentedOptimizer>();
    training
        .values
        .values()
        .forEach(value -> rules.add(DocumentedOptimizer.of(shape.rule(), value)));
    training.train(
        OptimizerCase.STEPS,
        step -> {
          try (var _ = new NoGradGuard()) {
            rules.forEach(rule -> rule.step(step + 1));
          }
        });
  }

  /// Keeps the values after each step.
  private void train(int steps, IntConsumer update) {
    var after = new LinkedHashMap<String, List<Numbers>>();
    for (int step = 0; step < steps; step++) {
      clearGradients();
      for (var name : Training.NAMES) {
        setGradient(name, run.operands().get(Training.gradients(name)).at(step));
      }
      update.accept(step);
      for (var name : Training.NAMES) {
        after
            .computeIfAbsent(Training.after(name), _ -> new ArrayList<>())
            .add(TorchRun.numbers(values.get(name)));
      }
    }
    after.forEach((name, each) -> run.keep(name, Numbers.stack(each)));
  }

  static void schedule(ScheduleCase shape, TorchRun run) {
    var training = new TorchTraining(run, Training.NAMES);
    var sgd = new SGD(training.vector, new SGDOptions(ScheduleCase.RATE));
    var options = sgd.param_groups().get(0).options();
    var next = next(shape, run, sgd);
    var rates = new double[shape.steps()];
    training.train(
        shape.steps(),
        step -> {
          rates[step] = options.get_lr();
          sgd.step();
          next.accept(step);
        });
    run.keep("rates", Numbers.of(rates));
  }

  /// What sets the rate after a step.
  private static IntConsumer next(ScheduleCase shape, TorchRun run, Optimizer optimizer) {
    return switch (shape.kind()) {
      case STEP -> stepLr(optimizer, ScheduleCase.EVERY);
      // the C++ frontend has no other name for it
      case EXPONENTIAL -> stepLr(optimizer, 1);
      case PLATEAU, PLATEAU_BY_AMOUNT, PLATEAU_OF_HIGHER, PLATEAU_OF_HIGHER_BY_AMOUNT -> {
        var scheduler = plateau(shape.kind(), optimizer);
        var metrics = run.operands().get("metrics").elements();
        // The C++ frontend's "max" with an amount is wrong, see ReferenceParityTest; this is the
        // same.
        int sign = shape.kind() == ScheduleCase.Schedule.PLATEAU_OF_HIGHER_BY_AMOUNT ? -1 : 1;
        yield step -> scheduler.step((float) (sign * metrics[step]));
      }
      default -> {
        var documented = DocumentedSchedule.of(shape);
        var options = optimizer.param_groups().get(0).options();
        options.set_lr(documented.rate(0));
        yield step -> options.set_lr(documented.rate(step + 1));
      }
    };
  }

  /// Python makes a first step with the scheduler, the C++ frontend leaves it to its user.
  private static IntConsumer stepLr(Optimizer optimizer, int every) {
    var scheduler = new StepLR(optimizer, every, ScheduleCase.FACTOR);
    scheduler.step();
    return _ -> scheduler.step();
  }

  private static ReduceLROnPlateauScheduler plateau(
      ScheduleCase.Schedule kind, Optimizer optimizer) {
    boolean relative =
        kind == ScheduleCase.Schedule.PLATEAU || kind == ScheduleCase.Schedule.PLATEAU_OF_HIGHER;
    return new ReduceLROnPlateauScheduler(
        optimizer,
        kind == ScheduleCase.Schedule.PLATEAU_OF_HIGHER
            ? ReduceLROnPlateauScheduler.SchedulerMode.max
            : ReduceLROnPlateauScheduler.SchedulerMode.min,
        (float) ScheduleCase.FACTOR,
        ScheduleCase.PATIENCE,
        ScheduleCase.THRESHOLD,
        relative
            ? ReduceLROnPlateauScheduler.ThresholdMode.rel
            : ReduceLROnPlateauScheduler.ThresholdMode.abs,
        ScheduleCase.COOLDOWN,
        new float[] {(float) ScheduleCase.PLATEAU_FLOOR},
        1e-8,
        false);
  }
}
