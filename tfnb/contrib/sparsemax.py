"""tf.contrib.sparsemax: the nearest point of the probability simplex, most of whose numbers are 0 (Martins and Astudillo 2016)."""

from __future__ import annotations

from typing import Any

import tfnb as tf

__all__ = ["sparsemax", "sparsemax_loss"]


def sparsemax(logits: Any, name: str | None = None) -> Any:
    """max(z - tau, 0) for logits [batch, classes], with tau such that each row adds up to 1.

    >>> print(tf.contrib.sparsemax.sparsemax(tf.constant([[2.0, 1.5, 0.0]])).eval())
    [[0.75 0.25 0.  ]]
    """
    with tf.name_scope(name, "sparsemax", [logits]):
        z = tf.convert_to_tensor(logits, name="logits")
        n = tf.shape(z)[1]
        ordered, _ = tf.nn.top_k(z, n)
        total = tf.cumsum(ordered, axis=1)
        k = tf.range(1, tf.cast(n, z.dtype) + 1, dtype=z.dtype)
        support = 1 + k * ordered > total
        size = tf.reduce_sum(tf.cast(support, z.dtype), axis=1, keepdims=True)
        tau = (tf.reduce_sum(tf.where(support, ordered, tf.zeros_like(ordered)), axis=1, keepdims=True) - 1) / size
        return tf.maximum(tf.zeros([], z.dtype), z - tau)


def sparsemax_loss(logits: Any, sparsemax: Any, labels: Any, name: str | None = None) -> Any:
    """The loss [batch] whose gradient is sparsemax(logits) - labels.

    >>> z = tf.constant([[2.0, 1.5, 0.0]])
    >>> print(tf.contrib.sparsemax.sparsemax_loss(z, tf.contrib.sparsemax.sparsemax(z), tf.constant([[1.0, 0.0, 0.0]])).eval())
    [0.0625]
    """
    with tf.name_scope(name, "sparsemax_loss", [logits, sparsemax, labels]):
        z, p, q = (tf.convert_to_tensor(x) for x in (logits, sparsemax, labels))
        kept = tf.where(p > 0, p * (z - 0.5 * p), tf.zeros_like(p))
        wanted = tf.where(tf.equal(q, 0), tf.zeros_like(q), q * (0.5 * q - z))
        return tf.reduce_sum(kept + wanted, axis=1)
