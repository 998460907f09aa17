"""Keras's layers of several inputs: sums, products, joined tensors, and attention.

    y = add([x, z])                     the function makes the layer and calls it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.keras.base import Layer
from tfnb.ops import activations as functions
from tfnb.ops import arrays, linear, neural, reduce
from tfnb.ops.compare import logical_and
from tfnb.ops.compare import maximum as larger
from tfnb.ops.compare import minimum as smaller
from tfnb.ops.elementwise import cast
from tfnb.ops.special import tanh

__all__ = [
    "Add", "AdditiveAttention", "Attention", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "add", "average",
    "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
]  # fmt: skip


class _Merge(Layer):
    """Elements of all inputs taken together; inputs of lower rank get axes after the batch."""

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(inputs) < 2 and not isinstance(self, Concatenate):
            raise ValueError(f"A merge layer should be called on a list of at least 2 inputs. Got {len(inputs)} inputs.")
        return self.merged(_same_rank(list(inputs)))

    def merged(self, xs: list[Tensor]) -> Any:
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        found = [m for m in mask or [] if m is not None]
        out = None
        for m in found if mask is not None and len(found) == len(mask) else []:
            out = m if out is None else logical_and(out, m)
        return out


def _same_rank(xs: list[Tensor]) -> list[Tensor]:
    ranks = [x.shape.ndims for x in xs]
    if None in ranks or len(set(ranks)) == 1:
        return xs
    top = max(r for r in ranks if r is not None)
    for i, x in enumerate(xs):
        for _ in range(top - (x.shape.ndims or 0)):
            xs[i] = arrays.expand_dims(xs[i], 1)
    return xs


def _folded(function: Callable[[Any, Any], Any]) -> Callable[[Any, list[Tensor]], Any]:
    def merged(self: Any, xs: list[Tensor]) -> Any:
        y = xs[0]
        for x in xs[1:]:
            y = function(y, x)
        return y

    return merged


class Add(_Merge):
    """The sum.

    >>> print(tf.keras.layers.Add()([tf.constant([[1.0]]), tf.constant([[2.0]])]).eval())
    [[3.]]
    """

    merged = _folded(lambda a, b: a + b)


class Multiply(_Merge):
    """The product.

    >>> print(tf.keras.layers.Multiply()([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[3. 8.]]
    """

    merged = _folded(lambda a, b: a * b)


class Maximum(_Merge):
    """The largest.

    >>> print(tf.keras.layers.Maximum()([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[3. 4.]]
    """

    merged = _folded(larger)


class Minimum(_Merge):
    """The smallest.

    >>> print(tf.keras.layers.Minimum()([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[1. 2.]]
    """

    merged = _folded(smaller)


class Average(_Merge):
    """The mean.

    >>> print(tf.keras.layers.Average()([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[2. 3.]]
    """

    def merged(self, xs: list[Tensor]) -> Any:
        return Add.merged(self, xs) / len(xs)  # type: ignore[arg-type]


class Subtract(_Merge):
    """The first without the second.

    >>> print(tf.keras.layers.Subtract()([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[-2.  2.]]
    """

    def merged(self, xs: list[Tensor]) -> Any:
        if len(xs) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")
        return xs[0] - xs[1]


class Concatenate(_Merge):
    """One after another along an axis.

    >>> print(tf.keras.layers.Concatenate()([tf.constant([[1.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[1. 3. 2.]]
    """

    def __init__(self, axis: int = -1, **more: Any) -> None:
        super().__init__(**more)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return arrays.concat(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        wide = [arrays.ones_like(x, dtype="bool") if m is None else arrays.expand_dims(m, -1) if (m.shape.ndims or 0) < (x.shape.ndims or 0) else m
                for x, m in zip(inputs, mask, strict=True)]  # fmt: skip
        return reduce.reduce_all(arrays.concat(wide, axis=self.axis), axis=-1)


class Dot(_Merge):
    """The product of two tensors along an axis of each; of unit vectors where `normalize`.

    >>> print(tf.keras.layers.Dot(axes=1)([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[11.]]
    """

    def __init__(self, axes: Any, normalize: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.axes, self.normalize = axes, normalize

    def call(self, inputs: Any) -> Any:
        x, y = inputs
        a, b = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        a, b = a % x.shape.ndims, b % y.shape.ndims
        if self.normalize:
            x, y = neural.l2_normalize(x, axis=a), neural.l2_normalize(y, axis=b)
        return batch_dot(x, y, (a, b))


def batch_dot(x: Any, y: Any, axes: tuple[int, int]) -> Any:
    """The product of each pair of examples along an axis of each: the other axes of x, then those of y."""
    a, b = axes
    if x.shape.ndims == 2 and y.shape.ndims == 2:
        return reduce.reduce_sum(x * y, axis=1, keepdims=True)
    rank_x, rank_y = x.shape.ndims, y.shape.ndims
    left = arrays.transpose(x, [0, *(i for i in range(1, rank_x) if i != a), a])
    right = arrays.transpose(y, [0, b, *(i for i in range(1, rank_y) if i != b)])
    sizes_x, sizes_y = arrays.shape(left), arrays.shape(right)
    flat_x = arrays.reshape(left, arrays.stack([sizes_x[0], -1, sizes_x[rank_x - 1]]))
    flat_y = arrays.reshape(right, arrays.stack([sizes_y[0], sizes_y[1], -1]))
    z = linear.matmul(flat_x, flat_y)
    out = arrays.reshape(z, arrays.concat([sizes_x[: rank_x - 1], sizes_y[2:]], 0))
    known = [*left.shape.as_list()[:-1], *right.shape.as_list()[2:]]
    if not hasattr(out, "array"):
        out.set_shape(known)
    return out


# -- attention ---------------------------------------------------------------------------------------------------
class Attention(Layer):
    """The values weighted by how much their keys are like the query. Luong, Pham and Manning (2015).

    Inputs are [query [batch, m, n], value [batch, k, n]] and perhaps the keys, like the values.

    >>> query, value = tf.ones([2, 3, 4]), tf.ones([2, 5, 4])
    >>> tf.keras.layers.Attention()([query, value]).shape.as_list()
    [2, 3, 4]
    """

    supports_masking = True

    def __init__(self, use_scale: bool = False, causal: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.use_scale, self.causal = use_scale, causal

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight("scale", (), initializer="ones") if self.use_scale else None
        self.built = True

    def scores(self, query: Any, key: Any) -> Any:
        found = linear.matmul(query, key, transpose_b=True)
        return found if self.scale is None else found * self.scale

    def call(self, inputs: Any, mask: Any = None) -> Any:
        query, value, *rest = inputs
        scores = self.scores(query, rest[0] if rest else value)
        value_mask = mask[1] if mask is not None and len(mask) > 1 else None
        if value_mask is not None:
            scores = scores - 1e9 * cast(~arrays.expand_dims(value_mask, -2), scores.dtype)
        if self.causal:
            from tfnb.ops.diagonals import matrix_band_part

            scores = scores - 1e9 * (1.0 - matrix_band_part(arrays.ones_like(scores), -1, 0))
        found = linear.matmul(functions.softmax(scores), value)
        if mask is not None and mask[0] is not None:
            found = found * cast(arrays.expand_dims(mask[0], -1), found.dtype)
        return found

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if mask is not None else None


class AdditiveAttention(Attention):
    """The same with scores from the tanh of a sum. Bahdanau, Cho and Bengio (2014).

    >>> query, value = tf.ones([2, 3, 4]), tf.ones([2, 5, 4])
    >>> tf.keras.layers.AdditiveAttention()([query, value]).shape.as_list()
    [2, 3, 4]
    """

    def __init__(self, use_scale: bool = True, **more: Any) -> None:
        super().__init__(use_scale=use_scale, **more)

    def build(self, input_shape: Any) -> None:
        n = input_shape[1].as_list()[-1]
        self.scale = self.add_weight("scale", [n], initializer="glorot_uniform") if self.use_scale else None
        self.built = True

    def scores(self, query: Any, key: Any) -> Any:
        both = tanh(arrays.expand_dims(query, -2) + arrays.expand_dims(key, -3))
        return reduce.reduce_sum(both if self.scale is None else self.scale * both, axis=-1)


# -- the same as functions ---------------------------------------------------------------------------------------
def _function(layer: Any, doc: str) -> Any:
    def function(inputs: Any, **more: Any) -> Any:
        return layer(**more)(inputs)

    name = layer.__name__.lower()
    function.__name__ = name
    function.__doc__ = f"{doc}\n\n>>> tf.keras.layers.{name}([tf.ones([2, 3]), tf.ones([2, 3])]).shape.as_list()\n[2, 3]\n"
    return function


add, subtract, multiply = _function(Add, "The sum of tensors."), _function(Subtract, "The first without the second."), _function(Multiply, "The product.")
average, maximum, minimum = _function(Average, "The mean."), _function(Maximum, "The largest."), _function(Minimum, "The smallest.")


def concatenate(inputs: Any, axis: int = -1, **more: Any) -> Any:
    """Tensors one after another along an axis.

    >>> print(tf.keras.layers.concatenate([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])]).eval())
    [[1. 4. 3. 2.]]
    """
    return Concatenate(axis=axis, **more)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **more: Any) -> Any:
    """The product of two tensors along an axis of each.

    >>> print(tf.keras.layers.dot([tf.constant([[1.0, 4.0]]), tf.constant([[3.0, 2.0]])], axes=1).eval())
    [[11.]]
    """
    return Dot(axes, normalize, **more)(inputs)
