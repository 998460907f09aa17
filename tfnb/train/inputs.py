"""Input by queues: producers of names and rows, and batches of what is made of them.

    names = tf.train.string_input_producer(["a.csv", "b.csv"])
    key, line = tf.TextLineReader().read(names)
    x, y = tf.train.shuffle_batch(tf.decode_csv(line, [[0.0], [0]]), 32, capacity=2000, min_after_dequeue=1000)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfnb.core.dtypes import float32, string
from tfnb.core.graph import GraphKeys, Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.core.shapes import TensorShape
from tfnb.data.queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from tfnb.train.queue_runner import QueueRunner, add_queue_runner

__all__ = [
    "batch", "batch_join", "input_producer", "limit_epochs", "match_filenames_once", "range_input_producer", "shuffle_batch",
    "shuffle_batch_join", "slice_input_producer", "string_input_producer",
]  # fmt: skip


# -- producers -----------------------------------------------------------------------------------------------
def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """A local variable with the names of the files that match when it is initialised.

    >>> open("one.txt", "w").close()
    >>> names = tf.io.match_filenames_once("*.txt")
    >>> sess.run(tf.local_variables_initializer())
    >>> print(sess.run(names))
    [b'one.txt']
    """
    import tfnb as tf

    with name_scope(name, "matching_filenames") as scope:
        files = tf.matching_files(pattern)
        return tf.Variable(files, trainable=False, name=scope, validate_shape=False, collections=[GraphKeys.LOCAL_VARIABLES])


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Tensor:
    """The tensor, `num_epochs` times; then OutOfRangeError. The count is a local variable, to be initialised.

    >>> once = tf.train.limit_epochs(tf.constant(7), num_epochs=1)
    >>> sess.run(tf.local_variables_initializer())
    >>> print(once.eval())
    7
    """
    import tfnb as tf

    if num_epochs is None:
        return tensor  # type: ignore[no-any-return]
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = tf.Variable(np.int64(0), name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES])
        counter = tf.count_up_to(epochs, num_epochs)
        with control_dependencies([counter]):
            return tf.identity(tensor, name=scope)  # type: ignore[no-any-return]


def input_producer(input_tensor: Any, element_shape: Any = None, num_epochs: int | None = None, shuffle: bool = True, seed: int | None = None,
                   capacity: int = 32, shared_name: str | None = None, summary_name: str | None = None, name: str | None = None,
                   cancel_op: Any = None) -> FIFOQueue:  # fmt: skip
    """A queue of the rows of a tensor, shuffled anew for each epoch; a queue runner fills it.

    >>> queue = tf.train.input_producer([[1, 2], [3, 4]], shuffle=False)
    >>> print(queue.dequeue().shape)
    (2,)
    """
    import tfnb as tf

    with name_scope(name, "input_producer", [input_tensor]):
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        shape = rows.shape[1:].merge_with(TensorShape(element_shape)) if element_shape is not None else rows.shape[1:]
        if shuffle:
            rows = tf.random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(capacity=capacity, dtypes=[rows.dtype.base_dtype], shapes=[shape], shared_name=shared_name)
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([rows])], cancel_op=cancel_op))
        if summary_name is not None:
            tf.summary.scalar(summary_name, tf.cast(queue.size(), float32) * (1.0 / capacity))
        return queue


def string_input_producer(string_tensor: Any, num_epochs: int | None = None, shuffle: bool = True, seed: int | None = None, capacity: int = 32,
                          shared_name: str | None = None, name: str | None = None, cancel_op: Any = None) -> FIFOQueue:  # fmt: skip
    """A queue of texts, such as file names, for readers. Raises ValueError for an empty list.

    >>> names = tf.train.string_input_producer(["a.txt", "b.txt"], shuffle=False)
    >>> print(names.dequeue().dtype)
    <dtype: 'string'>
    """
    text = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor) and not hasattr(string_tensor, "_ref_tensor") and not len(string_tensor):
        raise ValueError(text)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        names = convert_to_tensor(string_tensor, string)
        return input_producer(names, [], num_epochs, shuffle, seed, capacity, shared_name, f"fraction_of_{capacity}_full", scope, cancel_op)


def range_input_producer(limit: Any, num_epochs: int | None = None, shuffle: bool = True, seed: int | None = None, capacity: int = 32,
                         shared_name: str | None = None, name: str | None = None) -> FIFOQueue:  # fmt: skip
    """A queue of the numbers below a limit.

    >>> index = tf.train.range_input_producer(3, shuffle=False).dequeue()
    >>> print(index.dtype)
    <dtype: 'int32'>
    """
    import tfnb as tf

    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(tf.range(limit), [], num_epochs, shuffle, seed, capacity, shared_name, f"fraction_of_{capacity}_full", scope)


def slice_input_producer(tensor_list: Any, num_epochs: int | None = None, shuffle: bool = True, seed: int | None = None, capacity: int = 32,
                         shared_name: str | None = None, name: str | None = None) -> list[Tensor]:  # fmt: skip
    """One row of each tensor, the same row of all, another at each run.

    >>> image, label = tf.train.slice_input_producer([np.zeros([4, 2]), [0, 1, 2, 3]], shuffle=False)
    >>> print(image.shape, label.shape)
    (2,) ()
    """
    import tfnb as tf

    with name_scope(name, "input_producer", list(tensor_list)):
        tensors = [convert_to_tensor(t) for t in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        index = range_input_producer(tf.shape(tensors[0])[0], num_epochs, shuffle, seed, capacity, shared_name).dequeue()
        return [tf.gather(t, index) for t in tensors]


# -- batches -------------------------------------------------------------------------------------------------
def _parts(tensors: Any) -> tuple[list[Any], Any]:
    """The tensors in a list, and the keys where they came in a dict."""
    if isinstance(tensors, Mapping):
        keys = sorted(tensors)
        return [convert_to_tensor(tensors[k]) for k in keys], keys
    listed = tensors if isinstance(tensors, (list, tuple)) else [tensors]
    return [convert_to_tensor(t) for t in listed], None


def _packed(found: Any, keys: Any) -> Any:
    """What a queue gives, in a dict where the tensors came in one; a list of one tensor gives the tensor."""
    return found if keys is None else dict(zip(keys, found if isinstance(found, list) else [found], strict=True))


def _shapes(lists: list[list[Tensor]], shapes: Any, enqueue_many: bool, pad: bool) -> list[TensorShape]:
    if shapes is not None:
        return [TensorShape(s) for s in shapes]
    found = []
    for column in zip(*lists, strict=True):
        shape = column[0].shape
        for t in column[1:]:
            same = shape.ndims == t.shape.ndims and shape.ndims is not None
            shape = TensorShape([a if a == b else None for a, b in zip(shape.as_list(), t.shape.as_list(), strict=True)]) if same else t.shape
        shape = shape[1:] if enqueue_many else shape
        if not (shape.ndims is not None if pad else shape.is_fully_defined()):
            every = [s[1:] if enqueue_many else s for s in (t.shape for t in lists[0])]
            raise ValueError(f"All shapes must be fully defined: {every}")
        found.append(shape)
    return found


def _batched(lists: Any, make: Any, batch_size: Any, options: Mapping[str, Any], default: str) -> Any:
    """What all four kinds of batches do: a queue, an enqueue for each thread, a dequeue of several."""
    import tfnb as tf

    with name_scope(options["name"], default) as scope:
        parts = [_parts(tensors) for tensors in lists]
        tensors, keys = [p for p, _ in parts], parts[0][1]
        many, capacity = options["enqueue_many"], options["capacity"]
        shapes = _shapes(tensors, options["shapes"], many, options["dynamic_pad"])
        queue: QueueBase = make([t.dtype.base_dtype for t in tensors[0]], shapes)
        enqueue = queue.enqueue_many if many else queue.enqueue
        add_queue_runner(QueueRunner(queue, [enqueue(row) for row in tensors for _ in range(options["num_threads"])]))
        least = options.get("min_after_dequeue", 0)
        full = tf.cast(queue.size(), float32) if not least else tf.maximum(0.0, tf.cast(queue.size() - least, float32))
        label = f"fraction_over_{least}_of_{capacity - least}_full" if "min_after_dequeue" in options else f"fraction_of_{capacity}_full"
        tf.summary.scalar(label, full * (1.0 / max(capacity - least, 1)))
        take = queue.dequeue_up_to if options["allow_smaller_final_batch"] else queue.dequeue_many
        return _packed(take(batch_size, name=scope), keys)


def batch(tensors: Any, batch_size: Any, num_threads: int = 1, capacity: int = 32, enqueue_many: bool = False, shapes: Any = None,
          dynamic_pad: bool = False, allow_smaller_final_batch: bool = False, shared_name: str | None = None, name: str | None = None) -> Any:  # fmt: skip
    """Batches of what `tensors` give in run after run of the queue runner's threads.

    >>> pairs = tf.train.batch([tf.constant(1.0), tf.constant([2, 3])], batch_size=4)
    >>> print(*(t.shape for t in pairs))
    (4,) (4, 2)
    """
    options = dict(locals())
    if not tensors and isinstance(tensors, (list, tuple, dict)):
        raise ValueError("Expected at least one tensor in batch().")
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return _batched([tensors] if num_threads else [], lambda t, s: kind(capacity=capacity, dtypes=t, shapes=s), batch_size, options, "batch")


def batch_join(tensors_list: Any, batch_size: Any, capacity: int = 32, enqueue_many: bool = False, shapes: Any = None, dynamic_pad: bool = False,
               allow_smaller_final_batch: bool = False, shared_name: str | None = None, name: str | None = None) -> Any:  # fmt: skip
    """As `batch`, with a thread for each of several lists of tensors.

    >>> numbers = tf.train.batch_join([[tf.constant(1)], [tf.constant(2)]], batch_size=4)
    >>> print(numbers.shape)
    (4,)
    """
    options = {**locals(), "num_threads": 1}
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return _batched(tensors_list, lambda t, s: kind(capacity=capacity, dtypes=t, shapes=s), batch_size, options, "batch_join")


def shuffle_batch(tensors: Any, batch_size: Any, capacity: int, min_after_dequeue: int, num_threads: int = 1, seed: int | None = None,
                  enqueue_many: bool = False, shapes: Any = None, allow_smaller_final_batch: bool = False, shared_name: str | None = None,
                  name: str | None = None) -> Any:  # fmt: skip
    """As `batch`, in random order: at least `min_after_dequeue` elements wait to be chosen from.

    >>> numbers = tf.train.shuffle_batch([tf.constant(1)], batch_size=4, capacity=20, min_after_dequeue=10)
    >>> print(numbers.shape)
    (4,)
    """
    options = {**locals(), "dynamic_pad": False}
    if capacity <= min_after_dequeue:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}.")
    make = lambda t, s: RandomShuffleQueue(capacity=capacity, min_after_dequeue=min_after_dequeue, seed=seed, dtypes=t, shapes=s)
    return _batched([tensors], make, batch_size, options, "shuffle_batch")


def shuffle_batch_join(tensors_list: Any, batch_size: Any, capacity: int, min_after_dequeue: int, seed: int | None = None,
                       enqueue_many: bool = False, shapes: Any = None, allow_smaller_final_batch: bool = False,
                       shared_name: str | None = None, name: str | None = None) -> Any:  # fmt: skip
    """As `shuffle_batch`, with a thread for each of several lists of tensors.

    >>> numbers = tf.train.shuffle_batch_join([[tf.constant(1)], [tf.constant(2)]], batch_size=4, capacity=20, min_after_dequeue=10)
    >>> print(numbers.shape)
    (4,)
    """
    options = {**locals(), "num_threads": 1, "dynamic_pad": False}
    make = lambda t, s: RandomShuffleQueue(capacity=capacity, min_after_dequeue=min_after_dequeue, seed=seed, dtypes=t, shapes=s)
    return _batched(tensors_list, make, batch_size, options, "shuffle_batch_join")


