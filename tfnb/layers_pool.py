"""Layers that keep one number of each window: the largest or the mean, along sequences, images and volumes.

    y = max_pooling2d(x, pool_size=2, strides=2)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Tensor
from tfnb.layer_base import Layer, keyword_layer, padding_of, pair
from tfnb.ops import arrays
from tfnb.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d


class Pooling(Layer):
    """What all have in common: `base` is the default name, `rank` the number of axes of space, `pool` the computation."""

    base: str
    rank: int
    pool: Callable[..., Tensor]

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
        self.ndim = self.rank + 2
        self.size, self.strides = pair(pool_size, self.rank, "pool_size"), pair(strides, self.rank, "strides")
        self.padding = padding_of(padding)
        self.first = data_format == "channels_first"

    def call(self, x: Tensor) -> Tensor:
        layouts = {2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
        over = ((1, 1), ()) if self.first else ((1,), (1,))
        size, strides = ((*over[0], *v, *over[1]) for v in (self.size, self.strides))
        return self.pool(x, size, strides, self.padding, data_format=layouts[self.rank][self.first])


class MaxPooling1D(Pooling):
    """The largest number of each window of a sequence (batch, steps, channels).

    >>> tf.layers.MaxPooling1D(2, 2)(tf.ones([1, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2)])
    """

    base, rank, pool = "max_pooling1d", 1, staticmethod(max_pool)

    def call(self, x: Tensor) -> Tensor:
        at = 3 if self.first else 2
        image = arrays.expand_dims(x, at)
        window = [1] * 4
        steps = [1] * 4
        window[at - 1], steps[at - 1] = self.size[0], self.strides[0]
        y = self.pool(image, window, steps, self.padding, data_format="NCHW" if self.first else "NHWC")
        return arrays.squeeze(y, [at])


class AveragePooling1D(MaxPooling1D):
    """The mean of each window of a sequence.

    >>> tf.layers.AveragePooling1D(2, 2)(tf.ones([1, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2)])
    """

    base, pool = "average_pooling1d", staticmethod(avg_pool)


class MaxPooling2D(Pooling):
    """The largest number of each window of an image.

    >>> tf.layers.MaxPooling2D(2, 2)(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, rank, pool = "max_pooling2d", 2, staticmethod(max_pool)


class AveragePooling2D(Pooling):
    """The mean of each window of an image.

    >>> tf.layers.AveragePooling2D(2, 2)(tf.ones([1, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, rank, pool = "average_pooling2d", 2, staticmethod(avg_pool)


class MaxPooling3D(Pooling):
    """The largest number of each window of a volume.

    >>> tf.layers.MaxPooling3D(2, 2)(tf.ones([1, 4, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, rank, pool = "max_pooling3d", 3, staticmethod(max_pool3d)


class AveragePooling3D(Pooling):
    """The mean of each window of a volume.

    >>> tf.layers.AveragePooling3D(2, 2)(tf.ones([1, 4, 4, 4, 2])).shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(2), Dimension(2)])
    """

    base, rank, pool = "average_pooling3d", 3, staticmethod(avg_pool3d)


max_pooling1d, average_pooling1d = keyword_layer(MaxPooling1D, 3), keyword_layer(AveragePooling1D, 3)
max_pooling2d, average_pooling2d = keyword_layer(MaxPooling2D, 3), keyword_layer(AveragePooling2D, 3)
max_pooling3d, average_pooling3d = keyword_layer(MaxPooling3D, 3), keyword_layer(AveragePooling3D, 3)
