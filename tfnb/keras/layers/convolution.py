"""Keras's convolutions: of sequences, images and volumes, backwards, separable and by channel.

    Conv2D(32, 3, padding="same", activation="relu")        kernel [3, 3, channels, 32], bias [32]
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.shapes import TensorShape
from tfnb.keras import activations, regularizers
from tfnb.keras.base import InputSpec
from tfnb.keras.layers.core import Weighted
from tfnb.layer_base import pair
from tfnb.ops import arrays, conv_general, depthwise, neural
from tfnb.ops.conv import conv2d, conv2d_transpose

__all__ = [
    "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Convolution1D", "Convolution2D", "Convolution2DTranspose", "Convolution3D",
    "Convolution3DTranspose", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D",
]  # fmt: skip


class _Conv(Weighted):
    """A convolution over n space axes."""

    n = 2

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1,
                 activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
                 kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
                 bias_constraint: Any = None, **more: Any) -> None:  # fmt: skip
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **more)
        self.filters = int(filters) if filters is not None else None
        self.kernel_size, self.strides, self.dilation_rate = (pair(v, self.n) for v in (kernel_size, strides, dilation_rate))
        self.padding, self.data_format = padding.lower(), data_format or "channels_last"
        if self.padding not in ("valid", "same", "causal", "full"):
            raise ValueError(f'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only for `Conv1D). Received: {padding}')
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.settle(dict(kernel_initializer=kernel_initializer, bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
                         bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint, bias_constraint=bias_constraint))  # fmt: skip
        self.input_spec = InputSpec(ndim=self.n + 2)

    # -- layouts ---------------------------------------------------------------------------------------------
    @property
    def first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def layout(self) -> str:
        space = {1: "W", 2: "HW", 3: "DHW"}[self.n]
        return f"NC{space}" if self.first else f"N{space}C"

    def channels(self, shape: Any) -> int:
        """How many channels the inputs have. Raises ValueError where that is not known."""
        n = TensorShape(shape).as_list()[1 if self.first else -1]
        if n is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return int(n)

    def four(self, space: Any) -> list[int]:
        """A number for each axis, 1 for batch and channels."""
        return [1, 1, *space] if self.first else [1, *space, 1]

    # -- the layer -------------------------------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        self.kernel = self.make("kernel", [*self.kernel_size, self.channels(input_shape), self.filters])
        self.add_bias(self.filters)

    def add_bias(self, n: Any) -> None:
        self.bias = self.make("bias", [n]) if self.use_bias else None
        self.built = True

    def convolve(self, x: Tensor) -> Tensor:
        return conv_general.convolution(x, self.kernel, self.padding.upper(), self.strides, self.dilation_rate, data_format=self.layout)

    def call(self, inputs: Any) -> Any:
        y = self.convolve(inputs)
        if self.bias is not None:
            y = self.biased(y)
        return self.activation(y)

    def biased(self, y: Tensor) -> Tensor:
        """y + bias on its channels."""
        if not self.first:
            return neural.bias_add(y, self.bias)
        if self.n == 2:
            return neural.bias_add(y, self.bias, data_format="NCHW")
        return y + arrays.reshape(self.bias, [1, -1, *[1] * self.n])


class Conv1D(_Conv):
    """A convolution of sequences; padding 'causal' looks at the past alone.

    >>> tf.keras.layers.Conv1D(8, 3)(tf.ones([1, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(8)])
    """

    n = 1

    def convolve(self, x: Tensor) -> Tensor:
        padding = self.padding
        if padding == "causal":
            from tfnb.ops.movement import pad

            x, padding = pad(x, [[0, 0], [self.dilation_rate[0] * (self.kernel_size[0] - 1), 0], [0, 0]]), "valid"
        return conv_general.convolution(x, self.kernel, padding.upper(), self.strides, self.dilation_rate, data_format=self.layout)


class Conv2D(_Conv):
    """A convolution of images.

    >>> tf.keras.layers.Conv2D(8, 3)(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(3), Dimension(8)])
    """

    def convolve(self, x: Tensor) -> Tensor:
        return conv2d(x, self.kernel, self.four(self.strides), self.padding.upper(), data_format=self.layout, dilations=self.four(self.dilation_rate),
                      name="Conv2D")  # fmt: skip


class Conv3D(_Conv):
    """A convolution of volumes.

    >>> tf.keras.layers.Conv3D(4, 2)(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 3, 3, 3, 4]
    """

    n = 3


class Conv2DTranspose(_Conv):
    """A convolution of images backwards: they grow by the strides.

    >>> tf.keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same")(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(10), Dimension(10), Dimension(8)])
    """

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None, **more: Any) -> None:
        super().__init__(filters, kernel_size, strides, padding, **more)
        self.output_padding = None if output_padding is None else pair(output_padding, self.n)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.make("kernel", [*self.kernel_size, self.filters, self.channels(input_shape)])
        self.add_bias(self.filters)

    def _grown(self, size: Any, axis: int) -> Any:
        """The size of an axis of the result."""
        k, s = self.kernel_size[axis], self.strides[axis]
        if self.output_padding is not None:
            pad = {"valid": 0, "same": k // 2, "full": k - 1}[self.padding]
            return (size - 1) * s + k - 2 * pad + self.output_padding[axis]
        return size * s + (max(k - s, 0) if self.padding == "valid" else 0)

    def _asked(self, x: Tensor) -> tuple[list[Any], list[int | None]]:
        """The shape of the result, as tensors and as far as it is known."""
        sizes, known = arrays.shape(x), x.shape.as_list()
        begin = 2 if self.first else 1
        space = [self._grown(known[begin + i] if known[begin + i] is not None else sizes[begin + i], i) for i in range(self.n)]
        static = [v if isinstance(v, int) else None for v in space]
        batch = known[0] if known[0] is not None else sizes[0]
        order = (lambda b, v: [b, self.filters, *v]) if self.first else (lambda b, v: [b, *v, self.filters])
        return order(batch, space), order(known[0], static)

    def convolve(self, x: Tensor) -> Tensor:
        asked, known = self._asked(x)
        transpose = conv2d_transpose if self.n == 2 else conv_general.conv3d_transpose
        y = transpose(x, self.kernel, arrays.stack(asked) if None in known else asked, self.four(self.strides), self.padding.upper(), data_format=self.layout)
        if not get_default_graph().eager:
            y.set_shape(known)
        return y


class Conv3DTranspose(Conv2DTranspose):
    """A convolution of volumes backwards.

    >>> tf.keras.layers.Conv3DTranspose(4, 2)(tf.ones([1, 2, 2, 2, 3])).shape.as_list()
    [1, 3, 3, 3, 4]
    """

    n = 3


class DepthwiseConv2D(_Conv):
    """A convolution of each channel for itself.

    >>> tf.keras.layers.DepthwiseConv2D(2)(tf.ones([1, 4, 4, 3])).shape.as_list()
    [1, 3, 3, 3]
    """

    def __init__(self, kernel_size: Any, strides: Any = 1, padding: str = "valid", depth_multiplier: int = 1, data_format: str | None = None,
                 activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
                 depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None,
                 bias_constraint: Any = None, **more: Any) -> None:  # fmt: skip
        super().__init__(None, kernel_size, strides, padding, data_format, activation=activation, use_bias=use_bias, bias_initializer=bias_initializer,  # type: ignore[arg-type]
                         bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer, bias_constraint=bias_constraint, **more)  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.settle(dict(depthwise_initializer=depthwise_initializer, depthwise_regularizer=depthwise_regularizer, depthwise_constraint=depthwise_constraint))

    def build(self, input_shape: Any) -> None:
        c = self.channels(input_shape)
        self.depthwise_kernel = self.make("depthwise_kernel", [*self.kernel_size, c, self.depth_multiplier])
        self.add_bias(c * self.depth_multiplier)

    def convolve(self, x: Tensor) -> Tensor:
        return depthwise.depthwise_conv2d(x, self.depthwise_kernel, self.four(self.strides), self.padding.upper(), self.dilation_rate,
                                          data_format=self.layout)  # fmt: skip


class SeparableConv2D(_Conv):
    """A convolution of each channel for itself, then a mixture of the channels.

    >>> tf.keras.layers.SeparableConv2D(8, 3)(tf.ones([1, 5, 5, 2])).shape
    TensorShape([Dimension(1), Dimension(3), Dimension(3), Dimension(8)])
    """

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1,
                 depth_multiplier: int = 1, activation: Any = None, use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform",
                 pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", depthwise_regularizer: Any = None,
                 pointwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None, depthwise_constraint: Any = None,
                 pointwise_constraint: Any = None, bias_constraint: Any = None, **more: Any) -> None:  # fmt: skip
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer=bias_initializer,
                         bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer, bias_constraint=bias_constraint, **more)  # fmt: skip
        self.depth_multiplier = depth_multiplier
        self.settle(dict(depthwise_initializer=depthwise_initializer, pointwise_initializer=pointwise_initializer,
                         depthwise_regularizer=depthwise_regularizer, pointwise_regularizer=pointwise_regularizer,
                         depthwise_constraint=depthwise_constraint, pointwise_constraint=pointwise_constraint))  # fmt: skip

    def build(self, input_shape: Any) -> None:
        c = self.channels(input_shape)
        self.depthwise_kernel = self.make("depthwise_kernel", [*self.kernel_size, c, self.depth_multiplier])
        self.pointwise_kernel = self.make("pointwise_kernel", [*[1] * self.n, c * self.depth_multiplier, self.filters])
        self.add_bias(self.filters)

    def convolve(self, x: Tensor) -> Tensor:
        if self.n == 2:
            return depthwise.separable_conv2d(x, self.depthwise_kernel, self.pointwise_kernel, self.four(self.strides), self.padding.upper(),
                                              self.dilation_rate, data_format=self.layout)  # fmt: skip
        axis = 2 if self.first else 1
        wide = [arrays.expand_dims(t, a) for t, a in ((x, axis), (self.depthwise_kernel, 0), (self.pointwise_kernel, 0))]
        layout = "NCHW" if self.first else "NHWC"
        y = depthwise.separable_conv2d(*wide, self.four(self.strides * 2), self.padding.upper(), (1, *self.dilation_rate), data_format=layout)
        return arrays.squeeze(y, [axis])


class SeparableConv1D(SeparableConv2D):
    """The same for sequences.

    >>> tf.keras.layers.SeparableConv1D(4, 2)(tf.ones([1, 5, 3])).shape.as_list()
    [1, 4, 4]
    """

    n = 1


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution2DTranspose, Convolution3DTranspose = Conv2DTranspose, Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
