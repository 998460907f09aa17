"""Iterators: where in a dataset a session stands.

    iterator = dataset.make_initializable_iterator()
    x = iterator.get_next()
    sess.run(iterator.initializer)          sess.run(x), sess.run(x), ... until OutOfRangeError

The place is kept by the session. Elements form a chain that is made as it is walked, so that a stepper that goes back
finds the same elements again.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Iterator as PythonIterator
from typing import Any

from tfnb.core.dtypes import resource, string, variant
from tfnb.core.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    teach,
)
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.core.op import op
from tfnb.core.rules import OfAttr
from tfnb.data.dataset import Dataset, flatten
from tfnb.data.functions import described
from tfnb.data.ops import model_dataset, optimize_dataset
from tfnb.data.streams import Pull, Stream
from tfnb.data.structures import Leaf, leaves, pack
from tfnb.engine.program import needed
from tfnb.ops.sources import constant

__all__ = ["Iterator", "Place", "initializable", "one_shot"]

_serial = itertools.count()
_handles: weakref.WeakValueDictionary[bytes, Place] = weakref.WeakValueDictionary()

_NOT_YET = ("GetNext() failed because the iterator has not been initialized. "
            "Ensure that you have run the initializer operation for this iterator before getting the next element.")  # fmt: skip


class _Link:
    """One element and what comes after it, both known once somebody has been here."""

    __slots__ = ("after", "element")

    def __init__(self) -> None:
        self.after: _Link | None = None
        self.element: Any = None


class Place:
    """Where an iterator stands. `mark` and `rewind` go back; threads may share it."""

    def __init__(self) -> None:
        self._pull: Pull | None = None
        self._link = _Link()
        self._lock = threading.RLock()
        self.handle = b"tfnb iterator %d" % next(_serial)
        _handles[self.handle] = self

    def start(self, stream: Stream) -> None:
        """Begins at the beginning."""
        with self._lock:
            self._pull, self._link = stream(), _Link()

    def next(self) -> tuple[Any, ...]:
        """The next element. Raises OutOfRangeError at the end."""
        with self._lock:
            if self._pull is None:
                raise FailedPreconditionError(None, None, _NOT_YET, "Run sess.run(iterator.initializer) first.")
            link = self._link
            if link.after is None:
                element = self._pull()
                if element is None:
                    raise OutOfRangeError(None, None, "End of sequence", "All elements have been used: repeat() the dataset, or catch this error.")
                link.element, link.after = element, _Link()
            self._link = link.after
            return link.element  # type: ignore[no-any-return]

    def mark(self) -> Any:
        return self._pull, self._link

    def rewind(self, mark: Any) -> None:
        self._pull, self._link = mark


# -- nodes ---------------------------------------------------------------------------------------------------
def _started(node: Operation) -> Place:
    place = Place()
    place.start(stream_of(node.attrs["dataset"]))
    return place


def stream_of(tensor: Tensor) -> Stream:
    """The stream that a dataset's node stands for, from the graph alone."""
    from tfnb.engine.session import Session

    session = Session(graph=tensor.graph)
    plan = session.plan(tensor)
    try:
        results, _ = plan.step(*session.kept(plan.program))
    except Exception as e:
        raise session._explain(e, plan) from None
    return results[0]  # type: ignore[no-any-return]


@op("OneShotIterator", shape="scalar", effect=True, host=True, state="place", resource=_started, differentiable=False)
def one_shot_op(xp: Any, place: Any, *, dataset: Any, output_types: Any, output_shapes: Any) -> resource:
    """A place in a dataset, at its beginning when it is first asked for."""
    return place, place


@op("IteratorV2", shape="scalar", effect=True, host=True, state="place", resource=lambda node: Place(), differentiable=False)
def iterator_op(xp: Any, place: Any, *, output_types: Any, output_shapes: Any, shared_name: str = "", container: str = "") -> resource:
    """A place in a dataset that MakeIterator puts there."""
    return place, place


@op("MakeIterator", effect=True, host=True, differentiable=False)
def make_iterator_op(xp: Any, dataset: variant, iterator: resource) -> None:
    """Begins at the beginning of the dataset."""
    iterator.start(dataset)


@op("IteratorGetNext", shape=lambda call: list(call.attrs["output_shapes"]), effect=True, host=True, differentiable=False)
def get_next_op(xp: Any, iterator: resource, *, output_types: Any, output_shapes: Any) -> tuple[OfAttr("output_types"), ...]:
    """The next element."""
    return iterator.next()


@op("IteratorToStringHandle", shape="scalar", effect=True, host=True, differentiable=False)
def to_string_handle_op(xp: Any, resource_handle: resource) -> string:
    """A text that names the iterator, to be fed to one made by from_string_handle."""
    return resource_handle.handle


@op("IteratorFromStringHandleV2", shape="scalar", effect=True, host=True, differentiable=False)
def from_string_handle_op(xp: Any, string_handle: string, *, output_types: Any, output_shapes: Any) -> resource:
    """The iterator that a text names."""
    if not string_handle.startswith(b"tfnb iterator "):
        raise InvalidArgumentError(None, None, "Could not parse string_handle as a valid ResourceHandle",
                                   "Feed what sess.run(iterator.string_handle()) gave.")  # fmt: skip
    if string_handle not in _handles:
        raise NotFoundError(None, None, "The iterator of this handle is gone: its session is closed.")
    return _handles[string_handle]


# -- the iterator as users see it ----------------------------------------------------------------------------
class Iterator:
    """Gives the tensors of the next element; a session says which element that is.

    >>> iterator = tf.data.Iterator.from_structure(tf.int64, tf.TensorShape([]))
    >>> start = iterator.make_initializer(tf.data.Dataset.range(3))
    >>> sess.run(start)
    >>> print(sess.run(iterator.get_next()))
    0
    """

    def __init__(self, iterator_resource: Tensor, initializer: Operation | None, structure: Any) -> None:
        self._iterator_resource, self._initializer, self._structure = iterator_resource, initializer, structure
        self._string_handle = to_string_handle_op(iterator_resource)
        self._calls = 0

    @staticmethod
    def from_structure(output_types: Any, output_shapes: Any = None, shared_name: str | None = None, output_classes: Any = None) -> Iterator:
        """An iterator for any dataset of such elements, chosen by running what `make_initializer` gives."""
        structure = leaves(output_types, output_shapes)
        return Iterator(iterator_op(shared_name=shared_name or "", **described(structure)), None, structure)

    @staticmethod
    def from_string_handle(string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None) -> Iterator:
        """The iterator whose handle is fed."""
        structure = leaves(output_types, output_shapes)
        return Iterator(from_string_handle_op(string_handle, **described(structure)), None, structure)

    @property
    def initializer(self) -> Operation:
        """The operation that starts at the beginning. Raises ValueError for an iterator that has none."""
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Dataset, name: str | None = None) -> Operation:
        """An operation that starts at the beginning of `dataset`, whose elements must be of this iterator's structure."""
        for what, mine, other in (("types", self.output_types, dataset.output_types), ("classes", self.output_classes, dataset.output_classes)):
            if mine != other:
                raise TypeError(f"Expected output {what} {mine!r} but got dataset with output {what} {other!r}.")
        for mine, other in zip(flatten(self._structure), flatten(dataset._structure), strict=True):
            if not mine.shape.is_compatible_with(other.shape):
                raise TypeError(f"Expected output shapes compatible with {self.output_shapes} but got dataset with output shapes {dataset.output_shapes}.")
        with get_default_graph().colocate_with(self._iterator_resource.op):
            return make_iterator_op.node((dataset._variant_tensor, self._iterator_resource), {}, name or "make_initializer")

    def get_next(self, name: str | None = None) -> Any:
        """The tensors of the next element. Ask once, outside the loop: each call adds a node."""
        self._calls += 1
        if self._calls == 33:
            import warnings

            warnings.warn("An unusually high number of `Iterator.get_next()` calls was detected. Call it once, before the loop: "
                          "each call adds a node to the graph.", stacklevel=2)  # fmt: skip
        node = get_next_op.node((self._iterator_resource,), described(self._structure), name)
        return pack(self._structure, [_given(t, leaf) for t, leaf in zip(node.outputs, flatten(self._structure), strict=True)])

    def string_handle(self, name: str | None = None) -> Tensor:
        """A text that names this iterator, to be fed to one made by `from_string_handle`."""
        return self._string_handle if name is None else to_string_handle_op(self._iterator_resource, name=name)  # type: ignore[no-any-return]

    @property
    def output_types(self) -> Any:
        return Dataset(None, self._structure).output_types  # type: ignore[arg-type]

    @property
    def output_shapes(self) -> Any:
        return Dataset(None, self._structure).output_shapes  # type: ignore[arg-type]

    @property
    def output_classes(self) -> Any:
        return Dataset(None, self._structure).output_classes  # type: ignore[arg-type]


def _given(tensor: Tensor, leaf: Leaf) -> Any:
    return tensor if leaf.inside is None else Dataset(tensor, leaf.inside)


def one_shot(dataset: Dataset) -> Iterator:
    """An iterator that begins by itself. Raises ValueError where the dataset depends on what is fed or kept."""
    tensor = dataset._variant_tensor
    for node in sorted(needed([tensor.op], set()), key=lambda n: n.index):
        if node.type in ("Placeholder", "PlaceholderWithDefault"):
            raise teach(ValueError(f"Cannot capture a placeholder (name:{node.name}, type:{node.type}) by value."),
                        "Use make_initializable_iterator() and feed the placeholder to its initializer.")  # fmt: skip
        if node.type in ("VariableV2", "VarHandleOp", "HashTableV2"):
            raise teach(ValueError(f"Cannot capture a stateful node (name:{node.name}, type:{node.type}) by value."),
                        "Use make_initializable_iterator().")  # fmt: skip
    return Iterator(one_shot_op(dataset=tensor, **described(dataset._structure)), None, dataset._structure)


def initializable(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """An iterator that its initializer starts."""
    attributes = described(dataset._structure)
    optimized = optimize_dataset(dataset._variant_tensor, constant([b""], string, name="optimizations"), **attributes)
    modelled = model_dataset(optimized, **attributes)
    place = iterator_op(shared_name=shared_name or "", **attributes)
    with get_default_graph().colocate_with(place.op):
        start = make_iterator_op.node((modelled, place), {}, None)
    return Iterator(place, start, dataset._structure)


def eager_elements(dataset: Dataset) -> PythonIterator[Any]:
    """The elements of a dataset as eager tensors."""
    from tfnb.core.op import convert_to_tensor

    pull = dataset._variant_tensor.numpy()()
    for element in iter(pull, None):
        leaf_values = zip(flatten(dataset._structure), element, strict=True)
        yield pack(dataset._structure, [convert_to_tensor(v, leaf.dtype) for leaf, v in leaf_values])


