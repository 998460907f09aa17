"""batch_norm, layer_norm and instance_norm of contrib: normalization with variables, moving averages and a scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.contrib.arg_scopes import add_arg_scope
from tfnb.contrib.scopes import collected, model_variables
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, static_value
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.initializers import Ones, Zeros
from tfnb.ops import arrays, fused, neural
from tfnb.ops.control import cond
from tfnb.ops.elementwise import identity
from tfnb.ops.sources import constant
from tfnb.variable_scopes import get_variable
from tfnb.variables import assign_sub

__all__ = ["batch_norm", "instance_norm", "layer_norm"]


def smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """One branch where the graph alone tells which, a cond where it does not.

    >>> print(tf.contrib.framework.smart_cond(True, lambda: tf.constant(1), lambda: tf.constant(2)).eval())
    1
    """
    known = static_value(pred) if isinstance(pred, Tensor) else pred
    if known is None:
        return cond(pred, true_fn, false_fn)
    return true_fn() if known else false_fn()


@add_arg_scope
def batch_norm(inputs: Any, decay: float = 0.999, center: bool = True, scale: bool = False, epsilon: float = 0.001,
               activation_fn: Any = None, param_initializers: Any = None, param_regularizers: Any = None,
               updates_collections: Any = GraphKeys.UPDATE_OPS, is_training: Any = True, reuse: Any = None,
               variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True,
               batch_weights: Any = None, fused: Any = None, data_format: str = "NHWC", zero_debias_moving_mean: bool = False,
               scope: Any = None, renorm: bool = False, renorm_clipping: Any = None, renorm_decay: float = 0.99,
               adjustment: Any = None) -> Tensor:  # fmt: skip
    """Batch normalization over all axes but the channels.

    The moving averages are moved by ops in `updates_collections`; None moves them in the call itself.

    >>> y = tf.contrib.layers.batch_norm(tf.constant([[1.0], [3.0]]))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(y.eval())
    [[-0.9995]
     [ 0.9995]]
    """
    made, regularizers = param_initializers or {}, param_regularizers or {}
    with model_variables(scope, "BatchNorm", [inputs], reuse) as here:
        x = convert_to_tensor(inputs)
        n = x.shape.as_list()[1 if data_format == "NCHW" else -1]
        if n is None:
            raise ValueError(f"Inputs {x.name} has undefined channels dimension {x.shape}.")

        def weight(name: str, default: Any, wanted: bool, learned: bool = True) -> Any:
            if not wanted:
                return constant(1.0 if name == "gamma" else 0.0, shape=[n])
            return get_variable(name, [n], initializer=made.get(name, default), regularizer=regularizers.get(name), trainable=learned and trainable)

        beta, gamma = weight("beta", Zeros(), center), weight("gamma", Ones(), scale)
        mean, variance = weight("moving_mean", Zeros(), True, False), weight("moving_variance", Ones(), True, False)
        y, now = _normalized(x, gamma, beta, mean, variance, epsilon, is_training, data_format, n)
        y = _moved(y, (mean, variance), now, decay, is_training, updates_collections)
        y = y if activation_fn is None else activation_fn(y)
        return collected(outputs_collections, here, y)


def _normalized(x: Tensor, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float, is_training: Any, data_format: str, n: int) -> Any:
    """The normalized values, and the mean and variance of this batch."""
    image = arrays.reshape(x, [-1, 1, 1, n]) if x.shape.ndims == 2 else x

    def training() -> Any:
        return list(fused.fused_batch_norm(image, gamma, beta, epsilon=epsilon, data_format=data_format))

    def inference() -> Any:
        return list(fused.fused_batch_norm(image, gamma, beta, mean, variance, epsilon, data_format, is_training=False))

    y, *now = smart_cond(is_training, training, inference)
    return (arrays.reshape(y, arrays.shape(x)) if image is not x else y), now


def _moved(y: Tensor, places: Any, now: Any, decay: float, is_training: Any, collections: Any) -> Tensor:
    """Ops that move the averages, noted down or, where no collection is given, done before y is used."""
    known = static_value(is_training) if isinstance(is_training, Tensor) else is_training
    if known is False:
        return y
    updates = []
    for place, value in zip(places, now, strict=True):
        with name_scope("AssignMovingAvg") as step:

            def move(place: Any = place, value: Any = value, step: Any = step) -> Any:
                return assign_sub(place, (place - value) * (1.0 - decay), name=step if known else None)

            updates.append(smart_cond(is_training, move, lambda place=place: identity(place)).op)
    if collections is None:
        with control_dependencies(updates):
            return identity(y)
    for name in [collections] if isinstance(collections, str) else collections:
        for update in updates:
            get_default_graph().add_to_collection(name, update)
    return y


@add_arg_scope
def layer_norm(inputs: Any, center: bool = True, scale: bool = True, activation_fn: Any = None, reuse: Any = None,
               variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True,
               begin_norm_axis: int = 1, begin_params_axis: int = -1, scope: Any = None) -> Tensor:  # fmt: skip
    """Layer normalization: each example over its own features (Ba et al. 2016).

    >>> y = tf.contrib.layers.layer_norm(tf.constant([[1.0, 3.0]]))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(y.eval())
    [[-1.  1.]]
    """
    with model_variables(scope, "LayerNorm", [inputs], reuse) as here:
        x = convert_to_tensor(inputs)
        rank = x.shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {x.name} has undefined rank.")
        shape = x.shape.as_list()[begin_params_axis:]
        beta = get_variable("beta", shape, initializer=Zeros(), trainable=trainable) if center else None
        gamma = get_variable("gamma", shape, initializer=Ones(), trainable=trainable) if scale else None
        axes = list(range(begin_norm_axis % rank, rank))
        mean, variance = neural.moments(x, axes, keep_dims=True)
        y = neural.batch_normalization(x, mean, variance, beta, gamma, 1e-12)
        y.set_shape(x.shape)
        return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))


@add_arg_scope
def instance_norm(inputs: Any, center: bool = True, scale: bool = True, epsilon: float = 1e-6, activation_fn: Any = None,
                  param_initializers: Any = None, reuse: Any = None, variables_collections: Any = None, outputs_collections: Any = None,
                  trainable: bool = True, data_format: str = "NHWC", scope: Any = None) -> Tensor:  # fmt: skip
    """Instance normalization: each channel of each example over its own pixels (Ulyanov et al. 2016).

    >>> y = tf.contrib.layers.instance_norm(tf.constant([[[1.0], [3.0]]]))
    >>> sess.run(tf.global_variables_initializer())
    >>> print(y.eval().ravel())
    [-1.  1.]
    """
    x, made = convert_to_tensor(inputs), param_initializers or {}
    rank = x.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {x.name} has undefined rank.")
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    channels = 1 if data_format == "NCHW" else rank - 1
    with model_variables(scope, "InstanceNorm", [x], reuse) as here:
        n = x.shape[channels : channels + 1]
        if not n.is_fully_defined():
            raise ValueError(f"Inputs {x.name} has undefined channels dimension {n}.")

        def weight(name: str, default: Any) -> Any:
            v = get_variable(name, n, x.dtype.base_dtype, made.get(name, default), trainable=trainable)
            return arrays.reshape(v, [1, n[0].value, *[1] * (rank - 2)]) if data_format == "NCHW" else v

        beta = weight("beta", Zeros()) if center else None
        gamma = weight("gamma", Ones()) if scale else None
        mean, variance = neural.moments(x, [i for i in range(1, rank) if i != channels], keep_dims=True)
        y = neural.batch_normalization(x, mean, variance, beta, gamma, epsilon, name="instancenorm")
        return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))
