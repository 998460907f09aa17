"""What all distributions have: samples, probabilities, moments, shapes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, broadcast
from tfnb.ops import arrays, powers, special

__all__ = ["Distribution", "another_seed"]


def another_seed(seed: int | None, salt: str) -> int | None:
    """A seed for a second draw that follows from the first one's: TensorFlow's choice, so that its numbers come out."""
    return None if seed is None else int(hashlib.md5(f"{seed}{salt}".encode(), usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF


class Distribution:
    """What all distributions have. A subclass gives `_parameters`, `_sample(shape, seed)`, `_log_prob(x)`, `_mean()`, `_variance()`.

    >>> print(tf.distributions.Normal(0.0, 1.0).mean().eval())
    0.0
    """

    event_axes = 0

    def __init__(self, name: str | None, dtype: Any = None, **parameters: Any) -> None:
        self.name = name or type(self).__name__
        self.parameters = parameters
        peers = [p.dtype.base_dtype for p in parameters.values() if isinstance(p, Tensor)]
        with name_scope(self.name) as self._scope:
            for key, value in parameters.items():
                tensor = (
                    None
                    if value is None
                    else convert_to_tensor(value, peers[0] if peers else dtype, name=key)
                )
                setattr(self, key, tensor)
        self._given = [getattr(self, key) for key in parameters if getattr(self, key) is not None]
        self.dtype = self._given[0].dtype.base_dtype

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """Nodes made in here are named after the distribution and what is asked of it."""
        with name_scope(self._scope), name_scope(name):
            yield

    @property
    def batch_shape(self) -> TensorShape:
        """The shape of the parameters: how many distributions this is."""
        out = TensorShape([])
        for p in self._given:
            out = broadcast(out, p.shape) or TensorShape(None)
        return out[: (out.ndims or 0) - self.event_axes] if self.event_axes else out

    @property
    def event_shape(self) -> TensorShape:
        """The shape of one draw of one distribution."""
        return self._given[0].shape[-self.event_axes :] if self.event_axes else TensorShape([])

    def batch_shape_tensor(self) -> Tensor:
        return (
            arrays.shape(self._whole())
            if not self.event_axes
            else arrays.shape(self._whole())[: -self.event_axes]
        )

    def _whole(self) -> Tensor:
        """Zeros of the shape of all parameters together."""
        out = arrays.zeros_like(self._given[0])
        for p in self._given[1:]:
            out = out + arrays.zeros_like(p)
        return out

    def _drawn_shape(self, sample_shape: Any) -> Tensor:
        outer = arrays.reshape(arrays.cast(convert_to_tensor(sample_shape, "int32"), "int32"), [-1])
        return arrays.concat([outer, arrays.shape(self._whole())], 0)

    def sample(self, sample_shape: Any = (), seed: int | None = None, name: str = "sample") -> Tensor:
        """Draws of the shape sample_shape + batch_shape + event_shape."""
        with self._named(name):
            outer = (
                sample_shape if isinstance(sample_shape, Tensor) else [int(n) for n in np.ravel(sample_shape)]
            )
            return self._sample(self._drawn_shape(outer), seed)

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """The logarithm of the probability (or of its density) at `value`."""
        with self._named(name):
            return self._log_prob(convert_to_tensor(value, self._value_dtype(), name="value"))

    def _value_dtype(self) -> Any:
        return self.dtype if self.dtype.is_floating else None

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """The probability (or its density) at `value`."""
        with self._named(name):
            return special.exp(self.log_prob(value))

    def cdf(self, value: Any, name: str = "cdf") -> Tensor:
        """The probability of values up to `value`."""
        with self._named(name):
            return self._cdf(convert_to_tensor(value, self._value_dtype()))

    def mean(self, name: str = "mean") -> Tensor:
        with self._named(name):
            return self._mean()

    def variance(self, name: str = "variance") -> Tensor:
        with self._named(name):
            return self._variance()

    def stddev(self, name: str = "stddev") -> Tensor:
        with self._named(name):
            return powers.sqrt(self._variance())

    def entropy(self, name: str = "entropy") -> Tensor:
        with self._named(name):
            return self._entropy()

    def mode(self, name: str = "mode") -> Tensor:
        with self._named(name):
            return self._mode()

    def kl_divergence(self, other: Distribution, name: str = "kl_divergence") -> Tensor:
        """The mean of log p(x) - log q(x) for x drawn from this one."""
        from tfnb.distributions import kl_divergence

        return kl_divergence(self, other, name=name)

    def __repr__(self) -> str:
        return (f"<tf.distributions.{type(self).__name__} {self.name!r} batch_shape={self.batch_shape} event_shape={self.event_shape} "
                f"dtype={self.dtype.name}>")  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name[1:] in (
            "sample",
            "log_prob",
            "cdf",
            "mean",
            "variance",
            "entropy",
            "mode",
        ):
            raise NotImplementedError(f"{name[1:]} is not implemented: {type(self).__name__}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
