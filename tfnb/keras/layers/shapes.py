"""Keras's activations with numbers of their own, noise, and layers that pad, cut or enlarge."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.shapes import TensorShape
from tfnb.keras import activations
from tfnb.keras.base import InputSpec, Layer
from tfnb.keras.layers.core import Weighted, in_phase
from tfnb.layer_base import pair
from tfnb.ops import activations as functions
from tfnb.ops import arrays, elementwise, movement, random
from tfnb.ops.compare import greater_equal

__all__ = [
    "AlphaDropout", "Cropping1D", "Cropping2D", "Cropping3D", "ELU", "GaussianDropout", "GaussianNoise", "LeakyReLU", "PReLU", "ReLU", "Softmax",
    "ThresholdedReLU", "UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
]  # fmt: skip


# -- activations -------------------------------------------------------------------------------------------------
class LeakyReLU(Layer):
    """x above zero, alpha x below.

    >>> print(tf.keras.layers.LeakyReLU()(tf.constant([-1.0, 1.0])).eval())
    [-0.3  1. ]
    """

    supports_masking = True

    def __init__(self, alpha: float = 0.3, **more: Any) -> None:
        super().__init__(**more)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        return functions.leaky_relu(inputs, alpha=self.alpha)


class PReLU(Weighted):
    """x above zero, alpha x below, alpha learnt.

    >>> tf.keras.layers.PReLU()(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None, shared_axes: Any = None,
                 **more: Any) -> None:  # fmt: skip
        super().__init__(**more)
        self.settle(dict(alpha_initializer=alpha_initializer, alpha_regularizer=alpha_regularizer, alpha_constraint=alpha_constraint))
        self.shared_axes = None if shared_axes is None else [shared_axes] if isinstance(shared_axes, int) else list(shared_axes)

    def build(self, input_shape: Any) -> None:
        sizes = list(TensorShape(input_shape).as_list()[1:])
        for axis in self.shared_axes or []:
            sizes[axis - 1] = 1
        self.alpha = self.make("alpha", sizes)
        self.built = True

    def call(self, inputs: Any) -> Any:
        return functions.relu(inputs) - self.alpha * functions.relu(-inputs)


class ELU(Layer):
    """x above zero, alpha (exp(x) - 1) below.

    >>> print(tf.keras.layers.ELU()(tf.constant([[-1.0, 2.0]])).eval())
    [[-0.6321  2.    ]]
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **more: Any) -> None:
        super().__init__(**more)
        self.alpha = float(alpha)

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


class ThresholdedReLU(Layer):
    """x above theta, else zero.

    >>> print(tf.keras.layers.ThresholdedReLU()(tf.constant([[-1.0, 2.0]])).eval())
    [[-0.  2.]]
    """

    supports_masking = True

    def __init__(self, theta: float = 1.0, **more: Any) -> None:
        super().__init__(**more)
        self.theta = float(theta)

    def call(self, inputs: Any) -> Any:
        return inputs * elementwise.cast(inputs > self.theta, inputs.dtype.base_dtype)


class Softmax(Layer):
    """exp(x) / sum(exp(x)).

    >>> print(tf.keras.layers.Softmax()(tf.constant([[-1.0, 2.0]])).eval())
    [[0.0474 0.9526]]
    """

    supports_masking = True

    def __init__(self, axis: int = -1, **more: Any) -> None:
        super().__init__(**more)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        return activations.softmax(inputs, axis=self.axis)


class ReLU(Layer):
    """max(x, 0), with a slope below and a bound above where asked for.

    >>> print(tf.keras.layers.ReLU()(tf.constant([[-1.0, 2.0]])).eval())
    [[0. 2.]]
    """

    supports_masking = True

    def __init__(self, max_value: float | None = None, negative_slope: float = 0, threshold: float = 0, **more: Any) -> None:
        super().__init__(**more)
        if max_value is not None and max_value < 0.0 or negative_slope < 0.0:
            raise ValueError("max_value and negative_slope of Relu layer cannot be negative value")
        self.max_value, self.negative_slope, self.threshold = max_value, float(negative_slope), float(threshold)

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold)


# -- noise -------------------------------------------------------------------------------------------------------
class GaussianNoise(Layer):
    """Adds normal noise while training.

    >>> tf.keras.layers.GaussianNoise(0.1)(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, stddev: float, **more: Any) -> None:
        super().__init__(**more)
        self.stddev = stddev

    def call(self, inputs: Any, training: Any = None) -> Any:
        noise = lambda: inputs + random.random_normal(arrays.shape(inputs), 0.0, self.stddev, inputs.dtype.base_dtype)  # noqa: E731
        return in_phase(training, noise, lambda: elementwise.identity(inputs))


class GaussianDropout(Layer):
    """Multiplies by normal noise around 1 while training.

    >>> tf.keras.layers.GaussianDropout(0.5)(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, rate: float, **more: Any) -> None:
        super().__init__(**more)
        self.rate = rate

    def call(self, inputs: Any, training: Any = None) -> Any:
        spread = float(np.sqrt(self.rate / (1.0 - self.rate)))
        noise = lambda: inputs * random.random_normal(arrays.shape(inputs), 1.0, spread, inputs.dtype.base_dtype)  # noqa: E731
        return in_phase(training, noise, lambda: elementwise.identity(inputs)) if 0 < self.rate < 1 else inputs


class AlphaDropout(Layer):
    """Dropout that keeps mean and variance of what selu gives. Klambauer et al. (2017).

    >>> tf.keras.layers.AlphaDropout(0.5)(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs: Any, training: Any = None) -> Any:
        low = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946

        def drop() -> Any:
            shape = arrays.shape(inputs) if self.noise_shape is None else self.noise_shape
            keep = elementwise.cast(greater_equal(random.random_uniform(shape, seed=self.seed), self.rate), inputs.dtype.base_dtype)
            a = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
            return a * (inputs * keep + low * (1 - keep)) - a * low * self.rate

        return in_phase(training, drop, lambda: elementwise.identity(inputs)) if 0 < self.rate < 1 else inputs


# -- padding, cutting, enlarging: n is the number of space axes --------------------------------------------------
def _sides(value: Any, n: int) -> list[tuple[int, int]]:
    """(before, after) of each space axis, from a number, a number an axis, or a pair an axis."""
    if isinstance(value, int):
        return [(value, value)] * n
    if n == 1:
        return [tuple(value)]  # type: ignore[list-item]
    if len(value) != n:
        raise ValueError(f"`padding` should have {n} elements. Found: {value}")
    return [(v, v) if isinstance(v, int) else tuple(v) for v in value]  # type: ignore[misc]


class _Space(Layer):
    """A layer over the space axes of images."""

    n = 2

    def __init__(self, data_format: str | None, **more: Any) -> None:
        super().__init__(**more)
        self.data_format = data_format or "channels_last"
        self.input_spec = InputSpec(ndim=self.n + 2)

    @property
    def first(self) -> int:
        """The first space axis."""
        return 2 if self.data_format == "channels_first" else 1


class ZeroPadding2D(_Space):
    """Zeros around images.

    >>> tf.keras.layers.ZeroPadding2D(1)(tf.ones([1, 2, 2, 3])).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(4), Dimension(3)])
    """

    def __init__(self, padding: Any = 1, data_format: str | None = None, **more: Any) -> None:
        super().__init__(data_format, **more)
        self.padding = tuple(_sides(padding, self.n))

    def call(self, inputs: Any) -> Any:
        sides = [(0, 0)] * self.first + list(self.padding)
        return movement.pad(inputs, [*sides, *[(0, 0)] * (self.n + 2 - len(sides))])


class ZeroPadding1D(ZeroPadding2D):
    """Zeros before and after sequences.

    >>> tf.keras.layers.ZeroPadding1D(1)(tf.ones([1, 4, 2])).shape.as_list()
    [1, 6, 2]
    """

    n = 1


class ZeroPadding3D(ZeroPadding2D):
    """Zeros around volumes.

    >>> tf.keras.layers.ZeroPadding3D(1)(tf.ones([1, 2, 2, 2, 3])).shape.as_list()
    [1, 4, 4, 4, 3]
    """

    n = 3


class Cropping2D(_Space):
    """Images without their borders.

    >>> tf.keras.layers.Cropping2D(1)(tf.ones([1, 4, 4, 2])).shape.as_list()
    [1, 2, 2, 2]
    """

    def __init__(self, cropping: Any = 0, data_format: str | None = None, **more: Any) -> None:
        super().__init__(data_format, **more)
        self.cropping = tuple(_sides(cropping, self.n))

    def call(self, inputs: Any) -> Any:
        space = tuple(slice(a, -b if b else None) for a, b in self.cropping)
        return inputs[(slice(None),) * self.first + space]


class Cropping1D(Cropping2D):
    """Sequences without their ends.

    >>> tf.keras.layers.Cropping1D(1)(tf.ones([1, 4, 2])).shape.as_list()
    [1, 2, 2]
    """

    n = 1

    def __init__(self, cropping: Any = (1, 1), **more: Any) -> None:
        super().__init__(cropping, None, **more)


class Cropping3D(Cropping2D):
    """Volumes without their borders.

    >>> tf.keras.layers.Cropping3D(1)(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 2, 2, 2, 2]
    """

    n = 3


def _repeated(x: Any, times: int, axis: int) -> Any:
    """Each slice along an axis several times."""
    n = x.shape.as_list()[axis]
    index = np.repeat(np.arange(n), times) if n is not None else None
    from tfnb.ops.indexing import gather

    if index is not None:
        return gather(x, index.astype(np.int32), axis=axis)
    return gather(x, movement.range(arrays.shape(x)[axis] * times) // times, axis=axis)


class UpSampling2D(_Space):
    """Images enlarged by whole numbers, each pixel repeated (or bilinear).

    >>> tf.keras.layers.UpSampling2D(2)(tf.ones([1, 4, 4, 2])).shape.as_list()
    [1, 8, 8, 2]
    """

    def __init__(self, size: Any = 2, data_format: str | None = None, interpolation: str = "nearest", **more: Any) -> None:
        super().__init__(data_format, **more)
        self.size, self.interpolation = pair(size, self.n), interpolation

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "bilinear" and self.n == 2:
            from tfnb.ops.resizing import resize_bilinear_op

            x = inputs if self.first == 1 else arrays.transpose(inputs, [0, 2, 3, 1])
            sizes = [s if s is not None else arrays.shape(x)[i + 1] for i, s in enumerate(x.shape.as_list()[1:3])]
            y = resize_bilinear_op(x, arrays.stack([n * k for n, k in zip(sizes, self.size, strict=True)]), half_pixel_centers=True)
            return y if self.first == 1 else arrays.transpose(y, [0, 3, 1, 2])
        for i, k in enumerate(self.size):
            inputs = _repeated(inputs, k, self.first + i)
        return inputs


class UpSampling1D(UpSampling2D):
    """Each step several times.

    >>> tf.keras.layers.UpSampling1D(2)(tf.ones([1, 4, 2])).shape.as_list()
    [1, 8, 2]
    """

    n = 1

    def __init__(self, size: int = 2, **more: Any) -> None:
        super().__init__(size, None, **more)


class UpSampling3D(UpSampling2D):
    """Volumes enlarged by whole numbers.

    >>> tf.keras.layers.UpSampling3D(2)(tf.ones([1, 2, 2, 2, 3])).shape.as_list()
    [1, 4, 4, 4, 3]
    """

    n = 3


