"""Losses over many classes that look at a few random ones only, for vocabularies.

    nce_loss(weights, biases, labels, inputs, num_sampled=64, num_classes=50000)

Classes are drawn log-uniformly: they should be sorted by how common they are (Mikolov et al., 2013).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import float32, int32, int64
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, crossentropy, elementwise, indexing, linear, special
from tfnb.ops.candidates import log_uniform_candidate_sampler
from tfnb.ops.neural import embedding_lookup
from tfnb.ops.sparse import sparse_to_dense

__all__: list[str] = []


# -- drawn classes that are the true one, by accident --------------------------------------------------------
@op(
    "ComputeAccidentalHits", shape=lambda call: [TensorShape.of((None,))] * 3, host=True, differentiable=False
)
def accidental_hits_op(
    xp: Any, true_classes: int64, sampled_candidates: int64, *, num_true: int, seed: int = 0, seed2: int = 0
) -> tuple[int32, int64, float32]:
    """The rows, the places among the drawn classes, and a weight that makes such a class impossible."""
    row, place = np.nonzero((np.asarray(true_classes)[:, :, None] == np.asarray(sampled_candidates)).any(1))
    return (
        row.astype(np.int32),
        place.astype(np.int64),
        np.full(len(row), -np.finfo(np.float32).max, np.float32),
    )


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Where drawn classes are true ones: rows, places and weights.

    >>> places, ids, weights = tf.nn.compute_accidental_hits(np.int64([[1], [2]]), np.int64([2, 5]), num_true=1)
    >>> print(places.eval(), ids.eval())
    [1] [0]
    """
    return accidental_hits_op(true_classes, sampled_candidates, num_true=num_true, name=name)


def _without_hits(logits: Tensor, labels: Tensor, sampled: Tensor, num_true: int, num_sampled: int) -> Tensor:
    row, place, weight = compute_accidental_hits(labels, sampled, num_true)
    row, place = arrays.reshape(row, [-1, 1]), arrays.reshape(elementwise.cast(place, "int32"), [-1, 1])
    at = arrays.concat([row, place], 1, name="sparse_indices")
    shape = arrays.concat([arrays.shape(labels)[:1], arrays.expand_dims(num_sampled, 0)], 0)
    return logits + sparse_to_dense(at, shape, elementwise.cast(weight, logits.dtype), validate_indices=False)


# -- logits of the true classes and of the drawn ones --------------------------------------------------------
def _row_sums(x: Tensor) -> Tensor:
    columns = arrays.shape(x)[1]
    ones = arrays.ones(arrays.stack([columns, 1]), x.dtype)
    return arrays.reshape(linear.matmul(x, ones), [-1])


def _logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    n: tuple[int, int, int],
    drawn: Any,
    remove_hits: bool,
    strategy: str,
    name: str | None,
    seed: int | None,
) -> tuple[Tensor, Tensor]:
    """Logits of the true and of the drawn classes, less the logarithm of how often each is drawn; and the targets."""
    num_sampled, num_classes, num_true = n
    with name_scope(name, "compute_sampled_logits", [biases, inputs, labels]):
        labels = elementwise.cast(labels, "int64")
        flat = arrays.reshape(labels, [-1])
        if drawn is None:
            drawn = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed=seed)
        sampled, true_count, sampled_count = (elementwise.stop_gradient(s) for s in drawn)
        ids = arrays.concat([flat, elementwise.cast(sampled, "int64")], 0)
        w = embedding_lookup(weights, ids, strategy)
        true_w = indexing.slice(w, [0, 0], arrays.stack([arrays.shape(flat)[0], -1]))
        few = linear.matmul(
            inputs, indexing.slice(w, arrays.stack([arrays.shape(flat)[0], 0]), [-1, -1]), transpose_b=True
        )
        b = embedding_lookup(biases, ids, strategy)
        true_b, few_b = (
            indexing.slice(b, [0], arrays.shape(flat)),
            indexing.slice(b, arrays.shape(flat), [-1]),
        )
        true = _true_logits(inputs, true_w, num_true) + arrays.reshape(true_b, [-1, num_true])
        few = few + few_b
        if remove_hits:
            few = _without_hits(few, labels, sampled, num_true, num_sampled)
        true, few = true - special.log(true_count), few - special.log(sampled_count)
        targets = [arrays.ones_like(true) / num_true, arrays.zeros_like(few)]
        return arrays.concat([true, few], 1), arrays.concat(targets, 1)


def _true_logits(inputs: Tensor, true_w: Tensor, num_true: int) -> Tensor:
    dim = arrays.shape(true_w)[1:2]
    w = arrays.reshape(true_w, arrays.concat([[-1, num_true], dim], 0))
    dots = elementwise.multiply(arrays.expand_dims(inputs, 1), w)
    return arrays.reshape(_row_sums(arrays.reshape(dots, arrays.concat([[-1], dim], 0))), [-1, num_true])


# -- the losses ----------------------------------------------------------------------------------------------
def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: tell the true class from random ones (Gutmann and Hyvärinen, 2010). Shape (batch).

    >>> loss = tf.nn.nce_loss(tf.ones([9, 4]), tf.zeros([9]), np.int64([[1], [2]]), tf.ones([2, 4]), num_sampled=3, num_classes=9)
    >>> print(loss.shape)
    (2,)
    """
    n = num_sampled, num_classes, num_true
    logits, targets = _logits(
        weights,
        biases,
        labels,
        convert_to_tensor(inputs),
        n,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        None,
    )
    losses = crossentropy.sigmoid_cross_entropy_with_logits(
        labels=targets, logits=logits, name="sampled_losses"
    )
    return _row_sums(losses)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Softmax cross-entropy over the true class and a few random ones. Shape (batch).

    >>> loss = tf.nn.sampled_softmax_loss(tf.ones([9, 4]), tf.zeros([9]), np.int64([[1], [2]]), tf.ones([2, 4]), num_sampled=3, num_classes=9)
    >>> print(loss.shape)
    (2,)
    """
    n = num_sampled, num_classes, num_true
    logits, targets = _logits(
        weights,
        biases,
        labels,
        convert_to_tensor(inputs),
        n,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        seed,
    )
    targets = elementwise.stop_gradient(targets, name="labels_stop_gradient")
    return crossentropy.softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)
