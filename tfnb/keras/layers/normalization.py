"""Keras's normalizations: by the batch (with running averages for later), or by each example.

While training, BatchNormalization moves its averages by ops in `layer.updates`, which `fit` runs.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.shapes import TensorShape
from tfnb.keras import session
from tfnb.keras.layers.core import Weighted, in_phase
from tfnb.ops import arrays, compare, elementwise, fused, neural
from tfnb.ops.sources import constant

__all__ = ["BatchNormalization", "LayerNormalization"]


class BatchNormalization(Weighted):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, for each channel.

    >>> tf.keras.layers.BatchNormalization()(tf.ones([2, 3])).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
                 beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
                 moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None,
                 gamma_constraint: Any = None, renorm: bool = False, renorm_clipping: Any = None, renorm_momentum: float = 0.99, fused: Any = None,
                 trainable: bool = True, virtual_batch_size: Any = None, adjustment: Any = None, name: str | None = None, **more: Any) -> None:  # fmt: skip
        super().__init__(trainable=trainable, name=name, **more)
        if renorm or virtual_batch_size is not None or adjustment is not None:
            raise NotImplementedError("renorm, virtual_batch_size and adjustment of BatchNormalization are not there in tfnb.")
        self.axis, self.momentum, self.epsilon, self.center, self.scale, self.fused = axis, momentum, epsilon, center, scale, fused
        self.settle(dict(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer, moving_mean_initializer=moving_mean_initializer,
                         moving_variance_initializer=moving_variance_initializer, beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
                         beta_constraint=beta_constraint, gamma_constraint=gamma_constraint))  # fmt: skip

    def build(self, input_shape: Any) -> None:
        shape = TensorShape(input_shape)
        if shape.ndims is None:
            raise ValueError("Input has undefined rank:", input_shape)
        self.place = (self.axis[0] if isinstance(self.axis, (list, tuple)) else self.axis) % shape.ndims
        n = shape.as_list()[self.place]
        if n is None:
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", input_shape)
        self.gamma = self.make("gamma", [n]) if self.scale else None
        self.beta = self.make("beta", [n]) if self.center else None
        self.moving_mean = self.make("moving_mean", [n], trainable=False)
        self.moving_variance = self.make("moving_variance", [n], trainable=False)
        self.built = True

    def call(self, inputs: Any, training: Any = None) -> Any:
        training = session.learning_phase() if training is None else training
        whole = inputs.shape.ndims == 4 and self.fused is not False and self.place in (1, 3)
        y, mean, variance = self._fused(inputs, training) if whole else self._plain(inputs, training)
        if isinstance(training, Tensor) and not hasattr(training, "array"):
            share = in_phase(training, lambda: constant(1.0 - self.momentum), lambda: constant(0.0))
        elif training:
            share = constant(1.0 - self.momentum)
        else:
            return y
        for place, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moved = place.assign_sub((place.value() - value) * share, name="AssignMovingAvg")
            self.add_update(session.ops_of([moved]))
        return y

    def _fused(self, x: Tensor, training: Any) -> tuple[Tensor, Tensor, Tensor]:
        n = x.shape.as_list()[self.place]
        gamma = constant(1.0, shape=[n]) if self.gamma is None else self.gamma
        beta = constant(0.0, shape=[n]) if self.beta is None else self.beta
        how = dict(epsilon=self.epsilon, data_format="NHWC" if self.place == 3 else "NCHW")

        def train() -> list[Tensor]:
            return list(fused.fused_batch_norm(x, gamma, beta, is_training=True, **how))

        def test() -> list[Tensor]:
            y, *_ = fused.fused_batch_norm(x, gamma, beta, self.moving_mean, self.moving_variance, is_training=False, **how)
            return [y, elementwise.identity(self.moving_mean), elementwise.identity(self.moving_variance)]

        y, mean, variance = in_phase(training, train, test)
        return y, mean, variance

    def _plain(self, x: Tensor, training: Any) -> tuple[Tensor, Any, Any]:
        axes = [i for i in range(x.shape.ndims or 0) if i != self.place]
        mean: Any = self.moving_mean
        variance: Any = self.moving_variance
        if isinstance(training, Tensor) or training:
            mean, variance = neural.moments(x, axes)
        if isinstance(training, Tensor) and not hasattr(training, "array"):
            now = elementwise.cast(training, "bool")
            mean = compare.select(now, mean, self.moving_mean)
            variance = compare.select(now, variance, self.moving_variance)
        y = neural.batch_normalization(x, *(self._wide(x, t) for t in (mean, variance, self.beta, self.gamma)), self.epsilon)
        if not get_default_graph().eager:
            y.set_shape(x.shape)
        return y, mean, variance

    def _wide(self, x: Tensor, t: Any) -> Any:
        """One number a channel, shaped so that it meets its channel where that is not the last axis."""
        n = x.shape.ndims or 0
        return t if t is None or self.place == n - 1 else arrays.reshape(t, [-1 if i == self.place else 1 for i in range(n)])


class LayerNormalization(Weighted):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, for each example. Ba, Kiros and Hinton (2016).

    >>> tf.keras.layers.LayerNormalization()(tf.ones([2, 3])).shape.as_list()
    [2, 3]
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, beta_initializer: Any = "zeros",
                 gamma_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None,
                 gamma_constraint: Any = None, trainable: bool = True, name: str | None = None, **more: Any) -> None:  # fmt: skip
        super().__init__(name=name, trainable=trainable, **more)
        self.axis = [axis] if isinstance(axis, int) else list(axis)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.settle(dict(beta_initializer=beta_initializer, gamma_initializer=gamma_initializer, beta_regularizer=beta_regularizer,
                         gamma_regularizer=gamma_regularizer, beta_constraint=beta_constraint, gamma_constraint=gamma_constraint))  # fmt: skip

    def build(self, input_shape: Any) -> None:
        shape = TensorShape(input_shape)
        self.places = sorted(a % (shape.ndims or 1) for a in self.axis)
        sizes = [shape.as_list()[a] for a in self.places]
        self.gamma = self.make("gamma", sizes) if self.scale else None
        self.beta = self.make("beta", sizes) if self.center else None
        self.built = True

    def call(self, inputs: Any) -> Any:
        mean, variance = neural.moments(inputs, self.places, keep_dims=True)
        wide = [n if i in self.places else 1 for i, n in enumerate(inputs.shape.as_list())]
        scale, offset = (None if t is None else arrays.reshape(t, wide) for t in (self.gamma, self.beta))
        return neural.batch_normalization(inputs, mean, variance, offset, scale, self.epsilon)
