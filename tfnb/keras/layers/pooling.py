"""Keras's pooling: the largest or the mean of each window, or of everything."""

from __future__ import annotations

from typing import Any

from tfnb.keras.base import InputSpec, Layer
from tfnb.layer_base import pair
from tfnb.ops import arrays, conv_general, pool, reduce
from tfnb.ops.elementwise import cast

__all__ = [
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D",
    "GlobalMaxPool2D", "GlobalMaxPool3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "MaxPool1D", "MaxPool2D", "MaxPool3D",
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
]  # fmt: skip


class MaxPooling2D(Layer):
    """The largest of each window; windows follow one another unless `strides` says otherwise.

    >>> tf.keras.layers.MaxPooling2D()(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    n = 2
    kind = "MAX"

    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", data_format: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.pool_size = pair(pool_size, self.n)
        self.strides = self.pool_size if strides is None else pair(strides, self.n)
        self.padding, self.data_format = padding.lower(), data_format or "channels_last"
        self.input_spec = InputSpec(ndim=self.n + 2)

    def call(self, inputs: Any) -> Any:
        first = self.data_format == "channels_first"
        space = {1: "W", 2: "HW", 3: "DHW"}[self.n]
        layout = f"NC{space}" if first else f"N{space}C"
        if self.n == 2:
            sizes = [[1, 1, *v] if first else [1, *v, 1] for v in (self.pool_size, self.strides)]
            one = pool.max_pool if self.kind == "MAX" else pool.avg_pool
            return one(inputs, *sizes, self.padding.upper(), data_format=layout)
        return conv_general.pool(inputs, self.pool_size, self.kind, self.padding.upper(), strides=self.strides, data_format=layout)


class MaxPooling1D(MaxPooling2D):
    """The largest of each window of a sequence.

    >>> tf.keras.layers.MaxPool1D(2)(tf.ones([1, 4, 2])).shape.as_list()
    [1, 2, 2]
    """

    n = 1


class MaxPooling3D(MaxPooling2D):
    """The largest of each window of a volume.

    >>> tf.keras.layers.MaxPool3D(2)(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 2, 2, 2, 2]
    """

    n = 3


class AveragePooling2D(MaxPooling2D):
    """The mean of each window.

    >>> tf.keras.layers.AveragePooling2D()(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    kind = "AVG"


class AveragePooling1D(AveragePooling2D):
    """The mean of each window of a sequence.

    >>> tf.keras.layers.AveragePooling1D(2)(tf.ones([1, 4, 2])).shape.as_list()
    [1, 2, 2]
    """

    n = 1


class AveragePooling3D(AveragePooling2D):
    """The mean of each window of a volume.

    >>> tf.keras.layers.AveragePooling3D(2)(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 2, 2, 2, 2]
    """

    n = 3


class GlobalAveragePooling2D(Layer):
    """The mean of each channel.

    >>> tf.keras.layers.GlobalAveragePooling2D()(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2)])
    """

    n = 2
    over = staticmethod(reduce.reduce_mean)

    def __init__(self, data_format: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.data_format, self.input_spec = data_format or "channels_last", InputSpec(ndim=self.n + 2)

    def call(self, inputs: Any) -> Any:
        begin = 2 if self.data_format == "channels_first" else 1
        return self.over(inputs, axis=list(range(begin, begin + self.n)))


class GlobalAveragePooling1D(GlobalAveragePooling2D):
    """The mean over the steps; masked ones are left out.

    >>> tf.keras.layers.GlobalAveragePooling1D()(tf.ones([1, 4, 2])).shape.as_list()
    [1, 2]
    """

    n = 1
    supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        axis = 2 if self.data_format == "channels_first" else 1
        there = arrays.expand_dims(cast(mask, inputs.dtype.base_dtype), 2 if axis == 1 else 1)
        return reduce.reduce_sum(inputs * there, axis=axis) / reduce.reduce_sum(there, axis=axis)


class GlobalAveragePooling3D(GlobalAveragePooling2D):
    """The mean of each channel of volumes.

    >>> tf.keras.layers.GlobalAveragePooling3D()(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 2]
    """

    n = 3


class GlobalMaxPooling2D(GlobalAveragePooling2D):
    """The largest of each channel.

    >>> tf.keras.layers.GlobalMaxPool2D()(tf.ones([1, 4, 4, 2])).shape.as_list()
    [1, 2]
    """

    over = staticmethod(reduce.reduce_max)


class GlobalMaxPooling1D(GlobalMaxPooling2D):
    """The largest over the steps.

    >>> tf.keras.layers.GlobalMaxPool1D()(tf.ones([1, 4, 2])).shape.as_list()
    [1, 2]
    """

    n = 1


class GlobalMaxPooling3D(GlobalMaxPooling2D):
    """The largest of each channel of volumes.

    >>> tf.keras.layers.GlobalMaxPool3D()(tf.ones([1, 4, 4, 4, 2])).shape.as_list()
    [1, 2]
    """

    n = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
