"""Layers that slide a window of weights over sequences, images and volumes, and their gradients used forwards.

    y = conv2d(x, filters=32, kernel_size=5, padding="same", activation=nn.relu)
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.initializers import Zeros
from tfnb.layer_base import Layer, keyword_layer, padding_of, pair
from tfnb.ops import arrays, neural
from tfnb.ops.conv import conv2d as conv2d_images
from tfnb.ops.conv import conv2d_transpose as conv2d_back
from tfnb.ops.conv import conv3d as conv3d_volumes
from tfnb.ops.conv_general import conv3d_transpose as conv3d_back
from tfnb.ops.sources import constant

ZEROS = Zeros()


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
        self.ndim = self.rank + 2
        self.size = pair(kernel_size, self.rank, "kernel_size")
        self.strides, self.dilations = pair(strides, self.rank, "strides"), pair(dilation_rate, self.rank, "dilation_rate")
        self.padding, self.first = padding_of(padding), data_format == "channels_first"
        self.layout = "NCHW" if self.first else "NHWC"
        self.kernel_given = (kernel_initializer, kernel_regularizer, kernel_constraint)
        self.bias_given = (bias_initializer, bias_regularizer, bias_constraint)
        self.activity_regularizer = activity_regularizer

    def channels(self, shape: TensorShape) -> int:
        c = shape.as_list()[1 if self.first else -1]
        if c is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self._axes = {1 if self.first else -1: c}
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
            "pointwise_kernel", [*(1,) * self.rank, c * self.multiplier, self.filters], self.initializers[1]
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

    def asked(self, x: Tensor) -> Tensor:
        """The shape of the result."""
        shape = arrays.shape(x)
        space = []
        for i, (k, s) in enumerate(zip(self.size, self.strides, strict=True)):
            n = shape[i + 1] * s
            space.append(n + max(k - s, 0) if self.padding == "VALID" else n)
        return arrays.stack([shape[0], *space, self.filters])

    def convolve(self, x: Tensor) -> Tensor:
        return conv2d_back(x, self.kernel, self.asked(x), (1, *self.strides, 1), self.padding)


class SeparableConv1D(SeparableConv2D):
    """The same of sequences.

    >>> tf.layers.SeparableConv1D(8, 3)(tf.ones([1, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(8)])
    """

    base, rank = "separable_conv1d", 1

    def call(self, x: Tensor) -> Tensor:
        from tfnb.ops.depthwise import separable_conv2d

        image, depthwise, pointwise = arrays.expand_dims(x, 1), arrays.expand_dims(self.depthwise, 0), arrays.expand_dims(self.pointwise, 0)
        y = separable_conv2d(image, depthwise, pointwise, (1, *self.strides * 2, 1), self.padding, rate=(1, *self.dilations))
        y = neural.bias_add(y, self.bias) if self.bias is not None else y
        y = arrays.squeeze(y, [1])
        return y if self.activation is None else self.activation(y)  # type: ignore[no-any-return]


class Conv3D(Conv2D):
    """A convolution of volumes (batch, depth, height, width, channels), with bias and activation.

    >>> tf.layers.Conv3D(8, 3)(tf.ones([1, 5, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(3), Dimension(3), Dimension(8)])
    """

    base, rank = "conv3d", 3

    def convolve(self, x: Tensor) -> Tensor:
        over = (1, 1) if self.first else (1,)
        layout = "NCDHW" if self.first else "NDHWC"
        strides, dilations = ((*over, *v, *(1,) * (2 - len(over))) for v in (self.strides, self.dilations))
        return conv3d_volumes(x, self.kernel, strides, self.padding, data_format=layout, dilations=dilations, name="Conv3D")


class Conv3DTranspose(Conv2DTranspose):
    """The gradient of Conv3D used forwards: volumes become larger by the strides.

    >>> tf.layers.Conv3DTranspose(8, 2, strides=2)(tf.ones([1, 2, 2, 2, 3])).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(4), Dimension(4), Dimension(8)])
    """

    base, rank = "conv3d_transpose", 3

    def convolve(self, x: Tensor) -> Tensor:
        return conv3d_back(x, self.kernel, self.asked(x), (1, *self.strides, 1), self.padding)


conv1d, conv2d, conv3d = keyword_layer(Conv1D, 3), keyword_layer(Conv2D, 3), keyword_layer(Conv3D, 3)
conv2d_transpose, conv3d_transpose = keyword_layer(Conv2DTranspose, 3), keyword_layer(Conv3DTranspose, 3)
separable_conv1d, separable_conv2d = keyword_layer(SeparableConv1D, 3), keyword_layer(SeparableConv2D, 3)
