"""tf.layers: layers with variables of their own, as functions and as objects to be used again.

y = layers.dense(x, 10, activation=nn.relu)         makes dense/kernel and dense/bias
layer = layers.Dense(10); y, z = layer(x), layer(w)  one pair of variables, used twice
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape
from tfnb.initializers import Zeros
from tfnb.layer_base import Layer, keyword_layer
from tfnb.layers_conv import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    SeparableConv1D,
    SeparableConv2D,
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    separable_conv1d,
    separable_conv2d,
)
from tfnb.layers_norm import BatchNormalization, batch_normalization
from tfnb.layers_pool import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    average_pooling1d,
    average_pooling2d,
    average_pooling3d,
    max_pooling1d,
    max_pooling2d,
    max_pooling3d,
)
from tfnb.ops import arrays, elementwise, linear, neural, products

__all__ = [
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "BatchNormalization", "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D",
    "Conv3DTranspose", "Dense", "Dropout", "Flatten", "InputSpec", "Layer", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
    "SeparableConv1D", "SeparableConv2D", "average_pooling1d", "average_pooling2d", "average_pooling3d", "batch_normalization", "conv1d",
    "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose", "dense", "dropout", "flatten", "max_pooling1d", "max_pooling2d",
    "max_pooling3d", "separable_conv1d", "separable_conv2d",
]  # fmt: skip

InputSpec = dict
ZEROS = Zeros()


class Dense(Layer):
    """activation(x @ kernel + bias).

    >>> y = tf.layers.Dense(4)(tf.ones([2, 3]))
    >>> y.shape
    TensorShape([Dimension(2), Dimension(4)])
    """

    min_ndim = 2

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__("dense", trainable, name, **more)
        self.units, self.activation, self.use_bias = int(units), activation, use_bias
        self.weights_given = (
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
        )
        self.activity_regularizer = activity_regularizer

    def build(self, shape: TensorShape) -> None:
        if shape.ndims is None or shape.as_list()[-1] is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        if self._dtype is None or not (self._dtype.is_floating or self._dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {self._dtype}")
        self._axes = {-1: shape.as_list()[-1]}
        k, b = self.weights_given[:3], self.weights_given[3:]
        self.kernel = self.variable("kernel", [shape.as_list()[-1], self.units], *k)
        self.bias = self.variable("bias", [self.units], *b) if self.use_bias else None

    def call(self, x: Tensor) -> Tensor:
        y = (
            products.tensordot(x, self.kernel, [[x.shape.ndims - 1], [0]])
            if x.shape.ndims > 2
            else linear.matmul(x, self.kernel)
        )
        if x.shape.ndims > 2:
            y.set_shape([*x.shape.as_list()[:-1], self.units])
        y = neural.bias_add(y, self.bias) if self.bias is not None else y
        return y if self.activation is None else self.activation(y)  # type: ignore[no-any-return]


class Flatten(Layer):
    """All axes but the first made one.

    >>> tf.layers.Flatten()(tf.ones([2, 3, 4])).shape
    TensorShape([Dimension(2), Dimension(12)])
    """

    min_ndim = 1

    def __init__(self, data_format: str = "channels_last", name: str | None = None, **more: Any) -> None:
        super().__init__("flatten", True, name, **more)

    def call(self, x: Tensor) -> Tensor:
        sizes = x.shape.as_list()
        rest = 1
        for n in sizes[1:]:
            rest = -1 if n is None or rest == -1 else rest * n
        first: Any = sizes[0]
        if first is None:
            first = arrays.shape(x)[0] if rest != -1 else arrays.shape(x)[0]
        y = arrays.reshape(x, [first, rest])
        y.set_shape([sizes[0], None if rest == -1 else rest])
        return y


class Dropout(Layer):
    """Sets a share `rate` of the elements to 0 while training.

    >>> print(tf.layers.Dropout(0.5)(tf.ones([3]), training=False).eval())
    [1. 1. 1.]
    """

    def __init__(
        self,
        rate: float = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__("dropout", True, name, **more)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, x: Tensor, training: Any = False) -> Tensor:
        def drop() -> Tensor:
            return neural.dropout(x, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)

        if isinstance(training, Tensor):
            from tfnb.ops.control import cond

            return cond(training, drop, lambda: elementwise.identity(x))  # type: ignore[no-any-return]
        return drop() if training else elementwise.identity(x)


dense = keyword_layer(Dense, 2)
flatten, dropout = keyword_layer(Flatten, 1), keyword_layer(Dropout, 1)
