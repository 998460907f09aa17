"""Distributions of a choice: yes or no, one of several classes."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape
from tfnb.distributions.base import Distribution
from tfnb.ops import arrays, movement, random, reduce, special
from tfnb.ops.activations import log_softmax, softmax, softplus
from tfnb.ops.crossentropy import sigmoid_cross_entropy_with_logits
from tfnb.ops.reduce import argmax

__all__ = ["Bernoulli", "Categorical"]


def _log(x: Any) -> Tensor:
    return special.log(x)


class Bernoulli(Distribution):
    """1 with the probability sigmoid(logits), or `probs`; else 0.

    >>> print(tf.distributions.Bernoulli(probs=0.25).mean().eval())
    0.25
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = "int32",
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        if (logits is None) == (probs is None):
            raise ValueError("Must pass probs or logits, but not both.")
        super().__init__(name, logits=logits, probs=probs)
        if logits is None:
            self.logits = _log(self.probs) - special.log1p(-self.probs)
        else:
            self.probs = special.sigmoid(self.logits)
        self.dtype = as_dtype(dtype)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        u = random.random_uniform(shape, dtype=self.probs.dtype.base_dtype, seed=seed)
        return arrays.cast(u < self.probs, self.dtype)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = arrays.cast(x, self.logits.dtype.base_dtype) + arrays.zeros_like(self.logits)
        return -sigmoid_cross_entropy_with_logits(labels=x, logits=self.logits + arrays.zeros_like(x))

    def _mean(self) -> Tensor:
        return arrays.identity(self.probs)

    def _variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def _mode(self) -> Tensor:
        return arrays.cast(self.probs > 0.5, self.dtype)

    def _entropy(self) -> Tensor:
        return -self.logits * (special.sigmoid(self.logits) - 1) + softplus(-self.logits)


class Categorical(Distribution):
    """The number of a class, with the probabilities softmax(logits) or `probs` along the last axis.

    >>> print(tf.distributions.Categorical(probs=[0.5, 0.5]).entropy().eval())
    0.6931472
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = "int32",
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        if (logits is None) == (probs is None):
            raise ValueError("Must pass probs or logits, but not both.")
        super().__init__(name, logits=logits, probs=probs)
        if logits is None:
            self.logits = _log(self.probs)
        else:
            self.probs = softmax(self.logits)
        self.dtype = as_dtype(dtype)

    @property
    def event_size(self) -> Tensor:
        return arrays.shape(self.logits)[-1]

    @property
    def batch_shape(self) -> TensorShape:
        return self.logits.shape[:-1]

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        outer = shape[: arrays.shape(shape)[0] - (self.logits.shape.ndims or 1)]
        rows = arrays.reshape(self.logits, arrays.stack([-1, self.event_size]))
        drawn = random.multinomial(rows, reduce.reduce_prod(outer), seed=seed)
        whole = arrays.concat([outer, arrays.shape(self.logits)[:-1]], 0)
        return arrays.cast(arrays.reshape(arrays.transpose(drawn), whole), self.dtype)

    def _log_prob(self, x: Tensor) -> Tensor:
        hot = movement.one_hot(arrays.cast(x, "int32"), self.event_size, dtype=self.logits.dtype.base_dtype)
        return reduce.reduce_sum(hot * log_softmax(self.logits), -1)

    def _entropy(self) -> Tensor:
        return -reduce.reduce_sum(softmax(self.logits) * log_softmax(self.logits), -1)

    def _mode(self) -> Tensor:
        return arrays.cast(argmax(self.logits, -1), self.dtype)
