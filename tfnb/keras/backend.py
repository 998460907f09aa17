"""tf.keras.backend: Keras's own names for ops, beside its session and its settings.

    from tensorflow.keras import backend as K;  K.mean(K.square(y - p))
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope  # noqa: F401 - one of Keras's names
from tfnb.keras import activations, losses
from tfnb.keras.layers import core, merging
from tfnb.keras.session import *  # noqa: F403
from tfnb.keras.session import __all__ as _of_session
from tfnb.keras.tensors import *  # noqa: F403
from tfnb.keras.tensors import __all__ as _of_tensors
from tfnb.keras.tensors import floatx, image_data_format
from tfnb.ops import arrays, compare, elementwise, linear, movement, neural, parts, powers, random, reduce, running, special
from tfnb.ops.functional import foldl, foldr, map_fn  # noqa: F401 - Keras's names, too
from tfnb.ops.indexing import gather as rows_at
from tfnb.ops.indexing import reverse as turned

# names that are ops as they stand
abs, square, sqrt, round, sign, exp, log, sin, cos = (
    parts.abs, powers.square, powers.sqrt, parts.round, parts.sign, special.exp, special.log, special.sin, special.cos)  # fmt: skip
equal, not_equal, greater, greater_equal, less, less_equal = (
    compare.equal, compare.not_equal, compare.greater, compare.greater_equal, compare.less, compare.less_equal)  # fmt: skip
maximum, minimum = compare.maximum, compare.minimum
shape, stack, expand_dims, reshape, transpose, concat = arrays.shape, arrays.stack, arrays.expand_dims, arrays.reshape, arrays.transpose, arrays.concat
zeros_like, ones_like, tile, stop_gradient = arrays.zeros_like, arrays.ones_like, movement.tile, elementwise.stop_gradient
relu, elu, sigmoid, tanh, softplus, softsign, hard_sigmoid = (
    activations.relu, activations.elu, activations.sigmoid, activations.tanh, activations.softplus, activations.softsign, activations.hard_sigmoid)  # fmt: skip


# -- reductions: `axis` and `keepdims` ---------------------------------------------------------------------------
def _reduction(name: str, over: Any, doc: str, whole: str | None = None) -> Any:
    def reduced(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        x = elementwise.cast(x, whole) if whole is not None else x
        if whole is None and convert_to_tensor(x).dtype.base_dtype.name == "bool":
            x = elementwise.cast(x, floatx())
        return over(x, axis=axis, keepdims=keepdims)  # type: ignore[no-any-return]

    given = "[[True, False]]" if whole else "[[1.0, 3.0]]"
    reduced.__name__, reduced.__doc__ = name, f"{doc}\n\n>>> tf.keras.backend.{name}(tf.constant({given}), axis=1, keepdims=True).shape.as_list()\n[1, 1]\n"
    return reduced


sum, prod = _reduction("sum", reduce.reduce_sum, "The sum along axes."), _reduction("prod", reduce.reduce_prod, "The product along axes.")
max, min = _reduction("max", reduce.reduce_max, "The largest along axes."), _reduction("min", reduce.reduce_min, "The smallest along axes.")
mean, var = _reduction("mean", reduce.reduce_mean, "The mean along axes."), _reduction("var", reduce.reduce_variance, "The variance along axes.")
std = _reduction("std", reduce.reduce_std, "The standard deviation along axes.")
any, all = _reduction("any", reduce.reduce_any, "Whether one is true.", "bool"), _reduction("all", reduce.reduce_all, "Whether all are true.", "bool")  # type: ignore[assignment]
logsumexp = _reduction("logsumexp", reduce.reduce_logsumexp, "log(sum(exp(x))) along axes.")


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Where the largest is along an axis.

    >>> print(tf.keras.backend.argmax(tf.constant([[1.0, 3.0]])).eval())
    [1]
    """
    return reduce.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Where the smallest is along an axis.

    >>> print(tf.keras.backend.argmin(tf.constant([[1.0, 3.0]])).eval())
    [0]
    """
    return reduce.argmin(x, axis)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """The sums so far along an axis.

    >>> print(tf.keras.backend.cumsum(tf.constant([2.0, 3.0])).eval())
    [2. 5.]
    """
    return running.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Tensor:
    """The products so far along an axis.

    >>> print(tf.keras.backend.cumprod(tf.constant([2.0, 3.0])).eval())
    [2. 6.]
    """
    return running.cumprod(x, axis=axis)


def pow(x: Any, a: Any) -> Tensor:
    """x to the power a.

    >>> print(tf.keras.backend.pow(tf.constant([2.0]), 3).eval())
    [8.]
    """
    return powers.pow(x, a)


def clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    """x, no smaller and no larger than these.

    >>> print(tf.keras.backend.clip(tf.constant([-2.0, 0.5]), 0.0, 1.0).eval())
    [0.  0.5]
    """
    return compare.clip_by_value(x, min_value, max_value if min_value is None or max_value is None or max_value >= min_value else min_value)


def cast(x: Any, dtype: Any) -> Tensor:
    """x as another dtype.

    >>> print(tf.keras.backend.cast(tf.constant([1.7]), "int32").eval())
    [1]
    """
    return elementwise.cast(x, as_dtype(dtype))


# -- shapes ------------------------------------------------------------------------------------------------------
def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Tensors one after another along an axis.

    >>> print(tf.keras.backend.concatenate([tf.constant([[1.0]]), tf.constant([[2.0]])]).eval())
    [[1. 2.]]
    """
    return arrays.concat(list(tensors), axis)


def permute_dimensions(x: Any, pattern: Any) -> Tensor:
    """The axes in another order.

    >>> print(tf.keras.backend.permute_dimensions(tf.constant([[1.0, 2.0]]), (1, 0)).eval())
    [[1.]
     [2.]]
    """
    return arrays.transpose(x, list(pattern))


def flatten(x: Any) -> Tensor:
    """All elements in one axis.

    >>> print(tf.keras.backend.flatten(tf.constant([[1.0, 2.0]])).eval())
    [1. 2.]
    """
    return arrays.reshape(x, [-1])


def batch_flatten(x: Any) -> Tensor:
    """All axes but the first made one.

    >>> print(tf.keras.backend.batch_flatten(tf.constant([[[1.0], [2.0]]])).eval())
    [[1. 2.]]
    """
    sizes = x.shape.as_list()[1:]
    return arrays.reshape(x, [-1, int(np.prod(sizes)) if None not in sizes else reduce.reduce_prod(arrays.shape(x)[1:])])


def squeeze(x: Any, axis: int) -> Tensor:
    """x without an axis of size 1.

    >>> print(tf.keras.backend.squeeze(tf.constant([[1.0, 2.0]]), 0).eval())
    [1. 2.]
    """
    return arrays.squeeze(x, [axis])


def repeat(x: Any, n: int) -> Tensor:
    """[batch, features] n times: [batch, n, features].

    >>> print(tf.keras.backend.repeat(tf.constant([[1.0, 2.0]]), 2).eval())
    [[[1. 2.]
      [1. 2.]]]
    """
    return core.RepeatVector(n)(x)  # type: ignore[no-any-return]


def repeat_elements(x: Any, rep: int, axis: int) -> Tensor:
    """Each slice along an axis several times.

    >>> print(tf.keras.backend.repeat_elements(tf.constant([[1.0, 2.0]]), 2, 1).eval())
    [[1. 1. 2. 2.]]
    """
    from tfnb.keras.layers.shapes import _repeated

    return _repeated(x, rep, axis)  # type: ignore[no-any-return]


def reverse(x: Any, axes: Any) -> Tensor:
    """Backwards along axes.

    >>> print(tf.keras.backend.reverse(tf.constant([1.0, 2.0]), 0).eval())
    [2. 1.]
    """
    return turned(x, [axes] if isinstance(axes, int) else axes)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Tensor:
    """Numbers from start to stop.

    >>> print(tf.keras.backend.arange(3).eval())
    [0 1 2]
    """
    found = movement.range(0, start, step) if stop is None else movement.range(start, stop, step)
    return elementwise.cast(found, dtype)


def gather(reference: Any, indices: Any) -> Tensor:
    """Rows by their numbers.

    >>> print(tf.keras.backend.gather(tf.constant([5.0, 6.0]), [1]).eval())
    [6.]
    """
    return rows_at(reference, indices)


def one_hot(indices: Any, num_classes: int) -> Tensor:
    """Rows with a 1 at the index.

    >>> print(tf.keras.backend.one_hot(tf.constant([1]), 3).eval())
    [[0. 1. 0.]]
    """
    return movement.one_hot(indices, depth=num_classes, axis=-1)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Tensor:
    """Zeros before and after the steps.

    >>> tf.keras.backend.temporal_padding(tf.ones([1, 2, 1])).shape.as_list()
    [1, 4, 1]
    """
    return movement.pad(x, [[0, 0], list(padding), [0, 0]])


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around images.

    >>> tf.keras.backend.spatial_2d_padding(tf.ones([1, 2, 2, 1])).shape.as_list()
    [1, 4, 4, 1]
    """
    sides = [list(p) for p in padding]
    first = (data_format or image_data_format()) == "channels_first"
    return movement.pad(x, [[0, 0], [0, 0], *sides] if first else [[0, 0], *sides, [0, 0]])


# -- products and networks ---------------------------------------------------------------------------------------
def dot(x: Any, y: Any) -> Tensor:
    """The product of matrices; of more axes, along the last of x and the last but one of y.

    >>> tf.keras.backend.dot(tf.ones([2, 3, 4]), tf.ones([4, 5])).shape
    TensorShape([Dimension(2), Dimension(3), Dimension(5)])
    """
    x, y = convert_to_tensor(x), convert_to_tensor(y)
    if (x.shape.ndims or 2) <= 2 and (y.shape.ndims or 2) <= 2:
        return linear.matmul(x, y)
    from tfnb.ops.products import tensordot

    return tensordot(x, y, [[x.shape.ndims - 1], [max_of(y.shape.ndims - 2, 0)]])


def max_of(a: int, b: int) -> int:
    return a if a > b else b


def batch_dot(x: Any, y: Any, axes: Any = None) -> Tensor:
    """The product of each pair of examples along an axis of each.

    >>> print(tf.keras.backend.batch_dot(tf.ones([2, 1, 3]), tf.ones([2, 3, 1])).shape.as_list())
    [2, 1, 1]
    """
    axes = (axes, axes) if isinstance(axes, int) else axes
    pair = axes if axes is not None else (x.shape.ndims - 1, max_of(y.shape.ndims - 2, 1))
    return merging.batch_dot(x, y, tuple(pair))  # type: ignore[no-any-return]


def softmax(x: Any, axis: int = -1) -> Tensor:
    """exp(x) / sum(exp(x)).

    >>> print(tf.keras.backend.softmax(tf.constant([[0.0, 0.0]])).eval())
    [[0.5 0.5]]
    """
    from tfnb.ops.activations import softmax as found

    return found(x, axis=axis)


def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Tensor:
    """Sets a share `level` of the elements to zero.

    >>> tf.keras.backend.dropout(tf.ones([2, 3]), 0.5).shape.as_list()
    [2, 3]
    """
    return neural.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """x divided by its length along an axis.

    >>> print(tf.keras.backend.l2_normalize(tf.constant([3.0, 4.0])).eval())
    [0.6 0.8]
    """
    return neural.l2_normalize(x, axis=axis)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """x + bias on the channels.

    >>> print(tf.keras.backend.bias_add(tf.ones([1, 2]), tf.constant([1.0, 2.0])).eval())
    [[2. 3.]]
    """
    return neural.bias_add(x, bias, data_format="NCHW" if data_format == "channels_first" else None)


def batch_normalization(x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3) -> Tensor:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta.

    >>> x = tf.constant([1.0, 3.0])
    >>> print(tf.keras.backend.batch_normalization(x, 2.0, 1.0, 0.0, 1.0, epsilon=0.0).eval())
    [-1.  1.]
    """
    return neural.batch_normalization(x, mean, var, beta, gamma, epsilon)


def in_top_k(predictions: Any, targets: Any, k: int) -> Tensor:
    """Whether each target is among the k largest predictions.

    >>> print(tf.keras.backend.in_top_k(tf.constant([[0.1, 0.9]]), [1], 1).eval())
    [ True]
    """
    from tfnb.ops.sorting import in_top_k as found

    return found(predictions, targets, k)


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-sum(target log(output)) of each example.

    >>> print(tf.keras.backend.categorical_crossentropy(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [0.5108]
    """
    return losses.categorical_crossentropy(target, output, from_logits, axis=axis)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """-log(output[target]) of each example.

    >>> print(tf.keras.backend.sparse_categorical_crossentropy(tf.constant([1]), tf.constant([[0.4, 0.6]])).eval())
    [0.5108]
    """
    return losses.sparse_categorical_crossentropy(target, output, from_logits)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-(target log(output) + (1 - target) log(1 - output)) of each element.

    >>> print(tf.keras.backend.binary_crossentropy(tf.constant([[0.0, 1.0]]), tf.constant([[0.4, 0.6]])).eval())
    [[0.5108 0.5108]]
    """
    return losses.binary_each(convert_to_tensor(target), convert_to_tensor(output), from_logits)


def conv2d(x: Any, kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None, dilation_rate: Any = (1, 1)) -> Tensor:
    """A convolution of images.

    >>> tf.keras.backend.conv2d(tf.ones([1, 4, 4, 2]), tf.ones([2, 2, 2, 3])).shape.as_list()
    [1, 3, 3, 3]
    """
    from tfnb.ops.conv_general import convolution

    first = (data_format or image_data_format()) == "channels_first"
    return convolution(x, kernel, padding.upper(), strides, dilation_rate, data_format="NCHW" if first else "NHWC")


def conv1d(x: Any, kernel: Any, strides: int = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: int = 1) -> Tensor:
    """A convolution of sequences.

    >>> tf.keras.backend.conv1d(tf.ones([1, 4, 2]), tf.ones([2, 2, 3])).shape.as_list()
    [1, 3, 3]
    """
    from tfnb.ops.conv_general import convolution

    return convolution(x, kernel, padding.upper(), [strides], [dilation_rate])


def pool2d(x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None, pool_mode: str = "max") -> Tensor:
    """The largest or the mean of each window.

    >>> tf.keras.backend.pool2d(tf.ones([1, 4, 4, 2]), (2, 2), (2, 2)).shape.as_list()
    [1, 2, 2, 2]
    """
    from tfnb.keras.layers import pooling

    kind = pooling.MaxPooling2D if pool_mode == "max" else pooling.AveragePooling2D
    return kind(pool_size, strides, padding, data_format).call(x)  # type: ignore[no-any-return]


def rnn(step_function: Any, inputs: Any, initial_states: Any, go_backwards: bool = False, mask: Any = None, constants: Any = None,
        unroll: bool = False, input_length: Any = None, time_major: bool = False, zero_output_for_mask: bool = False) -> Any:  # fmt: skip
    """A step function along the time axis: the last output, all outputs, the last states.

    >>> last, outputs, states = tf.keras.backend.rnn(lambda x, s: (x + s[0], [x + s[0]]), tf.ones([2, 3, 4]), [tf.zeros([2, 4])])
    >>> print(last.shape, outputs.shape)
    (2, 4) (2, 3, 4)
    """
    from tfnb.keras.layers.steps import along

    step = lambda x, states: step_function(x, [*states, *(constants or [])])  # noqa: E731
    size = list(initial_states[0].shape.as_list()[1:])
    return along(step, inputs, list(initial_states), size, go_backwards, mask, unroll, time_major)


# -- branches and random numbers ---------------------------------------------------------------------------------
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One or the other; for a condition with axes, element by element.

    >>> print(tf.keras.backend.switch(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2)).eval())
    1
    """
    if convert_to_tensor(condition).shape.ndims:
        from tfnb.ops.choosing import where_v2

        return where_v2(condition, *(e() if callable(e) else e for e in (then_expression, else_expression)))
    from tfnb.ops.control import cond

    return cond(elementwise.cast(condition, "bool"), *(e if callable(e) else (lambda e=e: elementwise.identity(e)) for e in (then_expression, else_expression)))


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x while training, else alt.

    >>> print(tf.keras.backend.in_train_phase(tf.constant(1.0), tf.constant(2.0), training=False).eval())
    2.0
    """
    return core.in_phase(training, *(v if callable(v) else (lambda v=v: elementwise.identity(v)) for v in (x, alt)))


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """alt while training, else x.

    >>> print(tf.keras.backend.in_test_phase(tf.constant(1.0), tf.constant(2.0), training=False).eval())
    1.0
    """
    return in_train_phase(alt, x, training)


def random_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Normal numbers.

    >>> tf.keras.backend.random_normal([2, 3]).shape.as_list()
    [2, 3]
    """
    return random.random_normal(shape, mean, stddev, dtype or floatx(), seed=seed)


def random_uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Uniform numbers.

    >>> tf.keras.backend.random_uniform([2, 3]).shape.as_list()
    [2, 3]
    """
    return random.random_uniform(shape, minval, maxval, dtype or floatx(), seed=seed)


def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Normal numbers, none further than two spreads from the mean.

    >>> tf.keras.backend.truncated_normal([2, 3]).shape.as_list()
    [2, 3]
    """
    return random.truncated_normal(shape, mean, stddev, dtype or floatx(), seed=seed)


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """Ones with probability p, else zeros.

    >>> tf.keras.backend.random_binomial([2, 3]).shape.as_list()
    [2, 3]
    """
    return elementwise.cast(compare.less_equal(random.random_uniform(shape, seed=seed), p), dtype or floatx())


def print_tensor(x: Any, message: str = "") -> Tensor:
    """x, printed when it is computed.

    >>> tf.keras.backend.print_tensor(tf.ones([2]), "x is").shape.as_list()
    [2]
    """
    from tfnb.ops.host import Print

    return Print(x, [x], message)


__all__ = sorted({n for n, v in list(globals().items()) if n[0] != "_" and getattr(v, "__module__", "").startswith("tfnb") and n not in (
    "Tensor", "Variable", "SparseTensor", "max_of", "as_dtype", "convert_to_tensor", "rows_at", "turned", "make_variable", "get_graph")}
    | {"name_scope", "map_fn", "foldl", "foldr", *_of_session, *_of_tensors} - {"make_variable", "get_graph", "unique_name"})  # fmt: skip
