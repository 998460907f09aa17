"""GradientTape: what ran is written down, and read backwards for the gradients.

    with tf.GradientTape() as tape:
        loss = w * w
    tape.gradient(loss, w)               2 w

The gradient rules are those of graphs (gradients.py): each is made of ops, so an outer tape can record them too,
which gives second derivatives (Griewank and Walther, Evaluating Derivatives, chapter 3).
"""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.core.errors import teach
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.slices import IndexedSlices
from tfnb.engine.eager import EagerPlace, eager_graph, recording
from tfnb.gradients import _differentiable as differentiable
from tfnb.gradients import _seeds as seeds_of
from tfnb.gradients import _source as source_of
from tfnb.gradients import _total as total
from tfnb.gradients import _zeros as zeros
from tfnb.gradients import gradients, rule_of

__all__ = ["GradientTape"]


class GradientTape:
    """Records the ops on watched tensors, for `gradient`. Trainable variables are watched by themselves.

    `persistent` allows `gradient` more than once. Integer tensors have no gradient: theirs is None.

    >>> import tfnb as tf
    >>> with tf.contrib.eager.eager_mode():
    ...     x = tf.constant(3.0)
    ...     with tf.GradientTape() as tape:
    ...         tape.watch(x)
    ...         y = x * x
    ...     print(tape.gradient(y, x).numpy())
    6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent, self._watches_variables = persistent, watch_accessed_variables
        self._records: list[Operation] = []
        self._known: dict[int, Tensor] = {}  # by id: a tensor that stays alive keeps its number
        self._variables: dict[int, Any] = {}
        self._used = False

    # -- recording --------------------------------------------------------------------------------------------------
    def note(self, node: Operation) -> None:
        """Called for every op that runs: kept if it depends on something watched."""
        for x in node.inputs:
            if self._watches_variables and type(x) is EagerPlace and x.trainable:
                self._known[id(x)] = self._variables[id(x)] = x
        if any(id(x) in self._known for x in node.inputs):
            self._records.append(node)
            self._known.update((id(t), t) for t in node.outputs if differentiable(t))

    def watch(self, tensor: Any) -> None:
        """Records ops on this tensor (or these) from now on."""
        for t in _flat(tensor):
            source = source_of(t)
            if differentiable(source):
                self._known[id(source)] = source
            if isinstance(source, EagerPlace):
                self._variables[id(source)] = source

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables that the tape has seen, in order."""
        return tuple(place.owner() for place in self._variables.values())

    def __enter__(self) -> GradientTape:
        if self in recording.tapes:
            raise ValueError("Tape is already recording.")
        recording.tapes.append(self)
        return self

    def __exit__(self, *error: Any) -> None:
        if self in recording.tapes:
            recording.tapes.remove(self)

    def reset(self) -> None:
        """Forgets everything recorded."""
        self._records, self._known, self._variables = [], {}, {}

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What runs inside is not recorded by this tape."""
        if self not in recording.tapes:
            raise ValueError("Tape is not recording.")
        at = recording.tapes.index(self)
        recording.tapes.remove(self)
        try:
            yield
        finally:
            recording.tapes.insert(at, self)

    # -- reading backwards ------------------------------------------------------------------------------------------
    def gradient(self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: Any = "none") -> Any:
        """d(sum of target)/d(source) in the structure of `sources`; None for one that target does not depend on.

        Raises RuntimeError at the second call on a tape that is not persistent.
        """
        if self._used:
            raise teach(RuntimeError("GradientTape.gradient can only be called once on non-persistent tapes."),
                        "Make it with tf.GradientTape(persistent=True), or ask for all gradients in one call.")  # fmt: skip
        if not self._persistent:
            self.__exit__()
        wanted = _flat(sources)
        found = self._backward(_flat(target), _flat(output_gradients), [source_of(s) for s in wanted])
        if unconnected_gradients == "zero":
            found = [zeros(source_of(s)) if g is None else g for s, g in zip(wanted, found, strict=True)]
        if not self._persistent:
            self._used = True
            self.reset()
        return _like(sources, iter(found))

    def _backward(self, targets: list[Any], seeds: list[Any], sources: list[Tensor]) -> list[Any]:
        sums: dict[Tensor, list[Any]] = defaultdict(list)
        ys = [source_of(t) for t in targets]
        if not get_default_graph().eager:
            return self._symbolic(ys, seeds, sources)
        for y, dy in zip(ys, seeds_of(ys, seeds or [None] * len(ys)), strict=True):
            if id(y) in self._known:
                sums[y].append(dy)
        watched = {id(s) for s in sources}
        eager_graph().gradient_calls += 1
        results: dict[int, Any] = {}
        for node in reversed(self._records):
            outputs = [t for t in node.outputs if t in sums]
            if not outputs:
                continue
            dys = [total(sums, t) for t in node.outputs]
            results.update((id(t), dy) for t, dy in zip(node.outputs, dys, strict=True) if id(t) in watched)
            self._propagate(node, dys, sums)
        return [results[id(s)] if id(s) in results else total(sums, s) for s in sources]

    def _symbolic(self, ys: list[Tensor], seeds: list[Any], sources: list[Tensor]) -> list[Any]:
        """Gradients inside a graph or a function that is being traced, whose nodes are a record already."""
        graph = get_default_graph()
        wanted = [s for s in sources if id(s) in self._known or s.dtype.is_ref and self._watches_variables]
        inside = [s if s.graph is graph else graph.capture(s) for s in wanted]  # type: ignore[attr-defined]
        found = dict(zip(map(id, wanted), gradients(ys, inside, seeds or None), strict=True))
        return [found.get(id(s)) for s in sources]

    def _propagate(self, node: Operation, dys: list[Any], sums: dict[Tensor, list[Any]]) -> None:
        """Adds the gradients of one op's inputs to the sums."""
        rule = rule_of(node)
        if rule is None or all(dy is None for dy in dys):
            return
        dys = [zeros(t) if dy is None and differentiable(t) else dy for t, dy in zip(node.outputs, dys, strict=True)]
        dxs = rule(node, *[dy.to_tensor() if isinstance(dy, IndexedSlices) and node.type != "Identity" else dy for dy in dys])
        for x, dx in zip(node.inputs, dxs if isinstance(dxs, (list, tuple)) else [dxs], strict=True):
            if dx is not None and id(x) in self._known:
                sums[x].append(dx)

    def jacobian(self, target: Any, sources: Any, unconnected_gradients: Any = "none", parallel_iterations: Any = None,
                 experimental_use_pfor: bool = True) -> Any:  # fmt: skip
        """d target[i]/d source[j] for each source; shape target.shape + source.shape."""
        from tfnb.ops import arrays, diagonals

        listed = _flat(sources)
        size = target.shape.num_elements()
        places = [source_of(s) for s in listed]
        ones = diagonals.eye(size, dtype=target.dtype.base_dtype)
        rows = [self._backward([target], [arrays.reshape(ones[i], target.shape)], places) for i in range(size)]
        found: list[Any] = []
        for i, s in enumerate(places):
            parts = [r[i] for r in rows]
            shape = [*target.shape.as_list(), *s.shape.as_list()]
            found.append(None if any(p is None for p in parts) else arrays.reshape(arrays.stack(parts), shape))
        if not self._persistent:
            self._used = True
            self.reset()
        return _like(sources, iter(found))

    def batch_jacobian(self, target: Any, source: Any, unconnected_gradients: Any = "none", parallel_iterations: Any = None,
                       experimental_use_pfor: bool = True) -> Any:  # fmt: skip
        """d target[b, i]/d source[b, j] for each row b; shape [batch, *target row, *source row]."""
        from tfnb.ops import arrays

        whole = self.jacobian(target, source)
        rank = target.shape.ndims
        rows = [whole[(b, *[slice(None)] * (rank - 1), b)] for b in range(target.shape.as_list()[0])]
        return arrays.stack(rows)


def _flat(value: Any) -> list[Any]:
    """The leaves of lists, tuples and dictionaries (these in the order of their keys)."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in _flat(value[key])]
    return [leaf for v in value for leaf in _flat(v)] if isinstance(value, (list, tuple)) else [value]


def _like(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        found = {key: _like(structure[key], leaves) for key in sorted(structure)}
        return {key: found[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        return [_like(v, leaves) for v in structure]
    return next(leaves)


# -- functions of functions: tf.contrib.eager's -----------------------------------------------------------------------
def value_and_gradients_function(f: Callable[..., Any], params: Any = None) -> Callable[..., Any]:
    """A function that gives f's value and its gradients with respect to its arguments (those of positions `params`).

    >>> value, (slope,) = tf.contrib.eager.value_and_gradients_function(lambda x: x * x)(3.0)
    >>> print(value.eval(), slope.eval())
    9.0 6.0
    """

    @functools.wraps(f)
    def decorated(*args: Any, dy: Any = None, **kwargs: Any) -> Any:
        tensors = [convert_to_tensor(a) for a in args]
        with GradientTape() as tape:
            tape.watch(tensors)
            y = f(*tensors, **kwargs)
        chosen = tensors if params is None else [tensors[p] for p in params]
        return y, tape.gradient(y, chosen, None if dy is None else [dy])

    return decorated


def gradients_function(f: Callable[..., Any], params: Any = None) -> Callable[..., Any]:
    """A function that gives the gradients of f with respect to its arguments.

    >>> print(tf.contrib.eager.gradients_function.__name__)
    gradients_function
    """
    both = value_and_gradients_function(f, params)
    return functools.wraps(f)(lambda *args, **kwargs: both(*args, **kwargs)[1])


def implicit_value_and_gradients(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives f's value and pairs of gradient and variable, for the variables that f reads.

    >>> with tf.contrib.eager.eager_mode():
    ...     w = tf.Variable(3.0)
    ...     value, [(slope, variable)] = tf.contrib.eager.implicit_value_and_gradients(lambda: w * w)()
    ...     print(value.numpy(), slope.numpy(), variable is w)
    9.0 6.0 True
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with GradientTape() as tape:
            y = f(*args, **kwargs)
        variables = tape.watched_variables()
        if not variables:
            raise ValueError("No trainable variables were accessed while the function was being computed.")
        return y, list(zip(tape.gradient(y, list(variables)), variables, strict=True))

    return decorated


def implicit_gradients(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives pairs of gradient and variable, for the variables that f reads.

    >>> with tf.contrib.eager.eager_mode():
    ...     w = tf.Variable(3.0)
    ...     [(slope, variable)] = tf.contrib.eager.implicit_gradients(lambda: w * w)()
    ...     print(slope.numpy(), variable is w)
    6.0 True
    """
    both = implicit_value_and_gradients(f)
    return functools.wraps(f)(lambda *args, **kwargs: both(*args, **kwargs)[1])
