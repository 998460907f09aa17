"""tf.contrib.seq2seq: the loss of a sequence of predictions."""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, crossentropy, division, reduce

__all__ = ["sequence_loss"]


def sequence_loss(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Tensor:
    """Weighted cross-entropy of [batch, time, classes] logits, averaged over time and batch.

    >>> loss = tf.contrib.seq2seq.sequence_loss(tf.zeros([2, 3, 4]), tf.zeros([2, 3], tf.int32), tf.ones([2, 3]))
    >>> print(round(float(loss.eval()), 3))
    1.386
    """
    if logits.shape.ndims != 3:
        raise ValueError("Logits must be a [batch_size x sequence_length x logits] tensor")
    loss = softmax_loss_function or crossentropy.sparse_softmax_cross_entropy_with_logits
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes = arrays.shape(logits)[2]
        flat = arrays.reshape(logits, [-1, classes])
        losses = loss(labels=arrays.reshape(targets, [-1]), logits=flat) * arrays.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return division.div_no_nan(reduce.reduce_sum(losses), reduce.reduce_sum(weights))
        losses = arrays.reshape(losses, arrays.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = 1 if average_across_timesteps else 0
            return division.div_no_nan(reduce.reduce_sum(losses, axis), reduce.reduce_sum(weights, axis))
        return losses
