"""Queues that sort and choose examples before they make batches: by length, by class, by chance.

    lengths, (words,) = bucket_by_sequence_length(length, [words], batch_size=32, bucket_boundaries=[10, 20], dynamic_pad=True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tfnb as tf
from tfnb.train.inputs import _packed, _parts, _shapes

__all__ = ["bucket", "bucket_by_sequence_length", "rejection_sample", "stratified_sample"]


def bucket(tensors: Any, which_bucket: Any, batch_size: Any, num_buckets: int, num_threads: int = 1, capacity: int = 32,
           bucket_capacities: Any = None, shapes: Any = None, dynamic_pad: bool = False, allow_smaller_final_batch: bool = False,
           keep_input: Any = True, shared_name: Any = None, name: str | None = None) -> Any:  # fmt: skip
    """(bucket's number, batch): each batch holds examples of one bucket only; `which_bucket`, a scalar, says where an example goes.

    `batch_size` and `bucket_capacities` may be lists, one for each bucket. Raises ValueError where their lengths differ from `num_buckets`.

    >>> x = tf.train.range_input_producer(10, shuffle=False).dequeue()
    >>> number, batch = tf.contrib.training.bucket([x], x % 2, batch_size=3, num_buckets=2)
    >>> threads = tf.train.start_queue_runners(sess)
    >>> which, numbers = sess.run([number, batch])
    >>> print(sorted(set(numbers[0] % 2)) == [which])
    True
    """
    sizes = [batch_size] * num_buckets if not isinstance(batch_size, (list, tuple)) else list(batch_size)
    room = list(bucket_capacities) if bucket_capacities is not None else [capacity] * num_buckets
    if len(sizes) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    if len(room) != num_buckets:
        raise ValueError(f"The list bucket_capacities ({room}) must have exactly num_buckets ({num_buckets}) elements.")
    parts, keys = _parts(tensors)
    with tf.name_scope(name, "bucket", parts):
        types, known = [t.dtype.base_dtype for t in parts], _shapes([parts], shapes, False, dynamic_pad)
        make = tf.PaddingFIFOQueue if dynamic_pad else tf.FIFOQueue
        queues = [make(n, types, known, name=f"bucket_queue_{i}") for i, n in enumerate(room)]
        top = tf.FIFOQueue(capacity, [tf.int32, *types], name="top_queue")
        number = tf.cast(which_bucket, tf.int32)

        def put(i: int) -> Any:
            here = tf.logical_and(tf.equal(number, i), keep_input)
            return tf.cond(here, lambda: tf.group(queues[i].enqueue(parts)), tf.no_op)

        enqueue = tf.group(*(put(i) for i in range(num_buckets)), name="enqueue")
        close = [tf.group(*(q.close(cancel_pending_enqueues=c) for q in queues)) for c in (False, True)]
        tf.train.add_queue_runner(tf.train.QueueRunner(queues[0], [enqueue] * num_threads, *close))
        _hand_up(queues, top, sizes, allow_smaller_final_batch)
        found = top.dequeue()
        for t, shape, queue_size in zip(found[1:], known, [set(sizes)] * len(known), strict=True):
            n = None if allow_smaller_final_batch or len(queue_size) > 1 else sizes[0]
            t.set_shape([n if isinstance(n, int) else None, *shape.as_list()])
        found[0].set_shape([])
        return found[0], _packed(found[1:], keys)


def _hand_up(queues: Any, top: Any, sizes: Any, smaller: bool) -> None:
    """Batches of each queue go into one queue, with the queue's number."""
    moves = []
    for i, (queue, n) in enumerate(zip(queues, sizes, strict=True)):
        batch = (queue.dequeue_up_to if smaller else queue.dequeue_many)(n)
        moves.append(top.enqueue([tf.constant(i), *(batch if isinstance(batch, list) else [batch])]))
    tf.train.add_queue_runner(tf.train.QueueRunner(top, moves, queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError)))


def bucket_by_sequence_length(input_length: Any, tensors: Any, batch_size: Any, bucket_boundaries: Any, num_threads: int = 1, capacity: int = 32,
                              bucket_capacities: Any = None, shapes: Any = None, dynamic_pad: bool = False,
                              allow_smaller_final_batch: bool = False, keep_input: Any = True, shared_name: Any = None,
                              name: str | None = None) -> Any:  # fmt: skip
    """(lengths, batch) of examples of like length: buckets are below, between and above the increasing `bucket_boundaries`.

    >>> n = tf.train.range_input_producer(10, shuffle=False).dequeue()
    >>> lengths, _ = tf.contrib.training.bucket_by_sequence_length(n, [tf.zeros([n])], 3, [5], dynamic_pad=True, shapes=[[None]])
    >>> threads = tf.train.start_queue_runners(sess)
    >>> print(len(set(lengths.eval() < 5)))
    1
    """
    boundaries = list(bucket_boundaries)
    if not boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    if any(not isinstance(b, int) for b in boundaries):
        raise TypeError(f"bucket boundary is not an int: {boundaries}")
    for a, b in zip(boundaries, boundaries[1:], strict=False):
        if a >= b:
            raise ValueError(f"Buckets must contain sequential increasing lengths, but saw: {a} before {b}")
    parts, keys = _parts(tensors)
    with tf.name_scope(name, "bucket_by_sequence_length", [input_length, *parts]):
        length = tf.convert_to_tensor(input_length, tf.int32)
        which = tf.reduce_sum(tf.cast(length >= tf.constant(boundaries), tf.int32))
        _, found = bucket([length, *parts], which, batch_size, len(boundaries) + 1, num_threads, capacity, bucket_capacities,
                          None if shapes is None else [[], *shapes], dynamic_pad, allow_smaller_final_batch, keep_input)  # fmt: skip
        return found[0], _packed(found[1:], keys)


# -- by chance ---------------------------------------------------------------------------------------------------
def rejection_sample(tensors: Any, accept_prob_fn: Callable[..., Any], batch_size: int, queue_threads: int = 1, enqueue_many: bool = False,
                     prebatch_capacity: int = 16, prebatch_threads: int = 1, runtime_checks: bool = False, name: str | None = None) -> Any:  # fmt: skip
    """Batches of examples, each kept with the probability that `accept_prob_fn` gives it.

    >>> x = tf.train.range_input_producer(10, shuffle=False).dequeue()
    >>> (kept,) = tf.contrib.training.rejection_sample([x], lambda parts: tf.cast(parts[0] > 7, tf.float32), 2)
    >>> threads = tf.train.start_queue_runners(sess)
    >>> print(kept.eval())
    [8 9]
    """
    with tf.name_scope(name, "rejection_sample", list(tensors)):
        if enqueue_many:
            tensors = tf.train.batch(tensors, 1, prebatch_threads, prebatch_capacity, enqueue_many=True)
            tensors = [tf.squeeze(t, [0]) for t in (tensors if isinstance(tensors, list) else [tensors])]
        accepted = accept_prob_fn(tensors)
        return _batch_of_kept(list(tensors), tf.random_uniform([]) < accepted, batch_size, queue_threads)


def _batch_of_kept(tensors: list[Any], keep: Any, batch_size: int, threads: int, capacity: int = 32) -> list[Any]:
    parts, _ = _parts(tensors)
    queue = tf.FIFOQueue(capacity, [t.dtype.base_dtype for t in parts], _shapes([parts], None, False, False))
    enqueue = tf.cond(keep, lambda: tf.group(queue.enqueue(parts)), tf.no_op)
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [enqueue] * threads))
    found = queue.dequeue_many(batch_size)
    return found if isinstance(found, list) else [found]


def stratified_sample(tensors: Any, labels: Any, target_probs: Any, batch_size: int, init_probs: Any = None, enqueue_many: bool = False,
                      queue_capacity: int = 16, threads_per_queue: int = 1, name: str | None = None) -> Any:  # fmt: skip
    """(batch of each tensor, labels) in which the classes come with `target_probs`: those that come too often are dropped by chance.

    Where `init_probs`, what the classes come with now, is not given, it is counted while examples come.

    >>> x = tf.train.range_input_producer(10, shuffle=False).dequeue()
    >>> _, labels = tf.contrib.training.stratified_sample([x], x % 2, [1.0, 0.0], 4, init_probs=[0.5, 0.5])
    >>> threads = tf.train.start_queue_runners(sess)
    >>> print(labels.eval())
    [0 0 0 0]
    """
    with tf.name_scope(name, "stratified_sample", [*tensors, labels]):
        if enqueue_many:
            *tensors, labels = (tf.squeeze(t, [0]) for t in tf.train.batch([*tensors, labels], 1, enqueue_many=True, capacity=queue_capacity))
        target, label = tf.convert_to_tensor(target_probs, tf.float32), tf.cast(labels, tf.int32)
        now = _counted(label, target) if init_probs is None else tf.convert_to_tensor(init_probs, tf.float32)
        ratio = tf.div_no_nan(target, now)
        keep = tf.random_uniform([]) < tf.gather(ratio / tf.reduce_max(ratio), label)
        *found, classes = _batch_of_kept([*tensors, labels], keep, batch_size, threads_per_queue)
        return found, classes


def _counted(label: Any, target: Any) -> Any:
    """The share of each class so far, from one of each at the start."""
    size = target.shape.as_list()[0]
    counts = tf.Variable(tf.ones([size]), trainable=False, name="class_count", collections=[tf.GraphKeys.LOCAL_VARIABLES, tf.GraphKeys.GLOBAL_VARIABLES])
    counted = tf.assign_add(counts, tf.one_hot(label, size))
    return counted / tf.reduce_sum(counted)
