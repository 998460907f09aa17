"""What `compile` makes of a model: its losses, metrics and optimizer, and one step of training or testing.

    made = Compiled(model, "adam", "mse", ["mae"])
    made.step("train", inputs, targets, weights)        [loss, metrics ...] after one step

In a graph the step is one `session.run`; in eager mode it is computed under a tape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import nest
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.keras import losses, metrics, optimizers, session
from tfnb.keras.base import takes
from tfnb.ops.elementwise import add_n, cast
from tfnb.ops.sources import constant, group, placeholder, placeholder_with_default

__all__ = ["Compiled"]


class Compiled:
    """A model made ready for training."""

    def __init__(self, model: Any, optimizer: Any, loss: Any, metrics: Any, loss_weights: Any, weighted: Any, target_tensors: Any = None) -> None:
        self.model, self.optimizer = model, optimizers.get(optimizer)
        self._given = (loss, metrics, loss_weights, weighted)
        self._target_tensors = target_tensors
        self.outputs: list[Tensor] | None = None
        self.targets: list[Any] = []
        self._steps: dict[str, Any] = {}
        self.trained: list[Any] | None = None
        self.functions: list[Any] = []
        self.watched: list[list[tuple[str, Any, bool]]] = []
        if model.outputs is not None:
            self.trained = list(model.trainable_weights)
            self._settle(model.outputs, model.output_names)

    # -- what is measured ------------------------------------------------------------------------------------
    def _settle(self, outputs: list[Tensor], names: list[str]) -> None:
        """Finds the loss and the metrics of each output."""
        loss, watched, weights, weighted = self._given
        self.output_names = names
        given = _each(loss, names, "loss")
        if given and isinstance(loss, (list, tuple)) and len(loss) != len(names):
            raise ValueError(f"When passing a list as loss, it should have one entry per model outputs. The model has {len(names)} outputs, but you "
                             f"passed loss={loss}")  # fmt: skip
        self.functions = [losses.get(f) for f in given]
        self.factors = [1.0 if w is None else w for w in _each(weights, names, "loss_weights")]
        self.watched = [[] for _ in names]
        for listed, is_weighted in ((watched, False), (weighted, True)):
            for i, found in enumerate(_metrics_of(listed, names)):
                for m in found:
                    self.watched[i].append((*_metric(m, outputs[i], self.functions[i]), is_weighted))

    @property
    def names(self) -> list[str]:
        """'loss', and the names of the metrics: with the output's name where there are several."""
        out = ["loss"]
        several = len(self.watched) > 1
        if several:
            out += [f"{n}_loss" for n, f in zip(self.output_names, self.functions, strict=True) if f is not None]
        for n, found in zip(getattr(self, "output_names", []), self.watched, strict=False):
            out += [f"{n}_{name}" if several else name for name, _, _ in found]
        out += [m.name for m, _ in self.model.added_metrics]
        return _distinct(out)

    @property
    def metrics(self) -> list[Any]:
        return [m for found in self.watched for _, m, _ in found] + [m for m, _ in self.model.added_metrics]

    @property
    def means(self) -> int:
        """How many of a step's numbers are losses, of which an epoch's is the mean; the metrics count for themselves."""
        parts = sum(f is not None for f in self.functions)
        return 1 + (parts if len(self.functions) > 1 else 0)

    def reset(self) -> None:
        """Puts all metrics back to zero."""
        zeros = [(v, np.zeros(v.shape.as_list(), np.float32)) for m in self.metrics for v in m.weights]
        session.batch_set_value(zeros)

    # -- the graph of a step ---------------------------------------------------------------------------------
    def _build(self, x: list[Any], y: list[Any]) -> None:
        """Placeholders for targets and weights, the loss, and the metrics; a model without inputs gets them from the data."""
        model = self.model
        if model.outputs is None:
            _give_inputs(model, x)
        if not self.functions:
            self._settle(model.outputs, model.output_names)
        if self.trained is None:
            self.trained = list(model.trainable_weights)
        self.outputs = model.outputs
        self.targets, self.weights = [], []
        given = list(self._target_tensors) if isinstance(self._target_tensors, (list, tuple)) else [self._target_tensors] * len(self.outputs)
        for i, (t, name, function) in enumerate(zip(self.outputs, self.output_names, self.functions, strict=True)):
            target = given[i]
            if target is None and function is not None:
                target = placeholder(_target_dtype(t, function), _target_shape(t, function, y[i] if i < len(y) else None), name=f"{name}_target")
            self.targets.append(target)
            self.weights.append(placeholder_with_default(constant([1.0]), [None], name=f"{name}_sample_weights"))
        with name_scope("loss"):
            self.parts = [None if f is None else _loss(f, y_, t, w)
                          for f, y_, t, w in zip(self.functions, self.targets, self.outputs, self.weights, strict=True)]  # fmt: skip
            found = [p * k for p, k in zip(self.parts, self.factors, strict=True) if p is not None]
            found += [convert_to_tensor(x) for x in _relevant(model.losses, model.inputs)]
            if not found:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            self.total_loss = add_n(found) if len(found) > 1 else found[0]
        with name_scope("metrics"):
            self.results = [_watch(m, y_, t, w if is_weighted else None) for y_, t, w, found in zip(self.targets, self.outputs, self.weights, self.watched,
                            strict=True) for _, m, is_weighted in found]  # fmt: skip
        self.results += [value for _, value in model.added_metrics]

    def _made(self, mode: str) -> tuple[list[Any], Operation | None]:
        """What a run fetches: numbers, and in training the op that changes the weights."""
        if mode not in self._steps:
            several = [p for p in self.parts if p is not None] if len(self.parts) > 1 else []
            fetches = [self.total_loss, *several, *self.results]
            train = None
            if mode == "train":
                with name_scope("training"):
                    steps = self.optimizer.get_updates(self.total_loss, self.trained) if self.trained else []
                train = group(*[getattr(u, "op", u) for u in [*steps, *_relevant(self.model.updates, self.model.inputs)]])
            self._steps[mode] = fetches, train
        return self._steps[mode]

    # -- running ---------------------------------------------------------------------------------------------
    def prepare(self, mode: str, x: list[Any], y: list[Any]) -> None:
        """Builds what a step needs, so that variables have their first values before an epoch begins."""
        if get_default_graph().eager:
            return
        with session.get_graph().as_default():
            if self.outputs is None:
                self._build(x, y)
            self._made(mode)
        session.get_session()

    def step(self, mode: str, x: list[Any], y: list[Any], weights: list[Any] | None) -> list[Any]:
        """One step of 'train' or 'test': the loss, the losses of the outputs where there are several, and the metrics so far."""
        if get_default_graph().eager:
            return self._eager_step(mode, x, y, weights)
        self.prepare(mode, x, y)
        fetches, train = self._made(mode)
        feeds = dict(zip(self.model.inputs, x, strict=False))
        feeds |= {t: _fitting(v, t) for t, v in zip(self.targets, y, strict=False) if t is not None and t.op.type == "Placeholder"}
        feeds |= {t: v for t, v in zip(self.weights, weights or [], strict=False) if v is not None}
        phase = session.learning_phase_tensor(get_default_graph())
        if phase is not None:
            feeds[phase] = mode == "train"
        found = session.get_session().run([*fetches, *([train] if train is not None else [])], feeds)
        return found[: len(fetches)]

    def _eager_step(self, mode: str, x: list[Any], y: list[Any], weights: list[Any] | None) -> list[Any]:
        from tfnb.engine.tape import GradientTape

        model = self.model
        given = [convert_to_tensor(_single(v)) for v in x]
        with GradientTape() as tape:
            call = {"training": mode == "train"} if takes(model.call, "training") else {}
            found = nest.flatten(model(given if len(given) > 1 else given[0], **call))
            if not self.functions:
                self._settle(found, [f"output_{i + 1}" for i in range(len(found))])
            targets = [None if f is None else cast(_fitting(v, t), _target_dtype(t, f)) for v, t, f in zip(y, found, self.functions, strict=False)]
            each = [None] * len(found) if weights is None else weights
            parts = [_loss(f, t, p, w) for f, t, p, w in zip(self.functions, targets, found, each, strict=False) if f is not None]
            total = add_n([*(p * k for p, k in zip(parts, self.factors, strict=False)), *map(convert_to_tensor, model.losses)])
        if mode == "train":
            variables = model.trainable_weights
            grads = tape.gradient(total, variables)
            if hasattr(self.optimizer, "_clipped"):
                grads = [g if g is None else self.optimizer._clipped(g) for g in grads]
            self.optimizer.apply_gradients([(g, v) for g, v in zip(grads, variables, strict=True) if g is not None])
        results = [_watch(m, t, p, w if is_weighted else None)
                   for t, p, w, watched in zip(targets, found, each, self.watched, strict=False) for _, m, is_weighted in watched]  # fmt: skip
        results += [m.result() for m, _ in model.added_metrics]
        return [np.asarray(v.numpy()) for v in [total, *(parts if len(parts) > 1 else []), *results]]


def _watch(metric: Any, y: Any, p: Any, w: Any) -> Any:
    return metric(y, p) if w is None else metric(y, p, sample_weight=w)


def _single(value: Any) -> Any:
    value = np.asarray(value) if not isinstance(value, Tensor) else value
    return value.astype(np.float32) if getattr(value, "dtype", None) == np.float64 else value


def _distinct(names: list[str]) -> list[str]:
    out: list[str] = []
    for n in names:
        k = n
        i = 1
        while k in out:
            k, i = f"{n}_{i}", i + 1
        out.append(k)
    return out


# -- inputs and targets ------------------------------------------------------------------------------------------
def _give_inputs(model: Any, x: list[Any]) -> None:
    """Calls a model that has not been called, on placeholders like the data."""
    made = []
    for i, v in enumerate(x):
        kind = "float32" if v.dtype == np.float64 else v.dtype
        made.append(placeholder(kind, [None, *np.shape(v)[1:]], name=f"input_{i + 1}"))
    from tfnb.keras.network import Input

    tensors = [Input(tensor=t) for t in made]
    outputs = model(tensors if len(tensors) > 1 else tensors[0])
    model.inputs, model.outputs = tensors, nest.flatten(outputs)
    model.input_names = [f"input_{i + 1}" for i in range(len(tensors))]
    model.output_names = [f"output_{i + 1}" for i in range(len(model.outputs))]


def _is_sparse(function: Any) -> bool:
    return getattr(function, "__name__", type(function).__name__).lower().replace("_", "") == "sparsecategoricalcrossentropy"


def _target_dtype(t: Tensor, function: Any) -> Any:
    return "float32" if _is_sparse(function) else t.dtype.base_dtype


def _target_shape(t: Tensor, function: Any, y: Any) -> list[Any]:
    rank = t.shape.ndims if t.shape.ndims is not None else np.ndim(y)
    if not isinstance(function, losses.Loss) and not hasattr(losses, getattr(function, "__name__", "")) and y is not None:
        return [None] * max(np.ndim(y), 2 if rank >= 2 else 1)
    return [None] * max(rank, 1) if rank != 1 else [None]


def _fitting(value: Any, target: Tensor) -> Any:
    """Targets with an axis for the outputs, where they have none."""
    rank = target.shape.ndims
    if np.ndim(value) == 1 and rank is not None and rank >= 2:
        return np.reshape(value, [-1, 1])
    return value


def _loss(function: Any, y: Any, p: Tensor, weights: Any) -> Tensor:
    if isinstance(function, losses.Loss):
        return function(y, p, weights)
    with name_scope(getattr(function, "__name__", "loss").strip("<>")):
        return losses.reduced(convert_to_tensor(function(y, p)), weights)


# -- losses, weights and metrics of each output ------------------------------------------------------------------
def _each(given: Any, names: list[str], what: str) -> list[Any]:
    """One for each output, from one for all, a list, or a dictionary by the outputs' names."""
    if isinstance(given, dict):
        unknown = set(given) - set(names)
        if unknown:
            raise ValueError(f'Unknown entry in {what} dictionary: "{sorted(unknown)[0]}". Only expected following keys: {names}')
        return [given.get(n) for n in names]
    if isinstance(given, (list, tuple)):
        return list(given) if len(given) != 1 else list(given) * len(names)
    return [given] * len(names)


def _metrics_of(given: Any, names: list[str]) -> list[list[Any]]:
    if not given:
        return [[] for _ in names]
    if isinstance(given, dict):
        return [m if isinstance(m, (list, tuple)) else [m] if m is not None else [] for m in (given.get(n) for n in names)]
    if not isinstance(given, (list, tuple)):
        raise TypeError("Type of `metrics` argument not understood. Expected a list or dictionary, found: " + str(given))
    if any(isinstance(m, (list, tuple)) for m in given):
        return [list(m) if isinstance(m, (list, tuple)) else [m] for m in given]
    return [list(given) for _ in names]


def _metric(given: Any, output: Tensor, loss: Any) -> tuple[str, Any]:
    """The name that logs show, and the object."""
    if isinstance(given, metrics.Metric):
        return given.name, given
    if given in ("accuracy", "acc", "crossentropy", "ce"):
        kind = "binary" if output.shape.as_list()[-1] == 1 or "binary" in _loss_name(loss) else "sparse" if _is_sparse(loss) else "categorical"
        short = "acc" if given in ("accuracy", "acc") else "ce"
        table = {"acc": {"binary": metrics.binary_accuracy, "sparse": metrics.sparse_categorical_accuracy, "categorical": metrics.categorical_accuracy},
                 "ce": {"binary": losses.binary_crossentropy, "sparse": losses.sparse_categorical_crossentropy,
                        "categorical": losses.categorical_crossentropy}}  # fmt: skip
        return short, metrics.MeanMetricWrapper(table[short][kind], name=short)
    found = metrics.get(given) if isinstance(given, str) else given
    if isinstance(found, metrics.Metric):
        return found.name, found
    name = getattr(found, "__name__", type(found).__name__) if not isinstance(found, losses.Loss) else found.name
    return name, metrics.MeanMetricWrapper(found, name=name)


def _loss_name(loss: Any) -> str:
    return getattr(loss, "__name__", type(loss).__name__).lower()


# -- what belongs to this model ----------------------------------------------------------------------------------
def _relevant(found: list[Any], inputs: list[Tensor]) -> list[Any]:
    """Losses and updates that depend on no other placeholder than the model's: a layer may have been called elsewhere too."""
    ends = {t.op for t in inputs}
    return [x for x in found if not _foreign(getattr(x, "op", x), ends)]


def _foreign(op: Any, ends: set[Any]) -> bool:
    if not isinstance(op, Operation):
        return False
    seen, todo = set(ends), [op]
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.type == "Placeholder":
            return True
        todo += [t.op for t in node.inputs]
    return False


