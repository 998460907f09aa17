"""What is told of a training's course: objects that `fit` calls at the beginning and end of epochs and batches.

    model.fit(x, y, callbacks=[EarlyStopping(patience=3), ModelCheckpoint("best.keras", save_best_only=True)])
"""

from __future__ import annotations

import csv
import os
import time
import warnings
from typing import Any

import numpy as np

from tfnb.keras import session

__all__ = [
    "BaseLogger", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint",
    "ProgbarLogger", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN",
]  # fmt: skip


class Callback:
    """The base: `self.model` is the model, `logs` the numbers so far.

    >>> class Told(tf.keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print("epoch", epoch)
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[Told()])
    epoch 0
    epoch 1
    """

    def __init__(self) -> None:
        self.model: Any = None
        self.validation_data: Any = None
        self.params: dict[str, Any] = {}

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None: ...

    def on_train_end(self, logs: Any = None) -> None: ...

    def on_test_begin(self, logs: Any = None) -> None: ...

    def on_test_end(self, logs: Any = None) -> None: ...

    def on_predict_begin(self, logs: Any = None) -> None: ...

    def on_predict_end(self, logs: Any = None) -> None: ...

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None: ...

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None: ...

    def on_batch_begin(self, batch: int, logs: Any = None) -> None: ...

    def on_batch_end(self, batch: int, logs: Any = None) -> None: ...

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None: ...

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None: ...

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None: ...

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None: ...


class CallbackList:
    """Several callbacks, called one after the other: `all.on_epoch_end(0, logs)`."""

    def __init__(self, callbacks: Any, model: Any, params: dict[str, Any]) -> None:
        self.callbacks = list(callbacks)
        for c in self.callbacks:
            if hasattr(c, "set_model"):
                c.set_model(model)
            if hasattr(c, "set_params"):
                c.set_params(params)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("on_"):
            raise AttributeError(name)

        def call(*args: Any) -> None:
            for c in self.callbacks:
                method = getattr(c, name, None)
                if method is not None:
                    method(*args)

        return call


class BaseLogger(Callback):
    """Accepted: `fit` averages the metrics itself.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.BaseLogger()
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())


class History(Callback):
    """What `fit` returns: `history`, the numbers of each epoch by name, and `epoch`, their numbers.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0)
    >>> print(len(history.history["loss"]))
    2
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for k, v in (logs or {}).items():
            self.history.setdefault(k, []).append(v)


class ProgbarLogger(Callback):
    """Prints how far each epoch is, and its numbers.

    >>> print(issubclass(tf.keras.callbacks.ProgbarLogger, tf.keras.callbacks.Callback))
    True
    """

    def __init__(self, count_mode: str = "samples", stateful_metrics: Any = None) -> None:
        super().__init__()
        self.by_steps = count_mode == "steps"

    def on_train_begin(self, logs: Any = None) -> None:
        self.verbose = self.params.get("verbose", 1)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        from tfnb.keras.tables import Progbar

        if self.verbose and self.params["epochs"] > 1 or self.verbose == 2:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")
        target = self.params["steps"] if self.by_steps else self.params["samples"]
        self.bar = Progbar(target, verbose=self.verbose, stateful_metrics=self.params["metrics"], unit_name="step" if self.by_steps else "sample")
        self.seen = 0

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = logs or {}
        self.seen += 1 if self.by_steps else logs.get("size", 0)
        if self.verbose == 1 and (self.bar.target is None or self.seen < self.bar.target):
            self.bar.update(self.seen, self._shown(logs))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.verbose:
            if self.bar.target is None:
                self.bar.target = self.seen
            self.bar.update(self.bar.target, self._shown(logs or {}))

    def _shown(self, logs: dict[str, Any]) -> list[tuple[str, Any]]:
        return [(k, logs[k]) for k in self.params["metrics"] if k in logs]


class LambdaCallback(Callback):
    """A callback from functions.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    0
    1
    """

    def __init__(self, **functions: Any) -> None:
        super().__init__()
        for name, function in functions.items():
            if function is not None:
                setattr(self, name, function)


# -- stopping and keeping ----------------------------------------------------------------------------------------
class _Watching(Callback):
    """Looks at one number, which should become smaller or larger."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        super().__init__()
        self.monitor = monitor
        larger = mode == "max" or mode == "auto" and ("acc" in monitor or monitor.startswith("fmeasure"))
        self.monitor_op = np.greater if larger else np.less
        self.min_delta = abs(min_delta) if larger else -abs(min_delta)
        self.best: Any = -np.inf if larger else np.inf

    def _now(self, logs: Any, what: str) -> Any:
        found = (logs or {}).get(self.monitor)
        if found is None:
            warnings.warn(f"{what} conditioned on metric `{self.monitor}` which is not available. Available metrics are: {','.join(logs or ())}",
                          RuntimeWarning, stacklevel=3)  # fmt: skip
        return found

    def _better(self, value: Any) -> bool:
        return bool(self.monitor_op(value - self.min_delta, self.best))


class EarlyStopping(_Watching):
    """Stops when a number has not become better for `patience` epochs.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.EarlyStopping("loss", patience=3)
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
                 baseline: float | None = None, restore_best_weights: bool = False) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline, self.restore_best_weights = patience, verbose, baseline, restore_best_weights

    def on_train_begin(self, logs: Any = None) -> None:
        self.wait = self.stopped_epoch = 0
        self.best_weights: Any = None
        worst = -np.inf if self.monitor_op is np.greater else np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        current = self._now(logs, "Early stopping")
        if current is None:
            return
        if self._better(current):
            self.best, self.wait = current, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch, self.model.stop_training = epoch, True
            if self.restore_best_weights and self.best_weights is not None:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch.")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")


class ModelCheckpoint(_Watching):
    """Saves the model, or its weights, after epochs; the name may say {epoch} and metrics.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.ModelCheckpoint("weights-{epoch}", save_weights_only=True)
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, filepath: str, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False, save_weights_only: bool = False,
                 mode: str = "auto", save_freq: Any = "epoch", period: int = 1, load_weights_on_restart: bool = False, **_: Any) -> None:  # fmt: skip
        super().__init__(monitor, mode)
        self.filepath, self.verbose, self.save_best_only, self.save_weights_only, self.period = filepath, verbose, save_best_only, save_weights_only, period
        self._since = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._since += 1
        if self._since < self.period:
            return
        self._since = 0
        path = os.fspath(self.filepath).format(epoch=epoch + 1, **(logs or {}))
        if self.save_best_only:
            current = self._now(logs, "Can save best model only with")
            if current is None:
                return
            if not self._better(current):
                self._say(f"\nEpoch {epoch + 1:05d}: {self.monitor} did not improve from {self.best:0.5f}")
                return
            self._say(f"\nEpoch {epoch + 1:05d}: {self.monitor} improved from {self.best:0.5f} to {current:0.5f}, saving model to {path}")
            self.best = current
        else:
            self._say(f"\nEpoch {epoch + 1:05d}: saving model to {path}")
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            print(text)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch: `schedule(epoch)` or `schedule(epoch, rate)`.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, schedule: Any, verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        rate = float(session.get_value(self.model.optimizer.lr))
        try:
            rate = self.schedule(epoch, rate)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError('The output of the "schedule" function should be float.')
        session.set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler reducing learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["lr"] = session.get_value(self.model.optimizer.lr)


class ReduceLROnPlateau(_Watching):
    """Multiplies the learning rate by `factor` when a number has not become better for `patience` epochs.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.ReduceLROnPlateau("loss")
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto", min_delta: float = 0.0001,
                 cooldown: int = 0, min_lr: float = 0, **_: Any) -> None:  # fmt: skip
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        super().__init__(monitor, mode, min_delta)
        self.factor, self.patience, self.verbose, self.cooldown, self.min_lr = factor, patience, verbose, cooldown, min_lr
        self.wait = self.resting = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs if logs is not None else {}
        logs["lr"] = session.get_value(self.model.optimizer.lr)
        current = self._now(logs, "Reduce LR on plateau")
        if current is None:
            return
        if self.resting > 0:
            self.resting, self.wait = self.resting - 1, 0
        if self._better(current):
            self.best, self.wait = current, 0
        elif self.resting <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def _lower(self, epoch: int) -> None:
        old = float(session.get_value(self.model.optimizer.lr))
        if old > self.min_lr:
            new = max(old * self.factor, self.min_lr)
            session.set_value(self.model.optimizer.lr, new)
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new}.")
            self.resting, self.wait = self.cooldown, 0


class TerminateOnNaN(Callback):
    """Stops when the loss is not a number any more.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.TerminateOnNaN()
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


# -- files -------------------------------------------------------------------------------------------------------
class CSVLogger(Callback):
    """Writes the numbers of each epoch as a row of a file.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.CSVLogger("log.csv")
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    >>> print(open("log.csv").readline().strip())
    epoch,loss
    """

    def __init__(self, filename: str, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append, self.keys = filename, separator, append, None

    def on_train_begin(self, logs: Any = None) -> None:
        there = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self.file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")
        self.begun = there

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        self.keys = self.keys or sorted(logs)
        writer = csv.writer(self.file, delimiter=self.sep)
        if not self.begun:
            writer.writerow(["epoch", *self.keys])
            self.begun = True
        writer.writerow([epoch, *(logs.get(k, "NA") for k in self.keys)])
        self.file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        self.file.close()


class TensorBoard(Callback):
    """Writes the numbers of each epoch as events for TensorBoard, and the graph.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile("sgd", "mse")
    >>> callback = tf.keras.callbacks.TensorBoard("logs")
    >>> _ = model.fit(np.ones([4, 2]), np.ones([4, 1]), epochs=2, verbose=0, callbacks=[callback])
    """

    def __init__(self, log_dir: str = "./logs", histogram_freq: int = 0, write_graph: bool = True, write_images: bool = False, update_freq: Any = "epoch",
                 **_: Any) -> None:  # fmt: skip
        super().__init__()
        self.log_dir, self.histogram_freq, self.write_graph, self.update_freq = os.fspath(log_dir), histogram_freq, write_graph, update_freq
        self.seen, self.began = 0, time.time()

    def set_model(self, model: Any) -> None:
        from tfnb import summary

        super().set_model(model)
        self.writer = summary.FileWriter(self.log_dir, session.get_graph() if self.write_graph else None)

    def _write(self, step: int, numbers: dict[str, Any]) -> None:
        from tfnb.summary import Summary

        for name, value in numbers.items():
            if np.ndim(value) == 0:
                self.writer.add_summary(Summary(value=[Summary.Value(tag=name, simple_value=float(value))]), step)
        self.writer.flush()

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        logs = dict(logs or {})
        size = logs.get("size", 1)
        self.seen += size
        if self.update_freq != "epoch" and (self.update_freq == "batch" or self.seen % int(self.update_freq) < size):
            self._write(self.seen, {f"batch_{k}": v for k, v in logs.items() if k not in ("batch", "size")})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._write(epoch, {f"epoch_{k}": v for k, v in (logs or {}).items() if k not in ("batch", "size", "num_steps")})

    def on_train_end(self, logs: Any = None) -> None:
        self.writer.close()
