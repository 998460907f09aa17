"""Random numbers found by trying: gamma, Poisson. Every number has a stream of its own, 256 blocks long.

    random_gamma([3], alpha=2.0)      random_poisson(4.0, [3])

All numbers not yet found take their next try together; the order in which a stream's bits are used is TensorFlow's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, Host, OfAttr, R
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.draws import encrypt
from tfnb.ops.philox import BLOCKS_PER_VALUE, normal, uniform
from tfnb.ops.random import seeds, shape_tensor

__all__ = ["random_gamma", "random_poisson"]


class _Streams:
    """The streams of n numbers: uniform and normal draws, two to a block, each block's second one first."""

    def __init__(self, n: int, block: Any, seed: int, seed2: int) -> None:
        self.next = np.uint64(block) + np.arange(n, dtype=np.uint64) * np.uint64(BLOCKS_PER_VALUE)
        self.seeds = seed, seed2
        self.left = {f: np.zeros(n, np.int64) for f in (uniform, normal)}
        self.pair = {f: np.zeros((n, 2)) for f in (uniform, normal)}

    def draw(self, kind: Any, who: np.ndarray) -> np.ndarray:
        """The next draw of each number in `who`."""
        left, pair = self.left[kind], self.pair[kind]
        empty = who[left[who] == 0]
        if len(empty):
            pair[empty] = kind(np, encrypt(self.next[empty], self.seeds), np.float64)
            left[empty] = 2
            self.next[empty] += np.uint64(1)
        left[who] -= 1
        return pair[who, left[who]]


def _found(n: int, tries: Any) -> np.ndarray:
    """Tries until every number is found; `tries(who)` gives which succeeded and their values."""
    out, open_ = np.empty(n), np.arange(n)
    while len(open_):
        done, values = tries(open_)
        out[open_[done]] = values[done]
        open_ = open_[~done]
    return out


# -- gamma ---------------------------------------------------------------------------------------------------
def _each(call: Call, i: int, j: int) -> list[TensorShape]:
    """The asked shape, followed by the parameter's."""
    size, rest = call.sizes(i), call.shapes[j].sizes
    return [unknown_shape() if size is None or rest is None else TensorShape.of((*size, *rest))]


@op("RandomGamma", shape=lambda call: _each(call, 0, 1), state="block", host=True)
def random_gamma_op(xp: Any, shape: Host, alpha: F, block: Any, *, seed: int = 0, seed2: int = 0) -> F:
    """Numbers from the gamma distribution (Marsaglia and Tsang, 2000)."""
    each = math.prod(shape)
    shapes = np.repeat(np.ravel(alpha).astype(np.float64), each)
    streams = _Streams(len(shapes), block, seed, seed2)
    small = shapes < 1
    scale = shapes + np.where(small, 2 / 3, -1 / 3)
    slope = 1 / 3 / np.sqrt(scale)

    def tries(who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = streams.draw(normal, who)
        v = (1 + slope[who] * x) ** 3
        done, values = np.zeros(len(who), bool), np.zeros(len(who))
        good = np.nonzero(v > 0)[0]
        u = streams.draw(uniform, who[good])
        x, v = x[good], v[good]
        with np.errstate(divide="ignore"):
            done[good] = (u < 1 - 0.0331 * x**4) | (
                np.log(u) < 0.5 * x * x + scale[who[good]] * (1 - v + np.log(v))
            )
        values[good] = scale[who[good]] * v
        lucky = np.nonzero(done & small[who])[0]
        values[lucky] *= streams.draw(uniform, who[lucky]) ** (1 / shapes[who[lucky]])
        return done, values

    with np.errstate(divide="ignore"):
        exponential = shapes == 1
        out = _found(len(shapes), tries)
        out[exponential] = -np.log1p(-_first(len(shapes), block, seed, seed2)[exponential])
    turned = (
        np.moveaxis(out.reshape(*np.shape(alpha), *shape), range(np.ndim(alpha)), range(-np.ndim(alpha), 0))
        if np.ndim(alpha)
        else out.reshape(shape)
    )
    return turned.astype(alpha.dtype)[()], block + len(shapes) * BLOCKS_PER_VALUE


def _first(n: int, block: Any, seed: int, seed2: int) -> np.ndarray:
    counters = np.uint64(block) + np.arange(n, dtype=np.uint64) * np.uint64(BLOCKS_PER_VALUE)
    return uniform(np, encrypt(counters, (seed, seed2)), np.float64)[:, 1]


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the gamma distribution with shape `alpha` and rate `beta`; the result's shape is shape + alpha's.

    >>> tf.random.gamma([2], alpha=1.0).shape
    TensorShape([Dimension(2)])
    """
    from tfnb.ops.compare import maximum

    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        sizes = shape_tensor(shape)
        alpha = convert_to_tensor(alpha, dtype, name="alpha")
        beta = convert_to_tensor(1 if beta is None else beta, dtype, name="beta")
        wide = alpha + arrays.zeros_like(beta)
        drawn = random_gamma_op(sizes, wide, **seeds(seed))
        return maximum(np.finfo(wide.dtype.np).tiny, drawn / beta)


# -- Poisson -------------------------------------------------------------------------------------------------
@op("RandomPoissonV2", shape=lambda call: _each(call, 0, 1), state="block", host=True)
def random_poisson_op(
    xp: Any, shape: Host, rate: R, block: Any, *, seed: int = 0, seed2: int = 0, dtype: DType = d.int64
) -> OfAttr("dtype"):
    """How often something happens that happens `rate` times on average. It has no gradient."""
    each = math.prod(shape)
    rates = np.repeat(np.ravel(rate).astype(np.float64), each)
    streams = _Streams(len(rates), block, seed, seed2)
    few = rates < 10
    out = np.empty(len(rates))
    for which, tries in ((few, _knuth), (~few, _hormann)):
        places = np.nonzero(which)[0]
        out[places] = _found(len(places), tries(streams, places, rates[places]))
    turned = (
        np.moveaxis(out.reshape(*np.shape(rate), *shape), range(np.ndim(rate)), range(-np.ndim(rate), 0))
        if np.ndim(rate)
        else out.reshape(shape)
    )
    return turned.astype(dtype)[()], block + len(rates) * BLOCKS_PER_VALUE


def _knuth(streams: _Streams, places: np.ndarray, rates: np.ndarray) -> Any:
    """Multiplies uniform numbers until the product is below exp(-rate)."""
    product, count, limit = np.ones(len(places)), np.zeros(len(places)), np.exp(-rates)

    def tries(who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        product[who] *= streams.draw(uniform, places[who])
        done = product[who] <= limit[who]
        values = count[who].copy()
        count[who] += 1
        return done, values

    return tries


def _hormann(streams: _Streams, places: np.ndarray, rates: np.ndarray) -> Any:
    """Transformed rejection (Hörmann, 1993), for large rates."""
    b = 0.931 + 2.53 * np.sqrt(rates)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    lgamma = np.vectorize(math.lgamma, otypes=[np.float64])

    def tries(who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u = streams.draw(uniform, places[who]) - 0.5
        v = streams.draw(uniform, places[who])
        near = 0.5 - np.abs(u)
        k = np.floor((2 * a[who] / near + b[who]) * u + rates[who] + 0.43)
        at_once = (near >= 0.07) & (v <= 0.9227 - 3.6224 / (b[who] - 2))
        never = (k < 0) | (near < 0.013) & (v > near)
        s = np.log(v * inverse[who] / (a[who] / (near * near) + b[who]))
        t = -rates[who] + k * np.log(rates[who]) - lgamma(np.maximum(k, 0) + 1)
        return at_once | ~never & (s <= t), k

    return tries


def random_poisson(
    lam: Any, shape: Any, dtype: Any = float32, seed: int | None = None, name: str | None = None
) -> Tensor:
    """How often something happens that happens `lam` times on average; the result's shape is shape + lam's.

    >>> tf.random.poisson(lam=3.0, shape=[2]).shape
    TensorShape([Dimension(2)])
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        sizes = shape_tensor(shape)
        return random_poisson_op(sizes, lam, dtype=as_dtype(dtype), **seeds(seed))
