"""Checks a gradient rule against differences: the sum of all outputs, each with a random weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tfnb as tf


def check(
    f: Callable[..., Any],
    *shapes: tuple[int, ...],
    low: float = -2.0,
    high: float = 2.0,
    unknown: bool = False,
) -> None:
    """Asserts that tf.gradients of `f` agrees with differences at random points of these shapes."""
    random = np.random.default_rng(7)
    values = [random.uniform(low, high, s) for s in shapes]
    with tf.Graph().as_default(), tf.Session() as sess:
        xs = [tf.placeholder(tf.float64, [None] * len(s) if unknown else s) for s in shapes]
        ys = f(*xs)
        ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
        results = sess.run(ys, dict(zip(xs, values, strict=True)))
        for y, result in zip(ys, results, strict=True):
            assert y.shape.is_compatible_with(np.shape(result))
            assert y.dtype.np == result.dtype
        weights = [random.normal(size=np.shape(r)) for r in results]
        total = sum(tf.reduce_sum(y * w) for y, w in zip(ys, weights, strict=True))
        found = sess.run(tf.gradients(total, xs), dict(zip(xs, values, strict=True)))
        for i, gradient in enumerate(found):
            expected = differences(
                lambda v, i=i: sess.run(total, {**dict(zip(xs, values, strict=True)), xs[i]: v}), values[i]
            )
            np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient of a number-valued function by central differences."""
    out = np.zeros_like(x)
    for k in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[k] += step
        down[k] -= step
        out[k] = (f(up) - f(down)) / (2 * step)
    return out
