"""tf.contrib.layers: initializers, regularizers, and layers that have an activation from the start.

y = fully_connected(x, 128)          relu(x @ weights + biases)
"""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.contrib import model_analyzer
from tfnb.core.dtypes import float32
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.initializers import GlorotNormal, GlorotUniform, Ones, VarianceScaling, Zeros
from tfnb.layers import conv2d as plain_conv2d
from tfnb.layers import dense as plain_dense
from tfnb.layers import flatten
from tfnb.ops import arrays, fused, neural, parts, pool, reduce
from tfnb.ops.activations import relu
from tfnb.ops.elementwise import add_n, multiply
from tfnb.ops.sources import constant
from tfnb.variable_scopes import get_variable, get_variable_scope, variable_scope
from tfnb.variables import assign_sub

__all__ = [
    "batch_norm", "conv2d", "dropout", "embed_sequence", "flatten", "fully_connected", "l1_l2_regularizer",
    "l1_regularizer", "l2_regularizer", "linear", "max_pool2d", "model_analyzer", "one_hot_encoding",
    "sum_regularizer", "variance_scaling_initializer", "xavier_initializer", "xavier_initializer_conv2d",
]  # fmt: skip


# -- initializers and regularizers ---------------------------------------------------------------------------
def xavier_initializer(uniform: bool = True, seed: int | None = None, dtype: Any = float32) -> Any:
    """Glorot's initializer."""
    return (GlorotUniform if uniform else GlorotNormal)(seed=seed, dtype=dtype)


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = float32,
) -> Any:
    """He's initializer, and others by factor and mode."""
    modes = {"FAN_IN": "fan_in", "FAN_OUT": "fan_out", "FAN_AVG": "fan_avg"}
    if mode not in modes:
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")
    return VarianceScaling(factor, modes[mode], "uniform" if uniform else "truncated_normal", seed, dtype)


def _checked(scale: Any, label: str) -> None:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}")


def _regularizer(scale: float, label: str, measure: Callable[[Any], Any]) -> Callable[..., Any]:
    _checked(scale, label)
    if scale == 0.0:
        return lambda weights: None

    def regularize(weights: Any, name: str | None = None) -> Tensor:
        with name_scope(None, label, [weights]) as scope:
            factor = convert_to_tensor(scale, weights.dtype.base_dtype, name="scale")
            return multiply(factor, measure(weights), name=name or scope)  # type: ignore[no-any-return]

    return regularize


def l1_regularizer(scale: float, scope: str | None = None) -> Callable[..., Any]:
    """scale * sum(|weights|)."""
    return _regularizer(scale, scope or "l1_regularizer", lambda w: reduce.reduce_sum(parts.abs(w)))


def l2_regularizer(scale: float, scope: str | None = None) -> Callable[..., Any]:
    """scale * sum(weights^2) / 2."""
    return _regularizer(scale, scope or "l2_regularizer", neural.l2_loss)


def sum_regularizer(regularizers: list[Any], scope: str | None = None) -> Callable[..., Any]:
    """The sum of several regularizers."""
    return lambda weights: add_n([r(weights) for r in regularizers if r is not None], name=scope)


def l1_l2_regularizer(
    scale_l1: float = 1.0, scale_l2: float = 1.0, scope: str | None = None
) -> Callable[..., Any]:
    """Both at once."""
    return sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope or "l1_l2_regularizer")


# -- layers --------------------------------------------------------------------------------------------------
_defaults: dict[str, dict[str, Any]] = {}


@contextlib.contextmanager
def arg_scope(functions: list[Any], **named: Any) -> Iterator[None]:
    """Default arguments for these layers inside the block."""
    old = {f.__name__: dict(_defaults.get(f.__name__, {})) for f in functions}
    for f in functions:
        _defaults[f.__name__] = {**_defaults.get(f.__name__, {}), **named}
    try:
        yield
    finally:
        _defaults.update(old)


@contextlib.contextmanager
def _model_variables(scope: str | None, default: str, reuse: Any) -> Iterator[None]:
    """A scope whose new variables are also noted down as the model's."""
    graph = get_default_graph()
    before = set(graph.variables)

    def renamed(getter: Any, name: str, *args: Any, **named: Any) -> Any:
        return getter(_renamed(name), *args, **named)

    with variable_scope(scope, default, reuse=reuse, custom_getter=renamed):
        yield
    for v in graph.variables:
        if v not in before:
            graph.add_to_collection(GraphKeys.MODEL_VARIABLES, v)


_RENAMED = {"kernel": "weights", "bias": "biases"}


def _renamed(name: str) -> str:
    *path, last = name.split("/")
    return "/".join([*path, _RENAMED.get(last, last)])


def get_model_variables(scope: str | None = None, suffix: str | None = None) -> list[Any]:
    """The variables that layers of this module made."""
    return list(get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope))


def one_hot_encoding(
    labels: Any, num_classes: int, on_value: float = 1.0, off_value: float = 0.0, **_: Any
) -> Tensor:
    """Class numbers as rows with a single 1."""
    from tfnb.ops.movement import one_hot

    with name_scope("OneHotEncoding"):
        return one_hot(convert_to_tensor(labels), num_classes, on_value=on_value, off_value=off_value)


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    scope: str | None = None,
    **named: Any,
) -> Tensor:
    """A vector for each word number."""
    with variable_scope(scope, "EmbedSequence", [ids]):
        table = get_variable("embeddings", [vocab_size, embed_dim], initializer=named.get("initializer"))
        return neural.embedding_lookup(table, ids)


def max_pool2d(
    inputs: Any, kernel_size: Any, stride: Any = 2, padding: str = "VALID", scope: str | None = None
) -> Tensor:
    """The largest number of each window."""
    with name_scope(scope, "MaxPool2D", [inputs]):
        return pool.max_pool(inputs, kernel_size, stride, padding)


def dropout(
    inputs: Any, keep_prob: float = 0.5, is_training: bool = True, scope: str | None = None, **_: Any
) -> Any:
    """Dropout while training."""
    with name_scope(scope, "Dropout", [inputs]):
        return neural.dropout(inputs, keep_prob) if is_training else inputs


def fully_connected(inputs: Any, num_outputs: int, activation_fn: Any = relu, reuse: Any = None,
                    scope: str | None = None, **named: Any) -> Tensor:  # fmt: skip
    """activation_fn(inputs @ weights + biases), relu where nothing else is asked for."""
    named = {**_defaults.get("fully_connected", {}), **named}
    return _layer(plain_dense, "fully_connected", (inputs, num_outputs), activation_fn, reuse, scope, named)


def conv2d(inputs: Any, num_outputs: int, kernel_size: Any, stride: Any = 1, padding: str = "SAME",
           activation_fn: Any = relu, reuse: Any = None, scope: str | None = None,
           **named: Any) -> Tensor:  # fmt: skip
    """A convolution with relu."""
    given = {"stride": stride, "padding": padding, **_defaults.get("conv2d", {}), **named}
    stride, padding = given.pop("stride"), given.pop("padding")
    return _layer(
        plain_conv2d,
        "Conv",
        (inputs, num_outputs, kernel_size, stride, padding),
        activation_fn,
        reuse,
        scope,
        given,
    )


def _layer(
    make: Any, default: str, given: Any, activation: Any, reuse: Any, scope: str | None, named: dict[str, Any]
) -> Tensor:
    options = {
        "kernel_initializer": named.get("weights_initializer"),
        "bias_initializer": named.get("biases_initializer", Zeros()) or Zeros(),
        "kernel_regularizer": named.get("weights_regularizer"),
        "use_bias": named.get("biases_initializer", True) is not None and named.get("normalizer_fn") is None,
    }
    activation = named.get("activation_fn", activation)
    with _model_variables(scope, default, reuse):
        here = get_variable_scope()
        layer = make.layer(*given[1:], _scope=here, _reuse=reuse, **options)
        y = layer(given[0])
        if named.get("normalizer_fn") is not None:
            y = named["normalizer_fn"](y, **(named.get("normalizer_params") or {}))
        return y if activation is None else activation(y)  # type: ignore[no-any-return]


def batch_norm(
    inputs: Any,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    is_training: bool = True,
    reuse: Any = None,
    scope: str | None = None,
    **_: Any,
) -> Tensor:
    """Batch normalization; the running averages are moved by ops in UPDATE_OPS."""
    with _model_variables(scope, "BatchNorm", reuse):
        x = convert_to_tensor(inputs)
        n = x.shape.as_list()[-1]
        beta = get_variable("beta", [n], initializer=Zeros()) if center else constant(0.0, shape=[n])
        gamma = get_variable("gamma", [n], initializer=Ones()) if scale else constant(1.0, shape=[n])
        mean = get_variable("moving_mean", [n], initializer=Zeros(), trainable=False)
        variance = get_variable("moving_variance", [n], initializer=Ones(), trainable=False)
        image = arrays.reshape(x, [-1, 1, 1, n]) if x.shape.ndims == 2 else x
        kept = {} if is_training else {"mean": mean, "variance": variance}
        y, *now = fused.fused_batch_norm(image, gamma, beta, epsilon=epsilon, is_training=is_training, **kept)
        if is_training:
            for place, value in zip((mean, variance), now, strict=True):
                with name_scope("AssignMovingAvg") as step:
                    update = assign_sub(place, (place - value) * (1.0 - decay), name=step)
                get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, update.op)
        y = arrays.reshape(y, arrays.shape(x)) if image is not x else y
        return y if activation_fn is None else activation_fn(y)  # type: ignore[no-any-return]


def linear(inputs: Any, num_outputs: int, **named: Any) -> Tensor:
    """A fully connected layer without activation."""
    return fully_connected(inputs, num_outputs, activation_fn=None, **named)
