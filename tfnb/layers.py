"""tf.layers: layers with variables of their own, as functions and as objects to be used again.

y = layers.dense(x, 10, activation=nn.relu)         makes dense/kernel and dense/bias
layer = layers.Dense(10); y, z = layer(x), layer(w)  one pair of variables, used twice
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.initializers import Zeros
from tfnb.layer_base import Layer, keyword_layer, pair
from tfnb.layers_norm import BatchNormalization, batch_normalization
from tfnb.ops import arrays, elementwise, linear, neural, products
from tfnb.ops.conv import conv2d as conv2d_images
from tfnb.ops.conv import conv2d_transpose as conv2d_back
from tfnb.ops.pool import avg_pool, max_pool
from tfnb.ops.sources import constant

__all__ = [
    "AveragePooling2D", "BatchNormalization", "Conv1D", "Conv2D", "Conv2DTranspose", "Dense", "Dropout",
    "Flatten", "InputSpec", "Layer", "MaxPooling2D", "SeparableConv2D", "average_pooling2d",
    "batch_normalization", "conv1d", "conv2d", "conv2d_transpose", "dense", "dropout", "flatten",
    "max_pooling2d", "separable_conv2d",
]  # fmt: skip

InputSpec = dict
ZEROS = Zeros()


class Dense(Layer):
    """activation(x @ kernel + bias).

    >>> y = tf.layers.Dense(4)(tf.ones([2, 3]))
    >>> y.shape
    TensorShape([Dimension(2), Dimension(4)])
    """

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


class Conv2D(Layer):
    """A convolution of images, with bias and activation.

    >>> tf.layers.Conv2D(8, 3)(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(3), Dimension(8)])
    """

    base, rank = "conv2d", 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
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
        super().__init__(self.base, trainable, name, **more)
        self.filters, self.activation, self.use_bias = int(filters), activation, use_bias
        self.size, self.strides, self.dilations = (
            pair(v, self.rank) for v in (kernel_size, strides, dilation_rate)
        )
        self.padding, self.first = padding.upper(), data_format == "channels_first"
        self.layout = "NCHW" if self.first else "NHWC"
        self.kernel_given = (kernel_initializer, kernel_regularizer, kernel_constraint)
        self.bias_given = (bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = activity_regularizer

    def channels(self, shape: TensorShape) -> int:
        c = shape.as_list()[1 if self.first else -1]
        if c is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return c

    def build(self, shape: TensorShape) -> None:
        self.kernel = self.variable(
            "kernel", [*self.size, self.channels(shape), self.filters], *self.kernel_given
        )
        self.add_bias()
        constant(list(self.dilations), name="dilation_rate")

    def add_bias(self) -> None:
        self.bias = self.variable("bias", [self.filters], *self.bias_given) if self.use_bias else None

    def convolve(self, x: Tensor) -> Tensor:
        return conv2d_images(
            x,
            self.kernel,
            self.strides,
            self.padding,
            data_format=self.layout,
            dilations=self.dilations,
            name="Conv2D",
        )

    def call(self, x: Tensor) -> Tensor:
        y = self.convolve(x)
        y = neural.bias_add(y, self.bias, data_format=self.layout) if self.bias is not None else y
        return y if self.activation is None else self.activation(y)  # type: ignore[no-any-return]


class Conv1D(Conv2D):
    """A convolution of sequences: images of height one.

    >>> tf.layers.Conv1D(8, 3)(tf.ones([1, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(8)])
    """

    base, rank = "conv1d", 1

    def convolve(self, x: Tensor) -> Tensor:
        with name_scope("conv1d") as scope:
            image = arrays.expand_dims(x, 1)
            kernel = arrays.expand_dims(self.kernel, 0)
            y = conv2d_images(
                image, kernel, (1, *self.strides), self.padding, dilations=(1, *self.dilations), name=scope
            )
            return arrays.squeeze(y, [1])


class SeparableConv2D(Conv2D):
    """A convolution of each channel for itself, then a mixture of the channels.

    >>> tf.layers.SeparableConv2D(8, 3)(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(3), Dimension(8)])
    """

    base = "separable_conv2d"

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        *args: Any,
        depth_multiplier: int = 1,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        **more: Any,
    ) -> None:
        super().__init__(filters, kernel_size, *args, **more)
        self.multiplier, self.initializers = depth_multiplier, (depthwise_initializer, pointwise_initializer)

    def build(self, shape: TensorShape) -> None:
        c = self.channels(shape)
        self.depthwise = self.variable(
            "depthwise_kernel", [*self.size, c, self.multiplier], self.initializers[0]
        )
        self.pointwise = self.variable(
            "pointwise_kernel", [1, 1, c * self.multiplier, self.filters], self.initializers[1]
        )
        self.add_bias()

    def convolve(self, x: Tensor) -> Tensor:
        from tfnb.ops.depthwise import separable_conv2d

        return separable_conv2d(x, self.depthwise, self.pointwise, (1, *self.strides, 1), self.padding)


class Conv2DTranspose(Conv2D):
    """The convolution's gradient used forwards: images become larger by the strides.

    >>> tf.layers.Conv2DTranspose(8, 3, strides=2, padding="same")(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(10), Dimension(10), Dimension(8)])
    """

    base = "conv2d_transpose"

    def build(self, shape: TensorShape) -> None:
        self.kernel = self.variable(
            "kernel", [*self.size, self.filters, self.channels(shape)], *self.kernel_given
        )
        self.add_bias()

    def convolve(self, x: Tensor) -> Tensor:
        shape = arrays.shape(x)
        space = []
        for i, (k, s) in enumerate(zip(self.size, self.strides, strict=True)):
            n = shape[i + 1] * s
            space.append(n + max(k - s, 0) if self.padding == "VALID" else n)
        asked = arrays.stack([shape[0], *space, self.filters])
        return conv2d_back(x, self.kernel, asked, (1, *self.strides, 1), self.padding)


class MaxPooling2D(Layer):
    """The largest number of each window.

    >>> tf.layers.MaxPooling2D(2, 2)(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, pool = "max_pooling2d", staticmethod(max_pool)

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(self.base, True, name, **more)
        self.size, self.strides, self.padding = pair(pool_size), pair(strides), padding.upper()
        self.layout = "NCHW" if data_format == "channels_first" else "NHWC"

    def call(self, x: Tensor) -> Tensor:
        return self.pool(x, self.size, self.strides, self.padding, data_format=self.layout)  # type: ignore[no-any-return]


class AveragePooling2D(MaxPooling2D):
    """The mean of each window.

    >>> tf.layers.AveragePooling2D(2, 2)(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, pool = "average_pooling2d", staticmethod(avg_pool)


class Flatten(Layer):
    """All axes but the first made one.

    >>> tf.layers.Flatten()(tf.ones([2, 3, 4])).shape
    TensorShape([Dimension(2), Dimension(12)])
    """

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


dense, conv2d, conv1d = keyword_layer(Dense, 2), keyword_layer(Conv2D, 3), keyword_layer(Conv1D, 3)
separable_conv2d, conv2d_transpose = keyword_layer(SeparableConv2D, 3), keyword_layer(Conv2DTranspose, 3)
max_pooling2d, average_pooling2d = keyword_layer(MaxPooling2D, 3), keyword_layer(AveragePooling2D, 3)
flatten, dropout = keyword_layer(Flatten, 1), keyword_layer(Dropout, 1)
