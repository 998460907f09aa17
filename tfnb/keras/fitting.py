"""fit, evaluate and predict: the loops over epochs and batches, whatever the data come as.

    for batch in batches(source): compiled.step("train", batch.x, batch.y, batch.weights)

Data are arrays (or lists and dictionaries of them), a tf.data.Dataset, tensors, a generator or a Sequence.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tfnb.core import nest
from tfnb.core.errors import OutOfRangeError
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.keras import callbacks as told
from tfnb.keras import session

__all__ = ["Options", "evaluate", "fit", "one_batch", "predict"]


class Options(NamedTuple):
    """What `fit` is told besides model and data."""

    epochs: int = 1
    verbose: int = 1
    callbacks: Any = None
    validation_split: float = 0.0
    validation_data: Any = None
    shuffle: Any = True
    class_weight: Any = None
    sample_weight: Any = None
    initial_epoch: int = 0
    steps_per_epoch: int | None = None
    validation_steps: int | None = None
    validation_freq: Any = 1


class Batch(NamedTuple):
    """Some examples: a list of inputs, of targets, and of weights (or None)."""

    x: list[Any]
    y: list[Any]
    weights: list[Any] | None

    @property
    def size(self) -> int:
        return len(self.x[0]) if self.x else 0


class Source:
    """Where batches come from; `samples` and `steps` where they are known."""

    samples: int | None = None
    steps: int | None = None

    def batches(self, shuffle: Any = False) -> Iterator[Batch]:
        raise NotImplementedError


# -- kinds of data -----------------------------------------------------------------------------------------------
class Arrays(Source):
    """Arrays cut into batches."""

    def __init__(self, x: list[Any], y: list[Any], weights: list[Any] | None, batch_size: int) -> None:
        self.x, self.y, self.weights, self.size = x, y, weights, batch_size
        lengths = {len(a) for a in [*x, *y] if a is not None}
        if len(lengths) > 1:
            raise ValueError(f"Input arrays should have the same number of samples as target arrays. Found {len(x[0])} input samples and {len(y[0])} "
                             "target samples.")  # fmt: skip
        self.samples = lengths.pop() if lengths else 0
        self.steps = -(-self.samples // batch_size)

    def batches(self, shuffle: Any = False) -> Iterator[Batch]:
        order = np.arange(self.samples)
        if shuffle == "batch":
            whole = self.samples // self.size * self.size
            order = np.concatenate([np.random.permutation(order[:whole].reshape(-1, self.size)).ravel(), order[whole:]])
        elif shuffle:
            np.random.shuffle(order)
        for i in range(0, self.samples or 0, self.size):
            rows = order[i : i + self.size] if shuffle else slice(i, i + self.size)
            yield Batch(*([None if a is None else a[rows] for a in part] if part is not None else None for part in (self.x, self.y, self.weights)))

    def cut(self, share: float) -> tuple[Arrays, Arrays]:
        """The first part for training, the last `share` for validation."""
        at = int(self.samples * (1.0 - share))
        parts = [[a[:at] for a in p] if p is not None else None for p in (self.x, self.y, self.weights)]
        rest = [[a[at:] for a in p] if p is not None else None for p in (self.x, self.y, self.weights)]
        return Arrays(*parts, self.size), Arrays(*rest, self.size)  # type: ignore[arg-type]


class Elements(Source):
    """The elements of a data set, an iterator or a generator, one a batch."""

    def __init__(self, model: Any, given: Any, steps: int | None) -> None:
        self.model, self.given, self.steps = model, given, steps
        self._iterator: Any = None

    def batches(self, shuffle: Any = False) -> Iterator[Batch]:
        if self._iterator is None or self.steps is None:
            self._iterator = _elements(self.given)
        for found in itertools.islice(self._iterator, self.steps):
            parts = found if isinstance(found, (tuple, list)) else (found,)
            x, y, w = (*parts, None, None)[:3]
            yield Batch(_inputs(self.model, x), _listed(y, self.model, "output_names"), None if w is None else _listed(w, self.model, "output_names"))


class Rows(Elements):
    """A keras.utils.Sequence: batches by number."""

    def __init__(self, model: Any, given: Any, steps: int | None) -> None:
        super().__init__(model, given, steps or len(given))
        self._order = list(range(len(given)))

    def batches(self, shuffle: Any = False) -> Iterator[Batch]:
        order = np.random.permutation(len(self.given)).tolist() if shuffle else self._order
        self._iterator = (self.given[i] for i in order)
        yield from super().batches()
        self.given.on_epoch_end()


def _elements(given: Any) -> Iterator[Any]:
    from tfnb.data import Dataset

    if isinstance(given, Dataset):
        if get_default_graph().eager:
            return (nest.map_structure(lambda t: t.numpy(), element) for element in given)
        iterator = given.make_initializable_iterator()
        session.get_session().run(iterator.initializer)
        return _runs(iterator.get_next())
    if hasattr(given, "get_next") and not get_default_graph().eager:
        return _runs(given.get_next())
    if isinstance(given, Tensor) or any(isinstance(t, Tensor) for t in nest.flatten(given) if isinstance(given, (tuple, list, dict))):
        return _runs(given)
    return iter(given)


def _runs(tensors: Any) -> Iterator[Any]:
    """The values of tensors, run after run, until their input ends."""
    wanted = tuple(t for t in tensors if t is not None) if isinstance(tensors, tuple) else tensors
    while True:
        try:
            yield session.get_session().run(wanted)
        except OutOfRangeError:
            return


def source_of(model: Any, x: Any, y: Any, weights: Any, batch_size: int | None, steps: int | None) -> Source:
    """Where the batches of these data come from."""
    from tfnb.data import Dataset
    from tfnb.keras.tables import Sequence

    if isinstance(x, Sequence):
        return Rows(model, x, steps)
    if isinstance(x, Dataset) or hasattr(x, "__next__") or hasattr(x, "get_next"):
        return Elements(model, x, steps)
    if any(isinstance(t, Tensor) and not hasattr(t, "array") for t in nest.flatten(x)):
        return Elements(model, (x, *((y,) if y is not None else ()), *((weights,) if weights is not None else ())), steps)
    inputs = _inputs(model, x)
    targets = _listed(y, model, "output_names")
    given = None if weights is None else _listed(weights, model, "output_names")
    return Arrays(inputs, targets, given, batch_size or (-(-len(inputs[0]) // steps) if steps else 32))


def _inputs(model: Any, x: Any) -> list[Any]:
    """The arrays of a model's inputs. Raises ValueError where there are too few or too many."""
    found = _listed(x, model, "input_names")
    wanted = model.inputs
    if wanted is not None and len(found) != len(wanted) and len(wanted) == 1:
        found = [np.asarray(x)]
    if wanted is not None and len(found) != len(wanted):
        raise ValueError(f"Error when checking model input: the list of Numpy arrays that you are passing to your model is not the size the model "
                         f"expected. Expected to see {len(wanted)} array(s), but instead got the following list of {len(found)} arrays")  # fmt: skip
    for a, t in zip(found, wanted or [], strict=False):
        _check(a, t)
    if wanted is not None:  # numbers without an axis of features get one
        found = [a[:, None] if a.ndim == 1 and t.shape.ndims == 2 and t.shape.as_list()[1] == 1 else a for a, t in zip(found, wanted, strict=True)]
    return found


def _check(a: Any, t: Tensor) -> None:
    sizes = t.shape.as_list() if t.shape.ndims is not None else None
    name = t.op.name
    if sizes is None or a.ndim == 1 and len(sizes) == 2 and sizes[1] in (1, None):
        return
    if a.ndim != len(sizes):
        raise ValueError(f"Error when checking input: expected {name} to have {len(sizes)} dimensions, but got array with shape {a.shape}")
    if any(n is not None and n != m for n, m in zip(sizes[1:], a.shape[1:], strict=True)):
        raise ValueError(f"Error when checking input: expected {name} to have shape {tuple(sizes[1:])} but got array with shape {a.shape[1:]}")


def _listed(value: Any, model: Any, names: str) -> list[Any]:
    """Arrays from one, a list, or a dictionary by names."""
    if value is None:
        return []
    if isinstance(value, dict):
        order = getattr(model, names, None) or sorted(value)
        return [np.asarray(value[n]) for n in order]
    if isinstance(value, (list, tuple)) and (not value or np.ndim(value[0]) > 0 and not isinstance(value[0], (list, tuple))):
        several = getattr(model, names, None)
        if several is None or len(several) > 1 or len(value) == 1:
            return [np.asarray(_host(v)) for v in value]
    return [np.asarray(_host(value))]


def _host(value: Any) -> Any:
    if hasattr(value, "values") and hasattr(value, "columns") or type(value).__module__.startswith("pandas"):
        return value.values
    return value.numpy() if hasattr(value, "array") else value


# -- weights of examples -----------------------------------------------------------------------------------------
def _weighted(batch: Batch, class_weight: Any) -> Batch:
    if not class_weight:
        return batch
    y = batch.y[0]
    classes = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else np.asarray(y).reshape(-1)
    missing = sorted({c for c in classes.tolist() if c not in class_weight})
    if missing:
        raise ValueError(f"`class_weight` must contain all classes in the data. The classes {set(missing)} exist in the data but not in `class_weight`.")
    found = np.asarray([class_weight[c] for c in classes.tolist()], np.float32)
    return batch._replace(weights=[found if batch.weights is None else batch.weights[0] * found])


# -- the loops ---------------------------------------------------------------------------------------------------
def fit(model: Any, x: Any, y: Any, batch_size: int | None, options: Options) -> Any:
    """Trains; the History of it."""
    compiled = model._compiled
    source = source_of(model, x, y, options.sample_weight, batch_size, options.steps_per_epoch)
    tested = None
    if options.validation_data is not None:
        tested = _validation(model, options.validation_data, batch_size, options.validation_steps)
    elif options.validation_split:
        if not isinstance(source, Arrays):
            raise ValueError("`validation_split` is only supported for arrays.")
        source, tested = source.cut(options.validation_split)
    all_of = _callbacks(model, source, tested, compiled, options)
    history = model.history = next(c for c in all_of.callbacks if isinstance(c, told.History))
    model.stop_training = False
    if isinstance(source, Arrays):
        compiled.prepare("train", [a[:1] for a in source.x], [a[:1] for a in source.y])
    all_of.on_train_begin({})
    for epoch in range(options.initial_epoch, options.epochs):
        compiled.reset()
        all_of.on_epoch_begin(epoch, {})
        logs = _epoch(model, source, options, all_of)
        if tested is not None and _now(options.validation_freq, epoch):
            found = _measured(model, tested, None)
            logs |= {f"val_{k}": v for k, v in zip(compiled.names, found, strict=False)}
        all_of.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    all_of.on_train_end({})
    return history


def _epoch(model: Any, source: Source, options: Options, all_of: Any) -> dict[str, Any]:
    """One round over the data; the numbers of it."""
    compiled, mean = model._compiled, _Mean()
    first, found = True, []
    for i, batch in enumerate(source.batches(options.shuffle)):
        batch = _weighted(batch, options.class_weight)
        all_of.on_train_batch_begin(i, {"batch": i, "size": batch.size})
        found = compiled.step("train", batch.x, batch.y, batch.weights)
        if first:  # names and their number are known once the model has been called
            first = False
            for c in all_of.callbacks:
                if "metrics" in getattr(c, "params", {}):
                    c.params["metrics"] = [*compiled.names, *(f"val_{n}" for n in compiled.names if c.params.get("do_validation"))]
        mean.add(found[: compiled.means], batch.size, isinstance(source, Arrays))
        all_of.on_train_batch_end(i, {"batch": i, "size": batch.size, **dict(zip(compiled.names, map(_number, found), strict=False))})
        if model.stop_training:
            break
    if not found:
        return {}
    return dict(zip(compiled.names, [*mean.values, *map(_number, found[compiled.means :])], strict=False))


class _Mean:
    """The means of losses over batches, by their sizes."""

    def __init__(self) -> None:
        self.total, self.count = np.zeros(1), 0

    def add(self, values: list[Any], size: int, by_size: bool) -> None:
        n = size if by_size else 1
        self.total, self.count = self.total + np.asarray(values, np.float64) * n, self.count + n

    @property
    def values(self) -> list[float]:
        return (self.total / max(self.count, 1)).tolist()  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value


def _now(frequency: Any, epoch: int) -> bool:
    return (epoch + 1) % frequency == 0 if isinstance(frequency, int) else epoch + 1 in frequency


def _validation(model: Any, data: Any, batch_size: int | None, steps: int | None) -> Source:
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        x, y, w = (*data, None)[:3]
        return source_of(model, x, y, w, batch_size, steps)
    return source_of(model, data, None, None, batch_size, steps)


def _callbacks(model: Any, source: Source, tested: Source | None, compiled: Any, options: Options) -> Any:
    names = compiled.names
    by_steps = not isinstance(source, Arrays)
    given = list(options.callbacks) if isinstance(options.callbacks, (list, tuple)) else [options.callbacks] if options.callbacks else []
    shown = [told.ProgbarLogger("steps" if by_steps else "samples")] if options.verbose else []
    if options.verbose and not by_steps:
        print(f"Train on {source.samples} samples" + (f", validate on {tested.samples} samples" if tested is not None and tested.samples else ""))
    params = {"batch_size": getattr(source, "size", None), "epochs": options.epochs, "steps": source.steps if by_steps else None,
              "samples": None if by_steps else source.samples, "verbose": options.verbose, "do_validation": tested is not None,
              "metrics": [*names, *(f"val_{n}" for n in names if tested is not None)]}  # fmt: skip
    return told.CallbackList([*given, told.History(), *shown], model, params)


def _measured(model: Any, source: Source, all_of: Any) -> list[Any]:
    """The loss and the metrics over a source."""
    compiled, mean, found = model._compiled, _Mean(), []
    compiled.reset()
    for i, batch in enumerate(source.batches()):
        if all_of is not None:
            all_of.on_test_batch_begin(i, {"batch": i, "size": batch.size})
        found = compiled.step("test", batch.x, batch.y, batch.weights)
        mean.add(found[: compiled.means], batch.size, isinstance(source, Arrays))
        if all_of is not None:
            all_of.on_test_batch_end(i, {"batch": i, "size": batch.size})
    return [*mean.values, *map(_number, found[compiled.means :])]


def evaluate(model: Any, x: Any, y: Any, batch_size: int | None, verbose: int, weights: Any, steps: int | None, callbacks: Any = None) -> Any:
    """The loss and the metrics on data: one number, or a list."""
    from tfnb.keras.tables import Progbar

    source = source_of(model, x, y, weights, batch_size, steps)
    all_of = told.CallbackList(callbacks or [], model, {})
    all_of.on_test_begin({})
    found = _measured(model, source, all_of)
    all_of.on_test_end({})
    if verbose == 1:
        by_steps = not isinstance(source, Arrays)
        target = source.steps if by_steps else source.samples
        bar = Progbar(target, stateful_metrics=model._compiled.names, unit_name="step" if by_steps else "sample")
        bar.update(target or 1, list(zip(model._compiled.names, found, strict=False)))
    return found[0] if len(found) == 1 else found


def predict(model: Any, x: Any, batch_size: int | None, steps: int | None) -> Any:
    """The outputs for all data, batch by batch."""
    source = source_of(model, x, None, None, batch_size, steps)
    found: list[list[Any]] = []
    for batch in source.batches():
        found.append(_outputs(model, batch.x))
    whole = [np.concatenate([np.atleast_1d(f[i]) for f in found]) for i in range(len(found[0]))] if found else []
    return whole[0] if len(whole) == 1 else whole


def _outputs(model: Any, x: list[Any]) -> list[Any]:
    from tfnb.keras.base import takes
    from tfnb.keras.training import _give_inputs, _single

    if get_default_graph().eager:
        from tfnb.core.op import convert_to_tensor

        given = [convert_to_tensor(_single(v)) for v in x]
        found = model(given if len(given) > 1 else given[0], **({"training": False} if takes(model.call, "training") else {}))
        return [t.numpy() for t in nest.flatten(found)]
    if model.outputs is None:
        _give_inputs(model, x)
    feeds = dict(zip(model.inputs, x, strict=True))
    phase = session.learning_phase_tensor(get_default_graph())
    if phase is not None:
        feeds[phase] = False
    return session.get_session().run([*model.outputs, *model.state_updates], feeds)[: len(model.outputs)]  # type: ignore[no-any-return]


def one_batch(model: Any, mode: str, x: Any, y: Any, weights: Any, class_weight: Any, reset: bool) -> Any:
    """One step of training or testing: one number, or a list."""
    compiled = model._compiled
    batch = _weighted(Batch(_inputs(model, x), _listed(y, model, "output_names"), None if weights is None else _listed(weights, model, "output_names")),
                      class_weight)  # fmt: skip
    compiled.prepare(mode, batch.x, batch.y)
    found = [_number(v) for v in compiled.step(mode, batch.x, batch.y, batch.weights)]
    if reset:
        compiled.reset()
    return found[0] if len(found) == 1 else found
