"""Branches and loops for XLA: `xp.branch`, `xp.loop`, and the arrays and stacks that loops change.

    xp = JaxFlow();  i, t = xp.loop(test, turn, (i, t), most=4)

What a TensorArray or a stack holds (jax_places.py) is no value of the program: it goes through every branch and loop
beside the values, in a place that is as large as the loops around it may ever need.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfnb.core.static import ints
from tfnb.engine.jax_places import Again, Handle, Place, Uncompilable
from tfnb.engine.namespaces import JaxNamespace

__all__ = ["JaxFlow", "Uncompilable"]


class JaxFlow(JaxNamespace):
    """jax.numpy with control flow. One for each step; `begin` before each time that the step is traced."""

    def __init__(self) -> None:
        super().__init__(jnp)
        self.kept: set[str] = set()  # what a loop makes anew each time and a gradient asks for later: each needs a copy
        self.begin()

    def begin(self) -> None:
        self.places: dict[str, Place] = {}
        self._wanted: dict[str, Any] = {}
        self._known: dict[str, int | None] = {}
        self._parts: dict[int, Any] = {}
        self._around: list[int | None] = []  # of the loops being traced, how often each may go round
        self._site: list[Any] = [""]
        self._made = 0

    def traced(self, step: Callable[..., Any], *values: Any) -> Any:
        """The step on XLA's placeholders; anew as long as it tells more about what it needs."""
        while True:
            self.begin()
            try:
                return step(*values)
            except Again:
                continue

    def turns_since(self, depth: int) -> int:
        inner = self._around[depth:]
        if any(n is None for n in inner):
            raise Uncompilable("how often a loop with a gradient goes round is known only once it runs")
        return max(1, math.prod(n for n in inner if n is not None))

    def turns(self, *limits: Any) -> int | None:
        """How often a loop may go round; None where the values of its limits are not known yet."""
        known = [self._steps(*limit) for limit in limits if not any(isinstance(v, jax.core.Tracer) for v in limit)]
        return min(known, default=None)

    def as_often(self, test: str) -> int | None:
        """How often the loop of this test goes round, as far as that is known: its gradient's loop goes back as often."""
        return self._known.get(test)

    # -- whole numbers that are known only in the run ------------------------------------------------------------
    def stack(self, values: Any, axis: int = 0) -> Any:
        out = jnp.stack(values, axis)
        if all(np.ndim(v) == 0 for v in values):
            self._parts[id(out)] = out, values
        return out

    def ints(self, value: Any) -> Any:
        """A host value as a kernel receives it; numbers that are not known yet stay what they are."""
        if not isinstance(value, jax.core.Tracer):
            return ints(value)
        parts = self._parts[id(value)][1] if id(value) in self._parts else tuple(value) if value.ndim == 1 else [value]
        found = tuple(v if isinstance(v, jax.core.Tracer) else int(v) for v in parts)
        return found if value.ndim else found[0]

    @staticmethod
    def _steps(start: Any, end: Any, step: int, beyond: int = 0) -> int:
        return max(0, math.ceil((float(end) + beyond - float(start)) / step))

    # -- arrays and stacks ----------------------------------------------------------------------------------------
    def new_array(self, size: int, dtype: Any, shape: Any, dynamic: bool, clear: bool, name: str) -> Any:
        if isinstance(size, jax.core.Tracer) or dynamic:
            raise Uncompilable("the size of a TensorArray is known only once it runs")
        known = shape.as_list() if shape is not None and shape.is_fully_defined() else None
        return self._new(lambda lead: None if known is None else jnp.zeros((*lead, int(size), *known), dtype), int(size), dtype)

    def new_stack(self) -> Any:
        return self._new(lambda lead: None, 0, None)

    def _new(self, items: Callable[[tuple[int, ...]], Any], size: int, dtype: Any) -> Handle:
        self._made += 1
        key, depth = f"{self._site[-1]}.{self._made}", len(self._around)
        copies = self._copies(depth) if key in self.kept else 1
        old = self.places.get(key)
        if copies > 1 and old is not None:  # made again, in another turn
            self.places[key] = dataclasses.replace(old, used=old.used + 1)
            return Handle(old.used, key, depth, self)
        lead = () if copies == 1 else (copies,)
        start = items(lead)
        if start is None and old is not None:
            start = jax.tree.map(jnp.zeros_like, old.items)
        self.places[key] = Place(start, jnp.zeros(lead, jnp.int32), jnp.int32(1), size or (old.size if old else 0), copies, dtype, False)
        for inner in [k for k in self.places if k.startswith(f"{key}:")]:
            self.places[inner] = dataclasses.replace(self.places[inner], items=jax.tree.map(jnp.zeros_like, self.places[inner].items))
        return Handle(jnp.int32(0), key, depth, self)

    def _copies(self, depth: int) -> int:
        if None in self._around[:depth]:
            raise Uncompilable("how often a loop around a loop with a gradient goes round is known only once it runs")
        return max(1, math.prod(n for n in self._around[:depth] if n is not None))

    # -- branches and loops ---------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def _at(self, label: str) -> Iterator[None]:
        """Names of places are the same each time that a piece of text is traced."""
        made, self._made = self._made, 0
        self._site.append(f"{self._site[-1]}/{label}")
        try:
            yield
        finally:
            self._site.pop()
            self._made = made

    def _run(self, label: str, function: Callable[..., Any], values: Any, places: dict[str, Place]) -> tuple[Any, dict[str, Place]]:
        """What a piece of text gives, and what it leaves in the places. Those that are there now stay as they are."""
        mine, self.places = self.places, dict(places)
        try:
            with self._at(label):
                return function(*values), self.places
        finally:
            self.places = mine

    def branch(self, pred: Any, then: Callable[..., Any], other: Callable[..., Any], *values: Any) -> Any:
        """What `then` gives where `pred` holds, else what `other` gives; what one of them leaves out is zero there."""
        if not isinstance(pred, jax.core.Tracer):
            with self._at(then.__name__ if pred else other.__name__):
                return then(*values) if pred else other(*values)
        runs = [lambda f=f: _strong(self._run(f.__name__, f, values, self.places)) for f in (then, other)]

        def attempt(wanted: Any) -> Any:
            if wanted is None:
                wanted = _merged(jax.eval_shape(runs[0]), jax.eval_shape(runs[1]), "in the two branches of a condition")
            return wanted, lax.cond(jnp.reshape(pred, ()), *[lambda run=run: _completed(run(), wanted) for run in runs])

        out, self.places = self._settled(then.__name__, attempt)
        return out

    def loop(self, test: Callable[..., Any], turn: Callable[..., Any], start: Any, most: int | None = None) -> Any:
        """The values after `turn` has been done as often as `test` holds, at most `most` times if that is known."""
        self._known[test.__name__] = most
        self._around.append(most)
        try:
            return self._loop(test, turn, start)
        finally:
            self._around.pop()

    def _loop(self, test: Callable[..., Any], turn: Callable[..., Any], start: Any) -> Any:
        def tested(values: Any, places: dict[str, Place]) -> Any:
            (again, values), places = self._run(test.__name__, test, values, places)
            return _strong((jnp.reshape(again, ()), values, places))

        def once(carried: Any) -> Any:
            values, places = self._run(turn.__name__, turn, *carried[1:])
            return tested(values, places)

        first = tested(start, self.places)

        def attempt(wanted: Any) -> Any:
            wanted = _merged(_shapes(first), wanted, _TURNS)
            return wanted, lax.while_loop(lambda c: c[0], lambda c: _completed(once(c), wanted), _completed(first, wanted))

        _, values, self.places = self._settled(test.__name__, attempt)
        return values

    def _settled(self, label: str, attempt: Callable[[Any], Any]) -> Any:
        """A piece of text traced with room for all that it makes: anew as long as it makes more than was foreseen.

        What was found is remembered: a piece inside another one is traced each time that the outer one is.
        """
        site = f"{self._site[-1]}/{label}"
        wanted = self._wanted.get(site)
        while True:
            try:
                self._wanted[site], out = attempt(wanted)
                return out
            except _Grown as e:
                wanted = e.wanted


_TURNS = "from one time round a loop to the next"


class _Grown(Exception):  # noqa: N818
    """A piece of text makes more than was foreseen: all of it."""

    def __init__(self, wanted: Any) -> None:
        super().__init__()
        self.wanted = wanted


def _shapes(tree: Any) -> Any:
    return jax.tree.map(lambda v: jax.ShapeDtypeStruct(v.shape, v.dtype), tree)


def _strong(tree: Any) -> Any:
    """All values as arrays of a dtype of their own, which arithmetic with Python's numbers may have left open."""
    return jax.tree.map(lambda v: lax.convert_element_type(v, jnp.result_type(v)), tree)


def _merged(a: Any, b: Any, where: str) -> Any:
    """The shapes of what either has."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, dict):
        return {k: _merged(a.get(k), b.get(k), where) for k in {**a, **b}}
    if isinstance(a, tuple):
        return tuple(_merged(x, y, where) for x, y in zip(a, b, strict=True))
    if isinstance(a, (Place, Handle)):
        if isinstance(a, Handle):
            same = a.key == b.key
        else:
            a, b = (dataclasses.replace(p, size=max(a.size, b.size)) for p in (a, b))
            same = a.copies == b.copies
        if not same:
            raise Uncompilable(f"a TensorArray is another one {where}")
        return dataclasses.replace(a, **{n: _merged(getattr(a, n), getattr(b, n), where) for n in _moving(a)})
    if a.shape != b.shape or a.dtype != b.dtype:
        raise Uncompilable(f"a value is {a.dtype}{list(a.shape)} and {b.dtype}{list(b.shape)} {where}")
    return a


def _completed(value: Any, wanted: Any) -> Any:
    """The value with zeros where it lacks what is wanted. Raises _Grown where it has what is not."""
    both = _merged(wanted, _shapes(value), _TURNS)
    if _form(both) != _form(wanted):
        raise _Grown(both)
    return _filled(value, wanted)


def _form(tree: Any) -> Any:
    return jax.tree.structure(tree)


def _filled(value: Any, wanted: Any) -> Any:
    if wanted is None:
        return None
    if value is None:
        return jax.tree.map(lambda w: jnp.zeros(w.shape, w.dtype), wanted)
    if isinstance(wanted, dict):
        return {k: _filled(value.get(k), w) for k, w in wanted.items()}
    if isinstance(wanted, tuple):
        return tuple(_filled(v, w) for v, w in zip(value, wanted, strict=True))
    if isinstance(wanted, (Place, Handle)):
        return dataclasses.replace(wanted, **{n: _filled(getattr(value, n), getattr(wanted, n)) for n in _moving(wanted)})
    return value


def _moving(record: Any) -> list[str]:
    return [f.name for f in dataclasses.fields(record) if not f.metadata.get("static")]
