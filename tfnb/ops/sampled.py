"""Losses over many classes that look at a few random ones only, for vocabularies.

    nce_loss(weights, biases, labels, inputs, num_sampled=64, num_classes=50000)

Classes are drawn log-uniformly: they should be sorted by how common they are (Mikolov et al., 2013).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, compare, crossentropy, elementwise, indexing, linear, random, reduce, special
from tfnb.ops.neural import embedding_lookup

__all__: list[str] = []


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Random classes, common (low) ones more often, and how often each is expected."""
    with name_scope(name, "LogUniformCandidateSampler", [true_classes]):
        true_classes = convert_to_tensor(true_classes, name="true_classes")
        u = random.random_uniform([num_sampled], seed=seed)
        classes = elementwise.cast(special.exp(u * float(np.log(range_max + 1))), "int64") - 1
        classes = compare.minimum(classes, range_max - 1)
        return (
            classes,
            _expected(true_classes, num_sampled, range_max),
            _expected(classes, num_sampled, range_max),
        )


def _expected(classes: Tensor, n: int, range_max: int) -> Tensor:
    k = elementwise.cast(classes, "float32")
    p = special.log((k + 2.0) / (k + 1.0)) / float(np.log(range_max + 1))
    return -special.expm1(n * special.log1p(-p))  # type: ignore[no-any-return]


def _logits(
    weights: Any, biases: Any, labels: Any, inputs: Tensor, sizes: tuple[int, int, int], sampled: Any
) -> Any:
    """Logits of the true classes and of the sampled ones, less the logarithm of how often each is drawn."""
    num_sampled, num_classes, num_true = sizes
    labels = elementwise.cast(labels, "int64")
    classes, true_count, sampled_count = sampled or log_uniform_candidate_sampler(
        labels, num_true, num_sampled, True, num_classes
    )
    w = embedding_lookup(weights, arrays.reshape(labels, [-1]))
    b = indexing.gather(biases, labels)
    w = arrays.reshape(w, [-1, num_true, int(inputs.shape.as_list()[1])])
    true = reduce.reduce_sum(arrays.expand_dims(inputs, 1) * w, 2) + b - special.log(true_count)
    few = linear.matmul(inputs, embedding_lookup(weights, classes), transpose_b=True) + indexing.gather(
        biases, classes
    )
    out = arrays.concat([true, few - special.log(sampled_count)], 1)
    targets = arrays.concat([arrays.ones_like(true) / float(num_true), arrays.zeros_like(few)], 1)
    return out, targets


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
    """Noise-contrastive estimation: tell the true class from random ones (Gutmann and Hyvarinen, 2010)."""
    with name_scope(name, "nce_loss", [inputs, labels]):
        inputs, labels = convert_to_tensor(inputs), convert_to_tensor(labels)
        logits, targets = _logits(
            weights, biases, labels, inputs, (num_sampled, num_classes, num_true), sampled_values
        )
        losses = crossentropy.sigmoid_cross_entropy_with_logits(
            labels=targets, logits=logits, name="sampled_losses"
        )
        return reduce.reduce_sum(losses, 1)  # type: ignore[no-any-return]


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
    """Softmax cross-entropy over the true class and a few random ones."""
    with name_scope(name, "sampled_softmax_loss", [inputs, labels]):
        inputs, labels = convert_to_tensor(inputs), convert_to_tensor(labels)
        logits, targets = _logits(
            weights, biases, labels, inputs, (num_sampled, num_classes, num_true), sampled_values
        )
        targets = elementwise.stop_gradient(targets, name="labels_stop_gradient")
        return crossentropy.softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)
