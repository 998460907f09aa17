"""Queues: elements wait in them between the threads that make them and those that use them.

    q = tf.FIFOQueue(10, tf.float32)
    enqueue, x = q.enqueue([1.0]), q.dequeue()

A run that finds a queue empty (or full) waits for another thread to fill (or empty) it.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype, int64, resource
from tfnb.core.errors import CancelledError, InvalidArgumentError, OutOfRangeError
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Each, OfAttr, boolean, int32
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.data.shuffling import Words
from tfnb.data.streams import padded_column, stacked
from tfnb.engine.waiting import pause

__all__ = ["FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]

_serial = itertools.count()


class Waiting:
    """The elements of a queue in one session. Threads share it; `mark` and `rewind` set it back."""

    def __init__(self, node: Operation) -> None:
        a = node.attrs
        self.kind, self.name = node.type.removesuffix("V2"), f"_{next(_serial)}_{node.name}"
        self.capacity = a["capacity"] if a["capacity"] > 0 else float("inf")
        self.shapes = a["shapes"]
        self._least = a.get("min_after_dequeue", 0)
        self._random = Words(a["seed"], a["seed2"]) if "seed" in a else None
        self._items: list[Any] = []
        self._changed = threading.Condition()
        self.closed = self._cancelled = False

    def mark(self) -> Any:
        return list(self._items), self.closed

    def rewind(self, mark: Any) -> None:
        with self._changed:
            self._items, self.closed = list(mark[0]), mark[1]
            self._changed.notify_all()

    @property
    def size(self) -> int:
        return len(self._items)

    def put(self, element: tuple[Any, ...]) -> None:
        """Adds an element; waits while the queue is full."""
        for value, shape in zip(element, self.shapes or (), strict=False):
            if not shape.is_compatible_with(np.shape(value)):
                raise InvalidArgumentError(None, None, f"Shape mismatch in tuple component. Expected {shape.brackets()}, got {_brackets(value)}")
        while True:
            with self._changed:
                if self.closed or self._cancelled:
                    raise CancelledError(None, None, f"{self.kind} '{self.name}' is closed.")
                if self.size < self.capacity:
                    if self.kind == "PriorityQueue":
                        bisect.insort(self._items, element, key=lambda e: int(e[0]))
                    else:
                        self._items.append(element)
                    self._changed.notify_all()
                    return
            pause(self._changed, lambda: self.size >= self.capacity and not self.closed, "Enqueue")

    def take(self, n: int, fewer: bool = False) -> list[Any]:
        """n elements; waits while there are not enough. With `fewer`, a closed queue gives what is left."""
        found: list[Any] = []
        while len(found) < n:
            with self._changed:
                while len(found) < n and self._enough():
                    found.append(self._one())
                if found:
                    self._changed.notify_all()
                if len(found) == n:
                    break
                if self.closed:
                    if fewer and found:
                        break
                    self._items = found + self._items
                    raise OutOfRangeError(None, None, f"{self.kind} '{self.name}' is closed and has insufficient elements "
                                                      f"(requested {n}, current size {len(self._items)})")  # fmt: skip
            try:
                pause(self._changed, lambda: not self._enough() and not self.closed, "Dequeue")
            except Exception:
                with self._changed:
                    self._items = found + self._items
                raise
        return found

    def _enough(self) -> bool:
        return self.size > (0 if self.closed else self._least)

    def _one(self) -> Any:
        if self._random is None:
            return self._items.pop(0)
        index = self._random() % self.size
        found, self._items[index] = self._items[index], self._items[-1]
        self._items.pop()
        return found

    def close(self, cancel: bool) -> None:
        """No more elements come; those that are there may be taken."""
        with self._changed:
            self.closed, self._cancelled = True, self._cancelled or cancel
            self._changed.notify_all()


def _brackets(value: Any) -> str:
    return "[" + ",".join(map(str, np.shape(value))) + "]"


# -- nodes ---------------------------------------------------------------------------------------------------
_PLACE: dict[str, Any] = {"shape": "scalar", "effect": True, "host": True, "state": "place", "resource": Waiting, "differentiable": False}
_NODE: dict[str, Any] = {"effect": True, "host": True, "waits": True, "differentiable": False}


@op("FIFOQueueV2", **_PLACE)
def fifo_op(xp: Any, place: Any, *, component_types: Any, shapes: Any = (), capacity: int = -1, container: str = "", shared_name: str = "") -> resource:
    """A queue: first in, first out."""
    return place, place


@op("PaddingFIFOQueueV2", **_PLACE)
def padding_op(xp: Any, place: Any, *, component_types: Any, shapes: Any = (), capacity: int = -1, container: str = "", shared_name: str = "") -> resource:
    """A queue of elements of different sizes."""
    return place, place


@op("PriorityQueueV2", **_PLACE)
def priority_op(xp: Any, place: Any, *, component_types: Any, shapes: Any = (), capacity: int = -1, container: str = "", shared_name: str = "") -> resource:
    """A queue that gives the element of the smallest number first."""
    return place, place


@op("RandomShuffleQueueV2", **_PLACE)
def shuffle_op(xp: Any, place: Any, *, component_types: Any, shapes: Any = (), capacity: int = -1, min_after_dequeue: int = 0, seed: int = 0,
               seed2: int = 0, container: str = "", shared_name: str = "") -> resource:  # fmt: skip
    """A queue that gives its elements in random order."""
    return place, place


@op("QueueEnqueueV2", **_NODE)
def enqueue_op(xp: Any, handle: resource, *components: Each) -> None:
    """Puts one element into a queue."""
    handle.put(components)


@op("QueueEnqueueManyV2", **_NODE)
def enqueue_many_op(xp: Any, handle: resource, *components: Each) -> None:
    """Puts the rows of its inputs into a queue, each as an element."""
    for row in zip(*components, strict=True):
        handle.put(row)


def _shaped(call: Any) -> Any:
    return list(call.attrs["output_shapes"])


@op("QueueDequeueV2", shape=_shaped, **_NODE)
def dequeue_op(xp: Any, handle: resource, *, component_types: Any, output_shapes: Any) -> tuple[OfAttr("component_types"), ...]:
    """Takes one element out of a queue."""
    return handle.take(1)[0]


def _batch(handle: Waiting, rows: list[Any]) -> tuple[Any, ...]:
    padding = handle.kind == "PaddingFIFOQueue"
    columns = zip(*rows, strict=True)
    return tuple(padded_column(c) if padding else stacked(c) for c in columns)


@op("QueueDequeueManyV2", shape=_shaped, **_NODE)
def dequeue_many_op(xp: Any, handle: resource, n: int32, *, component_types: Any, output_shapes: Any) -> tuple[OfAttr("component_types"), ...]:
    """Takes n elements, stacked."""
    return _batch(handle, handle.take(int(n)))


@op("QueueDequeueUpToV2", shape=_shaped, **_NODE)
def dequeue_up_to_op(xp: Any, handle: resource, n: int32, *, component_types: Any, output_shapes: Any) -> tuple[OfAttr("component_types"), ...]:
    """Takes n elements, stacked; of a closed queue what is left."""
    return _batch(handle, handle.take(int(n), fewer=True))


@op("QueueSizeV2", shape="scalar", **_NODE)
def size_op(xp: Any, handle: resource) -> int32:
    """How many elements wait."""
    return np.int32(handle.size)


@op("QueueCloseV2", **_NODE)
def close_op(xp: Any, handle: resource, *, cancel_pending_enqueues: bool = False) -> None:
    """Says that no more elements come."""
    handle.close(cancel_pending_enqueues)


@op("QueueIsClosedV2", shape="scalar", **_NODE)
def is_closed_op(xp: Any, handle: resource) -> boolean:
    """Whether a queue is closed."""
    return np.bool_(handle.closed)


# -- queues as users see them --------------------------------------------------------------------------------
class QueueBase:
    """What all queues can do. Elements are tensors, tuples of them, or dicts where the queue has names.

    >>> queue = tf.FIFOQueue(3, tf.float32)
    >>> sess.run(queue.enqueue(1.0))
    >>> print(sess.run(queue.size()), sess.run(queue.dequeue()))
    1 1.0
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Tensor) -> None:
        self._dtypes, self._shapes, self._names, self._queue_ref = dtypes, shapes, names, queue_ref
        self._name = queue_ref.op.name.split("/")[-1]

    @property
    def queue_ref(self) -> Tensor:
        return self._queue_ref

    @property
    def name(self) -> str:
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> Any:
        return self._dtypes

    @property
    def shapes(self) -> Any:
        return self._shapes

    @property
    def names(self) -> Any:
        return self._names

    def _tensors(self, vals: Any) -> list[Tensor]:
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            vals = [vals[k] for k in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        vals = vals if isinstance(vals, (list, tuple)) else [vals]
        return [convert_to_tensor(v, t, f"component_{i}") for i, (v, t) in enumerate(zip(vals, self._dtypes, strict=True))]

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """An operation that puts one element in; it waits while the queue is full."""
        with name_scope(name, f"{self._name}_enqueue") as scope:
            tensors = self._tensors(vals)
            for t, shape in zip(tensors, self._shapes or (), strict=False):
                shape.assert_is_compatible_with(t.shape)
            return enqueue_op.node((self._queue_ref, *tensors), {}, scope)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """An operation that puts in the rows of `vals`, each as an element."""
        with name_scope(name, f"{self._name}_EnqueueMany") as scope:
            return enqueue_many_op.node((self._queue_ref, *self._tensors(vals)), {}, scope)

    def _described(self, front: Any) -> dict[str, Any]:
        shapes = self._shapes or [unknown_shape()] * len(self._dtypes)
        return {"component_types": self._dtypes, "output_shapes": [front.concatenate(s) for s in shapes]}

    def _given(self, node: Operation) -> Any:
        out = list(node.outputs)
        return dict(zip(self._names, out, strict=True)) if self._names else out[0] if len(out) == 1 else out

    def dequeue(self, name: str | None = None) -> Any:
        """The next element; a run waits for it where the queue is empty."""
        node = dequeue_op.node((self._queue_ref,), self._described(TensorShape([])), name or f"{self._name}_Dequeue")
        return self._given(node)

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """The next n elements, stacked."""
        front = TensorShape([n if isinstance(n, int) else None])
        return self._given(dequeue_many_op.node((self._queue_ref, n), self._described(front), name or f"{self._name}_DequeueMany"))

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """The next n elements, stacked; fewer at the end."""
        return self._given(dequeue_up_to_op.node((self._queue_ref, n), self._described(TensorShape([None])), name or f"{self._name}_DequeueUpTo"))

    def size(self, name: str | None = None) -> Tensor:
        """How many elements wait."""
        return size_op(self._queue_ref, name=name or f"{self._name}_Size")  # type: ignore[no-any-return]

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """An operation that says that no more elements come."""
        return close_op.node((self._queue_ref,), {"cancel_pending_enqueues": cancel_pending_enqueues}, name or f"{self._name}_Close")

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether it is closed."""
        return is_closed_op(self._queue_ref, name=name or f"{self._name}_is_closed")  # type: ignore[no-any-return]


def _attributes(dtypes: Any, shapes: Any, names: Any, capacity: int, shared_name: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    dtypes = [as_dtype(t) for t in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]
    if shapes is not None:
        one = len(dtypes) == 1 and not (isinstance(shapes, (list, tuple)) and len(shapes) == 1 and not isinstance(shapes[0], int))
        shapes = [as_shape(s) for s in ([shapes] if one else shapes)]
    names = None if names is None else [names] if isinstance(names, str) else list(names)
    return dtypes, shapes, names, {"component_types": dtypes, "shapes": tuple(shapes or ()), "capacity": capacity, "shared_name": shared_name or ""}


class FIFOQueue(QueueBase):
    """A queue: first in, first out.

    >>> q = tf.FIFOQueue(3, tf.int32)
    >>> q.enqueue_many([[1, 2, 3]]).run()
    >>> print(q.dequeue().eval())
    1
    """

    def __init__(self, capacity: int, dtypes: Any, shapes: Any = None, names: Any = None, shared_name: Any = None, name: str = "fifo_queue") -> None:
        *known, attributes = _attributes(dtypes, shapes, names, capacity, shared_name)
        super().__init__(*known, fifo_op(name=name, **attributes))


class PaddingFIFOQueue(QueueBase):
    """A queue of elements of different sizes, filled up with zeros when several are taken.

    >>> q = tf.PaddingFIFOQueue(3, tf.int32, [[None]])
    >>> q.enqueue([[1, 2]]).run()
    >>> q.enqueue([[3]]).run()
    >>> print(q.dequeue_many(2).eval())
    [[1 2]
     [3 0]]
    """

    def __init__(self, capacity: int, dtypes: Any, shapes: Any, names: Any = None, shared_name: Any = None,
                 name: str = "padding_fifo_queue") -> None:  # fmt: skip
        *known, attributes = _attributes(dtypes, shapes, names, capacity, shared_name)
        super().__init__(*known, padding_op(name=name, **attributes))


class PriorityQueue(QueueBase):
    """A queue that gives the element of the smallest priority first; the priority is the first component, an int64.

    >>> q = tf.PriorityQueue(3, tf.string, [[]])
    >>> q.enqueue([2, "later"]).run()
    >>> q.enqueue([1, "first"]).run()
    >>> print(q.dequeue()[1].eval())
    b'first'
    """

    def __init__(self, capacity: int, types: Any, shapes: Any = None, names: Any = None, shared_name: Any = None,
                 name: str = "priority_queue") -> None:  # fmt: skip
        types = types if isinstance(types, (list, tuple)) else [types]
        shapes = None if shapes is None else [(), *shapes]
        *known, attributes = _attributes([int64, *types], shapes, names, capacity, shared_name)
        super().__init__(*known, priority_op(name=name, **attributes))


class RandomShuffleQueue(QueueBase):
    """A queue that gives its elements in random order and keeps `min_after_dequeue` of them to choose from.

    >>> q = tf.RandomShuffleQueue(3, 0, tf.int32, [[]])
    >>> q.enqueue_many([[1, 2]]).run()
    >>> print(tf.sort(q.dequeue_many(2)).eval())
    [1 2]
    """

    def __init__(self, capacity: int, min_after_dequeue: int, dtypes: Any, shapes: Any = None, names: Any = None, seed: int | None = None,
                 shared_name: Any = None, name: str = "random_shuffle_queue") -> None:  # fmt: skip
        from tfnb.ops.random import get_seed

        *known, attributes = _attributes(dtypes, shapes, names, capacity, shared_name)
        first, second = get_seed(seed)
        more = {"min_after_dequeue": min_after_dequeue, "seed": first or 0, "seed2": second or 0}
        super().__init__(*known, shuffle_op(name=name, **attributes, **more))


