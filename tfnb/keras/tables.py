"""What Keras prints and how it counts: a model's table, the bar of a training, and batches by number."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfnb.core import nest

__all__ = ["Progbar", "Sequence", "summary_lines"]


def summary_lines(model: Any, line_length: int | None = None, positions: Any = None) -> list[str]:
    """The lines of `model.summary()`: a row for each layer, with its output's shape and number of weights."""
    simple = type(model).__name__ == "Sequential" or model._found is None or _in_a_row(model)
    length = line_length or (65 if simple else 98)
    ends = [int(length * p) if p <= 1 else int(p) for p in positions or ([0.45, 0.85, 1.0] if simple else [0.33, 0.55, 0.67, 1.0])]
    head = ["Layer (type)", "Output Shape", "Param #"] + ([] if simple else ["Connected to"])
    lines = [f'Model: "{model.name}"', "_" * length, _row(head, ends), "=" * length]
    layers = model.layers
    for i, layer in enumerate(layers):
        cells = [f"{layer.name} ({type(layer).__name__})", _shape(layer, model), str(_count(layer.weights))]
        parents = [] if simple else _parents(model, layer)
        lines.append(_row([*cells, *(parents[:1] or ([""] if not simple else []))], ends))
        lines += [_row(["", "", "", p], ends) for p in parents[1:]]
        lines.append(("=" if i == len(layers) - 1 else "_") * length)
    trained, rest = _count(model.trainable_weights), _count(model.non_trainable_weights)
    return [*lines, f"Total params: {trained + rest:,}", f"Trainable params: {trained:,}", f"Non-trainable params: {rest:,}", "_" * length]


def _in_a_row(model: Any) -> bool:
    """Whether each layer follows the one before: then there is no column of connections."""
    return all(len(node.parents) <= 1 and len(nest.flatten(node.inputs)) <= 1 for node in model._found.nodes) and len(model._found.nodes) == len(model.layers) \
        and len({id(p[0]) for n in model._found.nodes for p in n.parents}) == len([p for n in model._found.nodes for p in n.parents])  # fmt: skip


def _row(cells: list[str], ends: list[int]) -> str:
    line = ""
    for i, (cell, end) in enumerate(zip(cells, ends, strict=False)):
        line = (line[:-1] + " " if i else line) + cell
        line = line[:end] + " " * (end - len(line[:end]))
    return line


def _shape(layer: Any, model: Any) -> str:
    if model._found is None and not hasattr(model, "_row"):
        return "multiple"  # a model that is a `call` of one's own may call a layer anywhere
    try:
        found = layer.output_shape
    except (AttributeError, RuntimeError):
        return "multiple"
    return str([tuple(found)] if type(layer).__name__ == "InputLayer" else found)


def _parents(model: Any, layer: Any) -> list[str]:
    nodes = [n for i, n in enumerate(layer._nodes) if (id(layer), i) in model._found.places]
    return [f"{parent.name}[{n}][{i}]" for node in nodes for parent, n, i in node.parents]


def _count(weights: Any) -> int:
    return int(sum(np.prod(v.shape.as_list()) for v in weights))


class Sequence:
    """Batches by number: subclasses have `__len__` and `__getitem__`.

    >>> class Batches(tf.keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return np.full([2, 1], index), np.full([2, 1], index)
    >>> print(len(Batches()), Batches()[1][0].ravel())
    3 [1 1]
    """

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Called after each epoch."""

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


class Progbar:
    """A bar that grows in place: `update(current, [(name, value), ...])`.

    >>> bar = tf.keras.utils.Progbar(10, verbose=0)
    >>> bar.update(5)
    """

    def __init__(self, target: int | None, width: int = 30, verbose: int = 1, interval: float = 0.05, stateful_metrics: Any = None,
                 unit_name: str = "step") -> None:  # fmt: skip
        self.target, self.width, self.verbose, self.interval, self.unit = target, width, verbose, interval, unit_name
        self.stateful = set(stateful_metrics or ())
        self._values: dict[str, list[float]] = {}
        self._seen, self._start, self._last, self._length = 0, time.time(), 0.0, 0

    def update(self, current: int, values: Any = None) -> None:
        """Says that `current` of `target` are done."""
        for name, value in values or []:
            if name in self.stateful:
                self._values[name] = [float(value), 1.0]
            else:
                total = self._values.setdefault(name, [0.0, 0.0])
                n = max(current - self._seen, 1)
                total[0], total[1] = total[0] + float(value) * n, total[1] + n
        self._seen = current
        done, now = self.target is not None and current >= self.target, time.time()
        if not self.verbose or now - self._last < self.interval and not done:
            return
        self._last = now
        text = self._text(current, now - self._start, done)
        lead = "\r" if self.verbose == 1 else ""
        sys.stdout.write(lead + text.ljust(self._length) + ("\n" if done else ""))
        self._length = len(text)
        sys.stdout.flush()

    def _text(self, current: int, took: float, done: bool) -> str:
        each = took / max(current, 1)
        if self.verbose == 1 and self.target is not None:
            digits = len(str(self.target))
            filled = int(self.width * current / self.target) if self.target else self.width
            bar = "=" * self.width if done else "=" * max(filled - 1, 0) + ">" * (filled > 0) + "." * (self.width - filled)
            text = f"{current:{digits}d}/{self.target} [{bar}]"
            text += f" - {took:.0f}s {_time(each)}/{self.unit}" if done else f" - ETA: {each * (self.target - current):.0f}s"
        else:
            text = f"{current}/{self.target if self.target is not None else 'Unknown'} - {took:.0f}s"
        return text + "".join(f" - {name}: {_shown(total / max(n, 1))}" for name, (total, n) in self._values.items())

    def add(self, n: int, values: Any = None) -> None:
        """Says that `n` more are done."""
        self.update(self._seen + n, values)


def _shown(value: float) -> str:
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds >= 1 else f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
