"""Keras's simple layers: dense, dropout, embeddings, and layers that only change a tensor's shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.keras import activations, constraints, initializers, regularizers, session
from tfnb.keras.base import InputSpec, Layer, takes
from tfnb.ops import arrays, elementwise, linear, neural, products, reduce
from tfnb.ops.compare import not_equal

__all__ = [
    "Activation", "ActivityRegularization", "Dense", "Dropout", "Embedding", "Flatten", "Lambda", "Masking", "Permute", "RepeatVector", "Reshape",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
]  # fmt: skip


# -- what several layers need ------------------------------------------------------------------------------------
def in_phase(training: Any, train: Callable[[], Any], test: Callable[[], Any]) -> Any:
    """`train()` while training, `test()` else; a branch of the graph where only a run tells."""
    training = session.learning_phase() if training is None else training
    if not isinstance(training, Tensor) or hasattr(training, "array"):
        return train() if training else test()
    from tfnb.ops.control import cond

    return cond(elementwise.cast(training, "bool"), train, test)


class Weighted(Layer):
    """A layer with a kernel and, unless told otherwise, a bias, then an activation."""

    def settle(self, given: dict[str, Any]) -> None:
        """Looks up what is named by strings: kernel_initializer, bias_regularizer ..."""
        for name, value in given.items():
            find = initializers.get if name.endswith("initializer") else regularizers.get if name.endswith("regularizer") else constraints.get
            setattr(self, name, find(value))

    def make(self, what: str, shape: Any, **more: Any) -> Any:
        """The weight `what` with its initializer, regularizer and constraint."""
        role = what.split("_kernel")[0] if what.endswith("_kernel") else what
        return self.add_weight(what, shape, None, getattr(self, f"{role}_initializer"), getattr(self, f"{role}_regularizer", None),
                               constraint=getattr(self, f"{role}_constraint", None), **more)  # fmt: skip


def fully_known(shape: TensorShape, axis: int, what: str) -> int:
    """The size of an axis. Raises ValueError where it is not known."""
    n = shape.as_list()[axis] if shape.ndims is not None else None
    if n is None:
        raise ValueError(f"The {what} of the inputs to the layer should be defined. Found `None`.")
    return int(n)


# -- dense -------------------------------------------------------------------------------------------------------
class Dense(Weighted):
    """activation(x @ kernel + bias).

    >>> tf.keras.layers.Dense(4, activation="relu")(tf.ones([2, 3])).shape
    TensorShape([Dimension(2), Dimension(4)])
    """

    supports_masking = True
    input_spec = InputSpec(min_ndim=2)

    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
                 bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
                 kernel_constraint: Any = None, bias_constraint: Any = None, **more: Any) -> None:  # fmt: skip
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **more)
        self.units, self.activation, self.use_bias = int(units), activations.get(activation), use_bias
        self.settle(dict(kernel_initializer=kernel_initializer, bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
                         bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint, bias_constraint=bias_constraint))  # fmt: skip

    def build(self, input_shape: Any) -> None:
        last = TensorShape(input_shape).as_list()[-1]
        if last is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: last})
        self.kernel = self.make("kernel", [last, self.units])
        self.bias = self.make("bias", [self.units]) if self.use_bias else None
        self.built = True

    def call(self, inputs: Any) -> Any:
        x = convert_to_tensor(inputs)
        rank = x.shape.ndims
        if rank is not None and rank > 2:
            y = products.tensordot(x, self.kernel, [[rank - 1], [0]])
            if not get_default_graph().eager:
                y.set_shape([*x.shape.as_list()[:-1], self.units])
        else:
            y = linear.matmul(elementwise.cast(x, self.kernel.dtype.base_dtype), self.kernel)
        y = neural.bias_add(y, self.bias) if self.bias is not None else y
        return self.activation(y)


class Activation(Layer):
    """A function of each element, by itself or by its name.

    >>> tf.keras.layers.Activation("relu")(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, activation: Any, **more: Any) -> None:
        super().__init__(**more)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


class Embedding(Weighted):
    """Rows of a table, by their numbers.

    >>> tf.keras.layers.Embedding(10, 4)(tf.constant([[1, 2, 3]])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(4)])
    """

    def __init__(self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform", embeddings_regularizer: Any = None,
                 activity_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False, input_length: Any = None,
                 **more: Any) -> None:  # fmt: skip
        if "input_shape" not in more and "batch_input_shape" not in more:
            lengths = (None,) if input_length is None else tuple(np.ravel(input_length).tolist())
            more["input_shape"] = lengths
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **more)
        self.input_dim, self.output_dim, self.mask_zero, self.input_length = input_dim, output_dim, mask_zero, input_length
        self.supports_masking = mask_zero
        self.settle(dict(embeddings_initializer=embeddings_initializer, embeddings_regularizer=embeddings_regularizer,
                         embeddings_constraint=embeddings_constraint))  # fmt: skip

    def build(self, input_shape: Any) -> None:
        self.embeddings = self.make("embeddings", [self.input_dim, self.output_dim])
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return not_equal(inputs, convert_to_tensor(0, inputs.dtype.base_dtype)) if self.mask_zero else None

    def call(self, inputs: Any) -> Any:
        ids = inputs if inputs.dtype.base_dtype.name in ("int32", "int64") else elementwise.cast(inputs, "int32")
        return neural.embedding_lookup(self.embeddings, ids)


# -- dropout -----------------------------------------------------------------------------------------------------
class Dropout(Layer):
    """Sets a share `rate` of the elements to 0 while training, and makes the others larger.

    >>> print(tf.keras.layers.Dropout(0.5)(tf.ones([3]), training=False).eval())
    [1. 1. 1.]
    """

    supports_masking = True

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def _noise(self, x: Tensor) -> Any:
        if self.noise_shape is None:
            return None
        sizes = arrays.shape(x)
        return arrays.stack([sizes[i] if n is None else n for i, n in enumerate(self.noise_shape)])

    def call(self, inputs: Any, training: Any = None) -> Any:
        x = convert_to_tensor(inputs)
        drop = lambda: neural.dropout(x, noise_shape=self._noise(x), seed=self.seed, rate=self.rate)  # noqa: E731
        return in_phase(training, drop, lambda: elementwise.identity(x))


class SpatialDropout1D(Dropout):
    """Dropout of whole channels: all steps of one at once.

    >>> tf.keras.layers.SpatialDropout1D(0.5)(tf.ones([2, 3, 4])).shape.as_list()
    [2, 3, 4]
    """

    def __init__(self, rate: float, data_format: str | None = None, **more: Any) -> None:
        super().__init__(rate, **more)
        self.first = data_format == "channels_first"

    def _noise(self, x: Tensor) -> Any:
        sizes = arrays.shape(x)
        rank = x.shape.ndims
        return arrays.stack([sizes[0], sizes[1], *[1] * (rank - 2)] if self.first else [sizes[0], *[1] * (rank - 2), sizes[rank - 1]])


class SpatialDropout2D(SpatialDropout1D):
    """Dropout of whole channels of images.

    >>> tf.keras.layers.SpatialDropout2D(0.5)(tf.ones([2, 3, 4, 5])).shape.as_list()
    [2, 3, 4, 5]
    """


class SpatialDropout3D(SpatialDropout1D):
    """Dropout of whole channels of volumes.

    >>> tf.keras.layers.SpatialDropout3D(0.5)(tf.ones([1, 2, 3, 4, 5])).shape.as_list()
    [1, 2, 3, 4, 5]
    """


class ActivityRegularization(Layer):
    """The input as it is; its size costs.

    >>> tf.keras.layers.ActivityRegularization(l2=0.1)(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **more: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1, l2), **more)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return elementwise.identity(inputs)


class Masking(Layer):
    """Marks the steps that are `mask_value` everywhere, so that later layers skip them.

    >>> tf.keras.layers.Masking(0.0)(tf.ones([2, 3, 4])).shape.as_list()
    [2, 3, 4]
    """

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **more: Any) -> None:
        super().__init__(**more)
        self.mask_value = mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return reduce.reduce_any(not_equal(inputs, convert_to_tensor(self.mask_value, inputs.dtype.base_dtype)), axis=-1)

    def call(self, inputs: Any) -> Any:
        there = reduce.reduce_any(not_equal(inputs, convert_to_tensor(self.mask_value, inputs.dtype.base_dtype)), axis=-1, keepdims=True)
        return inputs * elementwise.cast(there, inputs.dtype.base_dtype)


# -- shapes ------------------------------------------------------------------------------------------------------
class Flatten(Layer):
    """All axes but the first made one.

    >>> tf.keras.layers.Flatten()(tf.ones([2, 3, 4])).shape
    TensorShape([Dimension(2), Dimension(12)])
    """

    input_spec = InputSpec(min_ndim=1)

    def __init__(self, data_format: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        x = inputs
        rank = x.shape.ndims
        if self.data_format == "channels_first" and rank is not None and rank > 2:
            x = arrays.transpose(x, [0, *range(2, rank), 1])
        sizes = x.shape.as_list()
        rest = None if None in sizes[1:] else int(np.prod(sizes[1:]))
        y = arrays.reshape(x, [-1 if sizes[0] is None and rest is not None else arrays.shape(x)[0] if sizes[0] is None else sizes[0],
                               -1 if rest is None else rest])  # fmt: skip
        if not get_default_graph().eager:
            y.set_shape([sizes[0], rest])
        return y


class Reshape(Layer):
    """Another shape for each example; one size may be -1.

    >>> tf.keras.layers.Reshape((2, -1))(tf.ones([3, 8])).shape
    TensorShape([Dimension(3), Dimension(2), Dimension(4)])
    """

    def __init__(self, target_shape: Any, **more: Any) -> None:
        super().__init__(**more)
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any) -> Any:
        y = arrays.reshape(inputs, [arrays.shape(inputs)[0], *self.target_shape])
        sizes = inputs.shape.as_list()
        target = list(self.target_shape)
        if -1 in target and None not in sizes[1:]:
            target[target.index(-1)] = int(np.prod(sizes[1:])) // max(-int(np.prod(target)), 1)
        if not get_default_graph().eager:
            y.set_shape([sizes[0], *(None if n == -1 else n for n in target)])
        return y


class Permute(Layer):
    """The axes in another order, counted from 1.

    >>> tf.keras.layers.Permute((2, 1))(tf.ones([2, 3, 4])).shape.as_list()
    [2, 4, 3]
    """

    def __init__(self, dims: Any, **more: Any) -> None:
        super().__init__(**more)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(f"Invalid permutation `dims` for Permute Layer: {dims}. The set of indices in `dims` must be consecutive and start from 1.")

    def call(self, inputs: Any) -> Any:
        return arrays.transpose(inputs, [0, *self.dims])


class RepeatVector(Layer):
    """A vector n times: [batch, features] becomes [batch, n, features].

    >>> tf.keras.layers.RepeatVector(5)(tf.ones([2, 3])).shape.as_list()
    [2, 5, 3]
    """

    input_spec = InputSpec(ndim=2)

    def __init__(self, n: int, **more: Any) -> None:
        super().__init__(**more)
        self.n = n

    def call(self, inputs: Any) -> Any:
        from tfnb.ops.movement import tile

        return tile(arrays.expand_dims(inputs, 1), [1, self.n, 1])


class Lambda(Layer):
    """Any function as a layer.

    >>> print(tf.keras.layers.Lambda(lambda x: x * 2)(tf.constant([1.0, 2.0])).eval())
    [2. 4.]
    """

    def __init__(self, function: Any, output_shape: Any = None, mask: Any = None, arguments: Any = None, **more: Any) -> None:
        super().__init__(**more)
        self.function, self.arguments, self._mask_given = function, arguments or {}, mask
        if mask is not None:
            self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self._mask_given(inputs, mask) if callable(self._mask_given) else self._mask_given

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        named = dict(self.arguments)
        named |= {k: v for k, v in (("mask", mask), ("training", training)) if takes(self.function, k)}
        return self.function(inputs, **named)
