"""Batch normalization as a layer: normal while training, by the running averages afterwards.

The averages are moved by ops in the collection UPDATE_OPS, which the training op must be made to wait for.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.initializers import Ones, Zeros
from tfnb.layer_base import Layer, keyword_layer
from tfnb.ops import arrays, compare, fused, neural
from tfnb.ops.sources import constant
from tfnb.variables import assign_sub

__all__ = ["BatchNormalization", "batch_normalization"]

ZEROS, ONES = Zeros(), Ones()


class BatchNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, for each channel.

    >>> tf.layers.BatchNormalization()(tf.ones([2, 3])).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = ZEROS,
        gamma_initializer: Any = ONES,
        moving_mean_initializer: Any = ZEROS,
        moving_variance_initializer: Any = ONES,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: Any = None,
        adjustment: Any = None,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__("batch_normalization", trainable, name, **more)
        self.axis, self.momentum, self.epsilon, self.fused = axis, momentum, epsilon, fused
        self.gamma_given = (gamma_initializer, gamma_regularizer, gamma_constraint) if scale else None
        self.beta_given = (beta_initializer, beta_regularizer, beta_constraint) if center else None
        self.moving_given = (moving_mean_initializer, moving_variance_initializer)

    def build(self, shape: TensorShape) -> None:
        if shape.ndims is None:
            raise ValueError("Input has undefined rank:", shape)
        self.place = (self.axis[0] if isinstance(self.axis, (list, tuple)) else self.axis) % shape.ndims
        n = shape.as_list()[self.place]
        if n is None:
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", shape)
        self.gamma = self.variable("gamma", [n], *self.gamma_given) if self.gamma_given else None
        self.beta = self.variable("beta", [n], *self.beta_given) if self.beta_given else None
        self.moving_mean = self.variable("moving_mean", [n], self.moving_given[0], trainable=False)
        self.moving_variance = self.variable("moving_variance", [n], self.moving_given[1], trainable=False)

    def call(self, x: Tensor, training: Any = False) -> Tensor:
        whole = (
            x.shape.ndims == 4
            and self.fused is not False
            and self.place in (1, 3)
            and not isinstance(training, Tensor)
        )
        return self._fused(x, bool(training)) if whole else self._plain(x, training)

    def _fused(self, x: Tensor, training: bool) -> Tensor:
        n = x.shape.as_list()[self.place]
        gamma = constant(1.0, shape=[n]) if self.gamma is None else self.gamma
        beta = constant(0.0, shape=[n]) if self.beta is None else self.beta
        layout = "NHWC" if self.place == 3 else "NCHW"
        kept = {} if training else {"mean": self.moving_mean, "variance": self.moving_variance}
        y, mean, variance = fused.fused_batch_norm(
            x, gamma, beta, epsilon=self.epsilon, data_format=layout, is_training=training, **kept
        )
        momentum = constant(self.momentum)
        if training:
            for place, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                with name_scope("AssignMovingAvg") as scope:
                    decay = 1.0 - momentum
                    self._note(assign_sub(place, (place - value) * decay, name=scope))
        return y  # type: ignore[no-any-return]

    def _plain(self, x: Tensor, training: Any) -> Tensor:
        mean, variance = self.moving_mean, self.moving_variance
        if isinstance(training, Tensor) or training:
            axes = [i for i in range(x.shape.ndims or 0) if i != self.place]
            mean, variance = neural.moments(x, axes)
            if isinstance(training, Tensor):
                now = compare.logical_and(training, True)
                mean = compare.select(now, mean, self.moving_mean)
                variance = compare.select(now, variance, self.moving_variance)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        wide = [self._wide(x, t) for t in (mean, variance, self.beta, self.gamma)]
        y = neural.batch_normalization(x, *wide, self.epsilon)
        y.set_shape(x.shape)
        return y

    def _wide(self, x: Tensor, t: Any) -> Any:
        """One number a channel, shaped so that it meets its channel where that is not the last axis."""
        n = x.shape.ndims or 0
        if t is None or self.place == n - 1:
            return t
        return arrays.reshape(t, [-1 if i == self.place else 1 for i in range(n)])

    def _move(self, place: Any, value: Tensor) -> None:
        """place -= (place - value) * (1 - momentum)."""
        with name_scope("AssignMovingAvg") as scope:
            decay = constant(1.0 - self.momentum, place.dtype.base_dtype, name="decay")
            self._note(assign_sub(place, (place - value) * decay, name=scope))

    def _note(self, update: Any) -> None:
        self.updates.append(update.op)
        get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, update.op)


batch_normalization = keyword_layer(BatchNormalization, 1)
