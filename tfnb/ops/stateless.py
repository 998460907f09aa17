"""Random numbers of a seed alone: the same two whole numbers give the same draws, in every run, session and graph.

    tf.random.stateless_normal([2, 3], seed=[1, 2])

The seed is mixed once into the key and the counter of the cipher (philox.py); numbers are TensorFlow's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, OfAttr, R, ShapeError
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import elementwise
from tfnb.ops.philox import first_words
from tfnb.ops.random import WHOLE, classes_drawn, count, samples_shape, shape_tensor, whole_numbers

__all__ = [
    "stateless_categorical", "stateless_multinomial", "stateless_normal", "stateless_truncated_normal", "stateless_uniform",
]  # fmt: skip

SCRAMBLE = 0x02461E29_3EC8F720  # the key under which a seed becomes a key
START = np.uint64(0)


def _streams(seed: Any) -> tuple[int, int]:
    """The key and the upper half of the counter that a pair of seeds stands for, 64 bits each."""
    first, second = (int(s) % 2**64 for s in np.ravel(seed))
    a, b, c, e = (int(w) for w in first_words(np, np.uint64(first), 4, SCRAMBLE, second))
    return b << 32 | a, e << 32 | c


def _pair(seed: Any) -> Any:
    """The seed as an input: of 64 bits where it is a list and a number asks for them."""
    return np.asarray(seed, np.int64) if isinstance(seed, (list, tuple)) and any(abs(s) >> 31 for s in seed if isinstance(s, int)) else seed


def _asked_shape(call: Call) -> list[TensorShape]:
    given = call.shapes[1]
    if given.ndims not in (None, 1):
        raise ShapeError(f"Shape must be rank 1 but is rank {given.ndims}")
    if given.sizes and given.sizes[0] not in (None, 2):
        raise ShapeError(f"Dimension must be 2 but is {given.sizes[0]}")
    return [TensorShape(call.sizes(0))]


# -- the ops -----------------------------------------------------------------------------------------------------
@op("StatelessRandomUniform", shape=_asked_shape, differentiable=False)
def stateless_random_uniform_op(xp: Any, shape: Host, seed: Host, *, dtype: DType) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from [0, 1), all equally likely."""
    return xp.draw_uniform(START, count(shape), _streams(seed), dtype).reshape(shape)


@op("StatelessRandomUniformInt", shape=_asked_shape, differentiable=False)
def stateless_random_uniform_int_op(xp: Any, shape: Host, seed: Host, minval: WHOLE, maxval: WHOLE) -> WHOLE:
    """Whole numbers from minval to maxval - 1."""
    return whole_numbers(xp, START, shape, (minval, maxval), _streams(seed))


@op("StatelessRandomNormal", shape=_asked_shape, differentiable=False)
def stateless_random_normal_op(xp: Any, shape: Host, seed: Host, *, dtype: DType) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from the normal distribution with mean 0 and standard deviation 1."""
    return xp.draw_normal(START, count(shape), _streams(seed), dtype).reshape(shape)


@op("StatelessTruncatedNormal", shape=_asked_shape, differentiable=False)
def stateless_truncated_normal_op(xp: Any, shape: Host, seed: Host, *, dtype: DType) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from the standard normal distribution; those 2 or more away from 0 are drawn again."""
    return xp.draw_truncated(START, count(shape), _streams(seed), dtype).reshape(shape)


@op("StatelessMultinomial", shape=samples_shape, differentiable=False)
def stateless_multinomial_op(
    xp: Any, logits: R, num_samples: Host, seed: Host, *, output_dtype: DType = d.int64
) -> OfAttr("output_dtype"):  # type: ignore[valid-type]
    """Class numbers, drawn with the probabilities softmax(logits), for each row."""
    return classes_drawn(xp, START, logits, num_samples, _streams(seed)).astype(output_dtype)


# -- as they are called --------------------------------------------------------------------------------------------
def _scaled(draw: Any, given: tuple[Any, Any, Any, Any], dtype: DType, scope: str) -> Tensor:
    shape = shape_tensor(given[0])
    mean = convert_to_tensor(given[2], dtype, name="mean")
    stddev = convert_to_tensor(given[3], dtype, name="stddev")
    return elementwise.add(elementwise.multiply(draw(shape, _pair(given[1]), dtype=dtype), stddev, name="mul"), mean, name=scope)  # type: ignore[no-any-return]


def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """Numbers from the normal distribution with this mean and standard deviation, the same for the same two seeds.

    >>> print(tf.random.stateless_normal([2], seed=[1, 2]).eval().round(3))
    [0.544 0.207]
    """
    with name_scope(name, "stateless_random_normal", [shape, seed, mean, stddev]) as scope:
        return _scaled(stateless_random_normal_op, (shape, seed, mean, stddev), as_dtype(dtype), scope)


def stateless_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """Numbers from the normal distribution, none further than two standard deviations from the mean.

    >>> print(tf.less(tf.reduce_max(tf.abs(tf.random.stateless_truncated_normal([1000], [3, 4]))), 2.0).eval())
    True
    """
    with name_scope(name, "stateless_truncated_normal", [shape, seed, mean, stddev]) as scope:
        return _scaled(stateless_truncated_normal_op, (shape, seed, mean, stddev), as_dtype(dtype), scope)


def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = float32, name: str | None = None
) -> Tensor:
    """Numbers from minval up to, but not including, maxval (1 for floats; to be given for whole numbers).

    >>> print(tf.random.stateless_uniform([4], [1, 2], maxval=10, dtype=tf.int32).eval())
    [0 9 4 9]
    """
    dtype = as_dtype(dtype)
    if dtype.name not in ("float16", "bfloat16", "float32", "float64", "int32", "int64"):
        raise ValueError(f"Invalid dtype {dtype!r}")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = convert_to_tensor(minval, dtype, name="min")
        high = convert_to_tensor(maxval, dtype, name="max")
        if dtype.is_integer:
            return stateless_random_uniform_int_op(shape, _pair(seed), low, high, name=scope)  # type: ignore[no-any-return]
        u = stateless_random_uniform_op(shape, _pair(seed), dtype=dtype)
        span = elementwise.subtract(high, low, name="sub")
        return elementwise.add(elementwise.multiply(u, span, name="mul"), low, name=scope)  # type: ignore[no-any-return]


def stateless_multinomial(
    logits: Any, num_samples: Any, seed: Any, output_dtype: Any = d.int64, name: str | None = None,
    default: str = "stateless_multinomial",
) -> Tensor:  # fmt: skip
    """Class numbers [batch, num_samples] drawn with the probabilities softmax(logits) of each row.

    >>> tf.random.stateless_multinomial([[0.0, 0.0]], 5, seed=[1, 2]).shape
    TensorShape([Dimension(1), Dimension(5)])
    """
    with name_scope(name, default, [logits, seed]):
        logits = convert_to_tensor(logits, name="logits")
        return stateless_multinomial_op(logits, num_samples, _pair(seed), output_dtype=as_dtype(output_dtype))  # type: ignore[no-any-return]


def stateless_categorical(logits: Any, num_samples: Any, seed: Any, dtype: Any = d.int64, name: str | None = None) -> Tensor:
    """Class numbers [batch, num_samples] drawn with the probabilities softmax(logits) of each row.

    >>> tf.random.stateless_categorical([[0.0, 0.0]], 5, seed=[1, 2]).shape
    TensorShape([Dimension(1), Dimension(5)])
    """
    return stateless_multinomial(logits, num_samples, seed, dtype, name, "stateless_categorical")
