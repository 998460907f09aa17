"""Random numbers as ops: each run draws new ones, and the same seed always gives the same.

    random_normal([2, 3])                          RandomStandardNormal * stddev + mean
    random_uniform([2, 3], 1, 7, dtype=int32)      whole numbers 1 ... 6

Besides its inputs a random kernel gets `block`, how many blocks of random bits were used so far, and returns
the next one with its result: the session keeps it. Seeds, streams and numbers are TensorFlow's (philox.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import dtypes as d
from tfnb.core.dtypes import DType, as_dtype, float32
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Host, OfAttr, R, ShapeError, T, Types
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops import draws, elementwise
from tfnb.ops.philox import BLOCKS_PER_VALUE

__all__ = [
    "get_seed",
    "multinomial",
    "random_crop",
    "random_normal",
    "random_shuffle",
    "random_uniform",
    "set_random_seed",
    "truncated_normal",
]

DEFAULT_SEED = 87654321
WHOLE = Types("Tout", (d.int32, d.int64))


# -- seeds ---------------------------------------------------------------------------------------------------
def set_random_seed(seed: int | None) -> None:
    """The graph's seed: every random op made from now on draws numbers that follow from it.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default():
    ...     tf.set_random_seed(7)
    ...     print(tf.get_seed(None))
    (7, 0)
    """
    get_default_graph().seed = seed


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The seeds of an op made now, from the graph's and its own; (None, None) if there is neither.

    >>> tf.set_random_seed(1)
    >>> tf.get_seed(7)
    (1, 7)
    """
    graph = get_default_graph()
    if graph.eager:
        return graph.op_seeds(op_seed)  # type: ignore[attr-defined,no-any-return]
    if graph.seed is None and op_seed is None:
        return None, None
    first = DEFAULT_SEED if graph.seed is None else graph.seed
    second = graph._next if op_seed is None else op_seed
    seeds = first % (2**31 - 1), second % (2**31 - 1)
    return (0, 2**31 - 1) if seeds == (0, 0) else seeds


def seeds(op_seed: int | None) -> dict[str, int]:
    """An op's seed attributes; both 0 ask each session to begin somewhere else."""
    first, second = get_seed(op_seed)
    return {"seed": first or 0, "seed2": second or 0}


def _asked_shape(call: Call) -> list[TensorShape]:
    return [TensorShape(call.sizes(0))]


def count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def after(block: Any, n: int) -> Any:
    """Where the next run starts that follows one that drew `n` numbers."""
    return block + n * BLOCKS_PER_VALUE


def whole_numbers(xp: Any, block: Any, shape: Any, bounds: Any, seeds: tuple[int, int]) -> Any:
    """Numbers from the first bound to the one before the second: a word, or two for 64 bits, modulo their distance."""
    n, wide, (low, high) = count(shape), bounds[0].dtype == np.int64, bounds
    w = xp.draw_words(block, 2 * n if wide else n, seeds)
    w = w[0::2].astype(np.uint64) | w[1::2].astype(np.uint64) << np.uint64(32) if wide else w
    return (low + (w % (high - low).astype(w.dtype)).astype(low.dtype)).reshape(shape)


def classes_drawn(xp: Any, block: Any, logits: Any, n: int, seeds: tuple[int, int]) -> Any:
    """For each row of logits, n class numbers: where a uniform number falls among the summed weights."""
    rows = logits.shape[0]
    weights = xp.exp((logits - xp.max(logits, axis=1, keepdims=True)).astype(np.float64))
    edges = xp.cumsum(xp.where(xp.isfinite(logits), weights, 0.0), axis=1)
    u = xp.draw_uniform(block, rows * n, seeds, np.dtype(np.float64)).reshape(rows, n, 1) * edges[:, None, -1:]
    return xp.sum(edges[:, None, :] <= u, axis=2)


# -- the ops -------------------------------------------------------------------------------------------------
@op("RandomUniform", shape=_asked_shape, state="block", differentiable=False)
def random_uniform_op(
    xp: Any, shape: Host, block: Any, *, dtype: DType, seed: int = 0, seed2: int = 0
) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from [0, 1), all equally likely."""
    n = count(shape)
    return xp.draw_uniform(block, n, (seed, seed2), dtype).reshape(shape), after(block, n)


@op("RandomUniformInt", shape=_asked_shape, state="block", differentiable=False)
def random_uniform_int_op(
    xp: Any, shape: Host, minval: WHOLE, maxval: WHOLE, block: Any, *, seed: int = 0, seed2: int = 0
) -> WHOLE:
    """Whole numbers from minval to maxval - 1."""
    return whole_numbers(xp, block, shape, (minval, maxval), (seed, seed2)), after(block, count(shape))


@op("RandomStandardNormal", shape=_asked_shape, state="block", differentiable=False)
def random_standard_normal_op(
    xp: Any, shape: Host, block: Any, *, dtype: DType, seed: int = 0, seed2: int = 0
) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from the normal distribution with mean 0 and standard deviation 1."""
    n = count(shape)
    return xp.draw_normal(block, n, (seed, seed2), dtype).reshape(shape), after(block, n)


@op("TruncatedNormal", shape=_asked_shape, state="block", differentiable=False)
def truncated_normal_op(
    xp: Any, shape: Host, block: Any, *, dtype: DType, seed: int = 0, seed2: int = 0
) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """Numbers from the standard normal distribution; those 2 or more away from 0 are drawn again."""
    n = count(shape)
    return xp.draw_truncated(block, n, (seed, seed2), dtype).reshape(shape), after(block, n)


@op("RandomShuffle", state="block", host=True)
def random_shuffle_op(xp: Any, value: T, block: Any, *, seed: int = 0, seed2: int = 0) -> T:
    """The rows in a random order (Fisher and Yates: each place swaps with a random one behind it)."""
    n = len(value) if np.ndim(value) else 0
    order = list(range(n))
    w = draws.words(block, max(n - 1, 0), (seed, seed2)).tolist()
    for i in range(n - 1):
        j = i + w[i] % (n - i)
        order[i], order[j] = order[j], order[i]
    return (value[np.array(order)] if n else value), block + -(-max(n - 1, 0) // 4)


def samples_shape(call: Call) -> list[TensorShape]:
    logits = call.shapes[0]
    if logits.ndims not in (None, 2):
        raise ShapeError(f"Shape must be rank 2 but is rank {logits.ndims}")
    return [TensorShape([logits.sizes[0] if logits.sizes else None, call.host(1)])]


@op("Multinomial", shape=samples_shape, state="block", differentiable=False)
def multinomial_op(
    xp: Any,
    logits: R,
    num_samples: Host,
    block: Any,
    *,
    seed: int = 0,
    seed2: int = 0,
    output_dtype: DType = d.int64,
) -> OfAttr("output_dtype"):  # type: ignore[valid-type]
    """Class numbers, drawn with the probabilities softmax(logits), for each row."""
    found = classes_drawn(xp, block, logits, num_samples, (seed, seed2))
    return found.astype(output_dtype), after(block, logits.shape[0] * -(-num_samples // 4) * 4 * 2)


# -- as they are called --------------------------------------------------------------------------------------
def shape_tensor(shape: Any) -> Tensor:
    shape = shape.as_list() if isinstance(shape, TensorShape) else shape
    listed = (
        [int(n) if hasattr(n, "value") else n for n in shape] if isinstance(shape, (list, tuple)) else shape
    )
    narrow = isinstance(listed, list) and all(isinstance(n, (np.uint8, np.int8, np.uint16, np.int16)) for n in listed)
    return convert_to_tensor(listed, d.int32 if narrow else None, name="shape")  # a label's byte plus 1 stays a byte since NumPy 2


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the normal distribution with this mean and standard deviation.

    >>> tf.random.normal([2, 3], mean=1.0, stddev=2.0).shape
    TensorShape([Dimension(2), Dimension(3)])
    """
    with name_scope(name, "random_normal", [shape, mean, stddev]) as scope:
        return _scaled(random_standard_normal_op, (shape, mean, stddev), as_dtype(dtype), seed, scope)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from the normal distribution, none further than two standard deviations from the mean.

    >>> print(tf.less(tf.reduce_max(tf.abs(tf.truncated_normal([1000]))), 2.0).eval())
    True
    """
    with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        return _scaled(truncated_normal_op, (shape, mean, stddev), as_dtype(dtype), seed, scope)


def _scaled(draw: Any, given: tuple[Any, Any, Any], dtype: DType, seed: int | None, scope: str) -> Tensor:
    shape = shape_tensor(given[0])
    mean = convert_to_tensor(given[1], dtype, name="mean")
    stddev = convert_to_tensor(given[2], dtype, name="stddev")
    z = draw(shape, dtype=dtype, **seeds(seed))
    return elementwise.add(elementwise.multiply(z, stddev, name="mul"), mean, name=scope)  # type: ignore[no-any-return]


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers from minval up to, but not including, maxval (1 for floats; to be given for whole numbers).

    >>> tf.random.uniform([2, 3], maxval=10, dtype=tf.int32).shape
    TensorShape([Dimension(2), Dimension(3)])
    """
    dtype = as_dtype(dtype)
    if dtype.name not in ("float16", "bfloat16", "float32", "float64", "int32", "int64"):
        raise ValueError(f"Invalid dtype {dtype!r}")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = convert_to_tensor(minval, dtype, name="min")
        high = convert_to_tensor(maxval, dtype, name="max")
        if dtype.is_integer:
            return random_uniform_int_op(shape, low, high, **seeds(seed), name=scope)  # type: ignore[no-any-return]
        u = random_uniform_op(shape, dtype=dtype, **seeds(seed))
        return elementwise.add(
            elementwise.multiply(u, elementwise.subtract(high, low, name="sub"), name="mul"), low, name=scope
        )  # type: ignore[no-any-return]


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` in a random order.

    >>> print(tf.sort(tf.random.shuffle([1, 2, 3])).eval())
    [1 2 3]
    """
    return random_shuffle_op(value, **seeds(seed), name=name)  # type: ignore[no-any-return]


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
    default: str = "multinomial",
) -> Tensor:
    """Class numbers [batch, num_samples] drawn with the probabilities softmax(logits) of each row.

    >>> tf.multinomial([[0.0, 0.0]], 5).shape
    TensorShape([Dimension(1), Dimension(5)])
    """
    with name_scope(name, default, [logits]):
        logits = convert_to_tensor(logits, name="logits")
        return multinomial_op(
            logits, num_samples, **seeds(seed), output_dtype=as_dtype(output_dtype or d.int64)
        )  # type: ignore[no-any-return]


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Class numbers [batch, num_samples] drawn with the probabilities softmax(logits) of each row.

    >>> tf.random.categorical([[0.0, 0.0]], 5).shape
    TensorShape([Dimension(1), Dimension(5)])
    """
    return multinomial(logits, num_samples, seed, name, dtype, "categorical")


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of `value` of this size, cut out at a random place.

    >>> tf.random_crop([[1, 2, 3], [4, 5, 6]], [1, 2]).shape
    TensorShape([Dimension(1), Dimension(2)])
    """
    from tfnb.ops import arrays, division, indexing  # cutting is array surgery, random numbers are not

    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, d.int32, name="size")
        shape = arrays.shape(value)
        limit = elementwise.add_v2(elementwise.subtract(shape, size, name="sub"), 1, name="add")
        anywhere = random_uniform(arrays.shape(shape), dtype=d.int32, maxval=d.int32.max, seed=seed)
        offset = division.floormod(anywhere, limit, name="mod")
        return indexing.slice(value, offset, size, name=scope)
