"""How elements flow: a stream is a function that starts again from the beginning, and gives a function `pull`.

    pull = batch(numbers(0, 5, 1), 2, False)()
    pull()          ([0, 1],)       the next element: a tuple of arrays
    pull()          ([2, 3],)
    pull()          ([4],)
    pull()          None            the end

What fails in one pull does not stop the next: a bad element can be passed over, as in TensorFlow.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.errors import DataLossError, InvalidArgumentError

__all__ = [
    "Element", "Pull", "Stream", "batch", "chain", "filtered", "from_function", "interleaved", "mapped", "numbered", "once", "padded", "padded_column",
    "remembered", "repeated", "skipped", "slices", "stacked", "taken", "windows", "without_errors", "zipped",
]  # fmt: skip

Element = tuple[Any, ...]
Pull = Callable[[], "Element | None"]
Stream = Callable[[], Pull]


# -- sources -------------------------------------------------------------------------------------------------
def once(element: Element) -> Stream:
    """The one element."""
    return lambda: _of(iter([element]))


def slices(components: Element) -> Stream:
    """Row by row through all components."""
    n = min(len(c) for c in components)
    return lambda: _of(tuple(c[i] for c in components) for i in range(n))


def numbered(start: int, stop: int, step: int) -> Stream:
    """The numbers of Python's range."""
    return lambda: _of((np.int64(i),) for i in range(start, stop, step))


def from_function(start: Callable[[], Any]) -> Stream:
    """What the iterator gives that `start` makes."""
    return lambda: _of(start())


def _of(elements: Any) -> Pull:
    found = iter(elements)
    return lambda: next(found, None)


# -- one stream ----------------------------------------------------------------------------------------------
def mapped(source: Stream, f: Callable[..., Element]) -> Stream:
    """f of each element."""

    def start() -> Pull:
        pull = source()

        def step() -> Element | None:
            element = pull()
            return None if element is None else f(*element)

        return step

    return start


def filtered(source: Stream, keep: Callable[..., Any]) -> Stream:
    """The elements that `keep` says yes to."""

    def start() -> Pull:
        pull = source()

        def step() -> Element | None:
            while (element := pull()) is not None and not keep(*element):
                pass
            return element

        return step

    return start


def taken(source: Stream, count: int) -> Stream:
    """The first `count` elements; all for -1."""

    def start() -> Pull:
        pull, left = source(), [count]

        def step() -> Element | None:
            if left[0] == 0:
                return None
            left[0] -= 1
            return pull()

        return step

    return start


def skipped(source: Stream, count: int) -> Stream:
    """All but the first `count` elements; none for -1."""

    def start() -> Pull:
        pull, left = source(), [count]

        def step() -> Element | None:
            while left[0]:
                left[0] -= 1
                if pull() is None:
                    return None
            return pull()

        return step

    return start


def repeated(source: Stream, count: int) -> Stream:
    """The stream again and again: `count` times, for ever if it is -1."""

    def start() -> Pull:
        pull, round_, fresh = source(), [1], [True]

        def step() -> Element | None:
            nonlocal pull
            if count == 0:
                return None
            while (element := pull()) is None and round_[0] != count and not fresh[0]:
                pull, fresh[0] = source(), True
                round_[0] += 1
            fresh[0] = False
            return element

        return step

    return start


def remembered(source: Stream, store: Any) -> Stream:
    """The stream, kept in `store` (a list) once it has been read to its end."""

    def start() -> Pull:
        if store.complete:
            return _of(store.elements())
        pull, found = source(), store.writer()

        def step() -> Element | None:
            element = pull()
            if element is None:
                found.close()
            else:
                found.append(element)
            return element

        return step

    return start


# -- several elements at once --------------------------------------------------------------------------------
def _gather(pull: Pull, n: int) -> list[Element]:
    rows: list[Element] = []
    while len(rows) < n and (element := pull()) is not None:
        rows.append(element)
    return rows


def batch(source: Stream, n: int, drop_remainder: bool) -> Stream:
    """Elements n by n, stacked."""
    return _joined(source, n, drop_remainder, lambda rows: tuple(stacked(column) for column in zip(*rows, strict=True)))


def _joined(source: Stream, n: int, drop_remainder: bool, join: Callable[[list[Element]], Element]) -> Stream:
    if n <= 0:
        raise InvalidArgumentError(None, None, "Batch size must be greater than zero.")

    def start() -> Pull:
        pull = source()

        def step() -> Element | None:
            rows = _gather(pull, n)
            return None if not rows or drop_remainder and len(rows) < n else join(rows)

        return step

    return start


def stacked(column: Any) -> Any:
    """Values of one shape as one array with an axis more."""
    first = np.shape(column[0])
    for value in column:
        if np.shape(value) != first:
            shapes = f"Shapes are: [tensor]: {_brackets(value)}, [batch]: {_brackets(column[0])}"
            raise InvalidArgumentError(None, None, f"Cannot add tensor to the batch: number of elements does not match. {shapes}")
    if isinstance(column[0], bytes) or getattr(getattr(column[0], "dtype", None), "kind", "") == "O":
        out = np.empty((len(column), *first), object)
        for i, value in enumerate(column):
            out[i] = value
        return out
    if callable(column[0]):  # a dataset inside a dataset
        return list(column)
    return np.stack(column) if first else np.array(column, dtype=np.asarray(column[0]).dtype)


def _brackets(value: Any) -> str:
    return "[" + ",".join(map(str, np.shape(value))) + "]"


def padded(source: Stream, n: int, shapes: Any, fill: Any, drop_remainder: bool) -> Stream:
    """Elements n by n, each filled up to the given sizes; an unknown size is the longest's of the batch."""

    def join(rows: list[Element]) -> Element:
        columns = zip(*rows, strict=True)
        return tuple(_padded(column, sizes, value) for column, sizes, value in zip(columns, shapes, fill, strict=True))

    return _joined(source, n, drop_remainder, join)


def _padded(column: Any, sizes: Any, value: Any) -> Any:
    rows = [np.asarray(v, object) if isinstance(v, bytes) else np.asarray(v) for v in column]
    if any(r.ndim != len(sizes) for r in rows):
        raise InvalidArgumentError(None, None, "All elements in a batch must have the same rank as the padded shape for component"
                                               f"0: expected rank {len(sizes)} but got element with rank {rows[0].ndim}")  # fmt: skip
    longest = [max(r.shape[i] for r in rows) for i in range(len(sizes))]
    full = [m if s in (None, -1) else int(s) for s, m in zip(sizes, longest, strict=True)]
    if any(f < m for f, m in zip(full, longest, strict=True)):
        raise DataLossError(None, None, "Attempted to pad to a smaller size than the input element.")
    out = np.empty((len(rows), *full), rows[0].dtype)
    out.fill(value)
    for i, row in enumerate(rows):
        out[(i, *(slice(k) for k in row.shape))] = row
    return out


def windows(source: Stream, size: int, shift: int, stride: int, drop_remainder: bool) -> Stream:
    """Streams of `size` elements each, `stride` apart, each beginning `shift` elements after the one before."""
    span = (size - 1) * stride + 1

    def start() -> Pull:
        pull = source()
        buffer: collections.deque[Element] = collections.deque()
        ended = [False]

        def fill(n: int) -> None:
            while len(buffer) < n and not ended[0]:
                element = pull()
                if element is None:
                    ended[0] = True
                else:
                    buffer.append(element)

        def step() -> Element | None:
            fill(span)
            if not buffer or drop_remainder and len(buffer) < span:
                return None
            rows = list(buffer)[:span:stride]
            fill(shift)
            for _ in range(min(shift, len(buffer))):
                buffer.popleft()
            return tuple(_column(rows, i) for i in range(len(rows[0])))

        return step

    return start


def _column(rows: list[Element], i: int) -> Stream:
    return lambda: _of([(row[i],) for row in rows])


# -- several streams -----------------------------------------------------------------------------------------
def zipped(sources: tuple[Stream, ...]) -> Stream:
    """Elements side by side, until the shortest stream ends."""

    def start() -> Pull:
        pulls = [source() for source in sources]

        def step() -> Element | None:
            parts = []
            for pull in pulls:
                element = pull()
                if element is None:
                    return None
                parts += element
            return tuple(parts)

        return step

    return start


def chain(first: Stream, second: Stream) -> Stream:
    """One stream after the other."""

    def start() -> Pull:
        pull, rest = first(), [second]

        def step() -> Element | None:
            nonlocal pull
            element = pull()
            if element is None and rest:
                pull = rest.pop()()
                element = pull()
            return element

        return step

    return start


def interleaved(source: Stream, f: Callable[..., Stream], cycle: int, block: int) -> Stream:
    """Streams that `f` makes of the elements: `cycle` of them are open, in turn they give `block` elements each."""

    def start() -> Pull:
        pull = source()
        opened: list[Pull | None] = [None] * cycle
        place, given, ended = [0], [0], [False]

        def advance() -> None:
            place[0], given[0] = (place[0] + 1) % cycle, 0

        def step() -> Element | None:
            while not ended[0] or any(opened):
                current = opened[place[0]]
                if current is not None:
                    element = current()
                    if element is None:
                        opened[place[0]] = None
                        advance()
                        continue
                    given[0] += 1
                    if given[0] == block:
                        advance()
                    return element
                outer = None if ended[0] else pull()
                if outer is None:
                    ended[0] = True
                    advance()
                else:
                    opened[place[0]] = f(*outer)()
            return None

        return step

    return start


def without_errors(source: Stream) -> Stream:
    """The elements that can be made."""

    def start() -> Pull:
        pull = source()

        def step() -> Element | None:
            while True:
                try:
                    return pull()
                except Exception:  # noqa: S112 - this is what it is for
                    continue

        return step

    return start


def padded_column(column: Any) -> Any:
    """Values of one rank as one array, filled up with zeros (or empty texts) to the longest."""
    first = column[0]
    value: Any = b"" if isinstance(first, bytes) or getattr(getattr(first, "dtype", None), "kind", "") == "O" else 0
    return _padded(column, (None,) * np.ndim(first), value)
