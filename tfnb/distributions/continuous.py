"""Distributions of real numbers: on a line, positive ones, parts of a whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.distributions.base import Distribution, another_seed
from tfnb.ops import arrays, compare, powers, random, reduce, rejection, special
from tfnb.ops import gamma as gammas
from tfnb.ops.choosing import where_v2
from tfnb.ops.formulas import xlogy
from tfnb.ops.gamma import lbeta
from tfnb.ops.parts import abs as absolute
from tfnb.ops.parts import sign

__all__ = [
    "Beta",
    "Dirichlet",
    "Exponential",
    "Gamma",
    "Laplace",
    "MultivariateNormalDiag",
    "Normal",
    "StudentT",
    "Uniform",
]


def _log(x: Any) -> Tensor:
    return special.log(x)


# -- numbers on a line ---------------------------------------------------------------------------------------
class Normal(Distribution):
    """The bell curve around `loc` with the standard deviation `scale`.

    >>> print(tf.distributions.Normal(0.0, 1.0).prob(0.0).eval())
    0.3989423
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Normal",
    ) -> None:
        super().__init__(name, loc=loc, scale=scale)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        return random.random_normal(shape, dtype=self.dtype, seed=seed) * self.scale + self.loc

    def _log_prob(self, x: Tensor) -> Tensor:
        with name_scope("standardize"):
            z = (x - self.loc) / self.scale
        return -0.5 * powers.square(z) - (0.5 * math.log(2 * math.pi) + _log(self.scale))

    def _cdf(self, x: Tensor) -> Tensor:
        return 0.5 * gammas.erfc(-(x - self.loc) / self.scale * math.sqrt(0.5))

    def _mean(self) -> Tensor:
        return self.loc * arrays.ones_like(self.scale)

    _mode = _mean

    def _variance(self) -> Tensor:
        return powers.square(self.scale * arrays.ones_like(self.loc))

    def _entropy(self) -> Tensor:
        return 0.5 * math.log(2 * math.pi * math.e) + _log(self.scale * arrays.ones_like(self.loc))


class MultivariateNormalDiag(Normal):
    """Vectors whose elements are normal and independent.

    >>> normal = tf.contrib.distributions.MultivariateNormalDiag([0.0, 0.0], [1.0, 1.0])
    >>> print(round(float(normal.log_prob([0.0, 0.0]).eval()), 3))
    -1.838
    """

    event_axes = 1

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiag",
    ) -> None:
        scale = scale_diag if scale_diag is not None else arrays.ones_like(loc)
        scale = (
            scale
            if scale_identity_multiplier is None
            else scale * arrays.expand_dims(scale_identity_multiplier, -1)
        )
        Distribution.__init__(self, name, loc=arrays.zeros_like(scale) if loc is None else loc, scale=scale)

    def _log_prob(self, x: Tensor) -> Tensor:
        return reduce.reduce_sum(super()._log_prob(x), -1)

    def _entropy(self) -> Tensor:
        return reduce.reduce_sum(super()._entropy(), -1)


class Laplace(Distribution):
    """A peak at `loc` that falls off exponentially on both sides.

    >>> print(tf.distributions.Laplace(0.0, 1.0).prob(0.0).eval())
    0.5
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Laplace",
    ) -> None:
        super().__init__(name, loc=loc, scale=scale)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        u = random.random_uniform(
            shape, np.nextafter(self.dtype.np(-1), self.dtype.np(0)), 1, self.dtype, seed
        )
        return self.loc - self.scale * sign(u) * special.log1p(-absolute(u))

    def _log_prob(self, x: Tensor) -> Tensor:
        return -absolute((x - self.loc) / self.scale) - (math.log(2) + _log(self.scale))

    def _mean(self) -> Tensor:
        return self.loc + arrays.zeros_like(self.scale)

    _mode = _mean

    def _variance(self) -> Tensor:
        return 2 * powers.square(self.scale + arrays.zeros_like(self.loc))

    def _entropy(self) -> Tensor:
        return math.log(2) + 1 + _log(self.scale + arrays.zeros_like(self.loc))


class StudentT(Distribution):
    """Like the normal distribution, with heavier tails the smaller `df`.

    >>> print(tf.distributions.StudentT(5.0, 1.0, 2.0).mean().eval())
    1.0
    """

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        super().__init__(name, df=df, loc=loc, scale=scale)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        z = random.random_normal(shape, dtype=self.dtype, seed=seed)
        wide = 0.5 * (self.df + self._whole())
        g = rejection.random_gamma(
            shape[: -(wide.shape.ndims or 0)] if wide.shape.ndims else shape,
            wide,
            beta=0.5,
            dtype=self.dtype,
            seed=another_seed(seed, "student_t"),
        )
        return z * powers.rsqrt(g / self.df) * self.scale + self.loc

    def _log_prob(self, x: Tensor) -> Tensor:
        y, half = (x - self.loc) / self.scale, 0.5 * self.df
        norm = (
            _log(self.scale)
            + 0.5 * _log(self.df)
            + 0.5 * math.log(math.pi)
            + gammas.lgamma(half)
            - gammas.lgamma(half + 0.5)
        )
        return -(half + 0.5) * special.log1p(powers.square(y) / self.df) - norm

    def _mean(self) -> Tensor:
        return self.loc + self._whole()


class Uniform(Distribution):
    """All numbers from `low` to below `high`, equally likely.

    >>> print(tf.distributions.Uniform(0.0, 2.0).prob(1.0).eval())
    0.5
    """

    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        super().__init__(name, low=low, high=high)

    def range(self) -> Tensor:
        return self.high - self.low

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        return self.low + self.range() * random.random_uniform(shape, dtype=self.dtype, seed=seed)

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        with self._named(name):
            return self._prob(convert_to_tensor(value, self.dtype))

    def _prob(self, x: Tensor) -> Tensor:
        x = x * arrays.ones(self.batch_shape_tensor(), x.dtype)
        outside = compare.logical_or(x < self.low, x >= self.high)
        inside = arrays.ones_like(x) / self.range()
        return where_v2(compare.is_nan(x), x, where_v2(outside, arrays.zeros_like(x), inside))

    def _log_prob(self, x: Tensor) -> Tensor:
        return _log(self._prob(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return compare.clip_by_value((x - self.low) / self.range(), 0.0, 1.0)

    def _mean(self) -> Tensor:
        return (self.low + self.high) / 2

    def _variance(self) -> Tensor:
        return powers.square(self.range()) / 12

    def _entropy(self) -> Tensor:
        return _log(self.range())


# -- positive numbers, and parts of a whole ------------------------------------------------------------------
class Gamma(Distribution):
    """Waiting times until the `concentration`-th of events that come at this `rate`.

    >>> print(tf.distributions.Gamma(2.0, 4.0).mean().eval())
    0.5
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
    ) -> None:
        super().__init__(name, concentration=concentration, rate=rate)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        whole = self.concentration + self._whole()
        outer = shape[: arrays.shape(shape)[0] - (whole.shape.ndims or 0)]
        return rejection.random_gamma(outer, whole, self.rate, self.dtype, seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        a, b = self.concentration, self.rate
        return (xlogy(a - 1.0, x) - b * x) - (gammas.lgamma(a) - a * _log(b))

    def _mean(self) -> Tensor:
        return self.concentration / self.rate

    def _variance(self) -> Tensor:
        return self.concentration / powers.square(self.rate)

    def _entropy(self) -> Tensor:
        a = self.concentration
        return a - _log(self.rate) + gammas.lgamma(a) + (1 - a) * gammas.digamma(a)


class Exponential(Gamma):
    """Waiting times until the first of events that come at this `rate`.

    >>> print(tf.distributions.Exponential(2.0).mean().eval())
    0.5
    """

    def __init__(
        self, rate: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Exponential"
    ) -> None:
        rate = convert_to_tensor(rate)
        Distribution.__init__(self, name, concentration=arrays.ones_like(rate), rate=rate)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        u = random.random_uniform(shape, np.finfo(self.dtype.np).tiny, 1, self.dtype, seed)
        return -_log(u) / self.rate

    def _cdf(self, x: Tensor) -> Tensor:
        return -special.expm1(-self.rate * x)


class Dirichlet(Distribution):
    """Shares of a whole; a larger `concentration` is a larger share.

    >>> print(tf.distributions.Dirichlet([1.0, 3.0]).mean().eval())
    [0.25 0.75]
    """

    event_axes = 1

    def __init__(
        self,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        super().__init__(name, concentration=concentration)

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        outer = shape[: arrays.shape(shape)[0] - (self.concentration.shape.ndims or 0)]
        g = rejection.random_gamma(outer, self.concentration, dtype=self.dtype, seed=seed)
        return g / reduce.reduce_sum(g, -1, keepdims=True)

    def _log_prob(self, x: Tensor) -> Tensor:
        return reduce.reduce_sum((self.concentration - 1) * _log(x), -1) - lbeta(self.concentration)

    def _mean(self) -> Tensor:
        return self.concentration / reduce.reduce_sum(self.concentration, -1, keepdims=True)


class Beta(Distribution):
    """A share between 0 and 1, near 1 where concentration1 is the larger.

    >>> print(tf.distributions.Beta(1.0, 3.0).mean().eval())
    0.25
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        super().__init__(name, concentration1=concentration1, concentration0=concentration0)

    def _both(self) -> tuple[Tensor, Tensor]:
        return self.concentration1 + self._whole(), self.concentration0 + self._whole()

    def _sample(self, shape: Tensor, seed: int | None) -> Tensor:
        a, b = self._both()
        outer = shape[: arrays.shape(shape)[0] - (a.shape.ndims or 0)]
        x, y = (
            rejection.random_gamma(outer, c, dtype=self.dtype, seed=s)
            for c, s in ((a, seed), (b, another_seed(seed, "beta")))
        )
        return x / (x + y)

    def _log_prob(self, x: Tensor) -> Tensor:
        a, b = self.concentration1, self.concentration0
        shape = xlogy(a - 1.0, x) + (b - 1.0) * special.log1p(-x)
        return shape - (gammas.lgamma(a) + gammas.lgamma(b) - gammas.lgamma(a + b))

    def _mean(self) -> Tensor:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    def _variance(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        return a * b / (powers.square(a + b) * (a + b + 1))
