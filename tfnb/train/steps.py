"""The global step, and learning rates and averages that follow it."""

from __future__ import annotations

import math
from typing import Any

from tfnb.core.dtypes import int64
from tfnb.core.graph import Graph, GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops.compare import equal, minimum, select
from tfnb.ops.elementwise import cast, multiply
from tfnb.ops.parts import ceil, floor
from tfnb.ops.powers import pow as pow_
from tfnb.variable_scopes import get_variable
from tfnb.variables import Variable

__all__ = [
    "assert_global_step",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
]


def get_global_step(graph: Graph | None = None) -> Any:
    """The variable that counts steps, or None.

    >>> print(tf.train.get_global_step())
    None
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple items found in collection 'global_step'")
    if found:
        return found[0]
    return next(
        (v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if v.name == "global_step:0"), None
    )


def create_global_step(graph: Graph | None = None) -> Variable:
    """Makes the variable that counts steps. Raises ValueError where there is one.

    >>> tf.train.create_global_step().dtype
    tf.int64_ref
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    from tfnb.initializers import zeros_initializer

    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            "global_step",
            [],
            int64,
            zeros_initializer(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The variable that counts steps, made where there is none.

    >>> tf.train.get_or_create_global_step().name
    'global_step:0'
    """
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(tensor: Any) -> None:
    """Raises TypeError for a global step that does not count in integers.

    >>> count = tf.train.create_global_step()
    >>> tf.contrib.framework.assert_global_step(count)
    """
    if not tensor.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {tensor.dtype}')


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The step that a session is at.

    >>> step = tf.train.create_global_step()
    >>> sess.run(step.initializer)
    >>> tf.train.global_step(sess, step)
    0
    """
    return int(sess.run(global_step_tensor))


def _progress(step: Any, decay_steps: Any, dtype: Any, staircase: bool) -> Tensor:
    p = cast(convert_to_tensor(step), dtype) / cast(convert_to_tensor(decay_steps), dtype)
    return floor(p) if staircase else p


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * decay_rate ^ (global_step / decay_steps).

    >>> print(tf.train.exponential_decay(1.0, 10, 10, 0.5).eval())
    0.5
    """
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step]) as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        progress = _progress(global_step, decay_steps, rate.dtype, staircase)
        return multiply(rate, pow_(cast(convert_to_tensor(decay_rate), rate.dtype), progress), name=scope)  # type: ignore[no-any-return]


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * exp(-decay_rate * global_step / decay_steps).

    >>> print(tf.train.natural_exp_decay(1.0, 10, 10, 1.0).eval())
    0.36787945
    """
    with name_scope(name, "NaturalExpDecay", [learning_rate, global_step]):
        return exponential_decay(learning_rate, global_step, decay_steps, math.exp(-decay_rate), staircase)


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate / (1 + decay_rate * global_step / decay_steps).

    >>> print(tf.train.inverse_time_decay(1.0, 10, 10, 1.0).eval())
    0.5
    """
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        return rate / (1.0 + decay_rate * _progress(global_step, decay_steps, rate.dtype, staircase))  # type: ignore[no-any-return]


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From learning_rate to end_learning_rate in decay_steps, by a power.

    >>> print(tf.train.polynomial_decay(1.0, 5, 10, 0.0).eval())
    0.5
    """
    with name_scope(name, "PolynomialDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        step, steps = (
            cast(convert_to_tensor(global_step), rate.dtype),
            cast(convert_to_tensor(decay_steps), rate.dtype),
        )
        if cycle:
            steps = steps * select(equal(step, 0), convert_to_tensor(1.0), ceil(step / steps))
        else:
            step = minimum(step, steps)
        return (rate - end_learning_rate) * pow_(1 - step / steps, power) + end_learning_rate  # type: ignore[no-any-return]


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: float = 0.0, name: str | None = None
) -> Tensor:
    """From learning_rate to alpha * learning_rate along half a cosine.

    >>> print(tf.train.cosine_decay(1.0, 5, 10).eval())
    0.49999997
    """
    from tfnb.ops.special import cos

    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        steps = cast(convert_to_tensor(decay_steps), rate.dtype)
        done = minimum(cast(convert_to_tensor(global_step), rate.dtype), steps) / steps
        return rate * ((1 - alpha) * 0.5 * (1.0 + cos(math.pi * done)) + alpha)  # type: ignore[no-any-return]


def cosine_decay_restarts(
    learning_rate: Any, global_step: Any, first_decay_steps: Any, t_mul: float = 2.0, m_mul: float = 1.0, alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """`cosine_decay` again and again: each time `t_mul` times as long, from `m_mul` times the rate (Loshchilov and Hutter 2016, SGDR).

    >>> print(tf.train.cosine_decay_restarts(1.0, 10, 10).eval())
    1.0
    """
    from tfnb.ops.control import cond
    from tfnb.ops.special import cos, log

    with name_scope(name, "SGDRDecay", [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        first, alpha, t_mul, m_mul = (convert_to_tensor(v, rate.dtype.base_dtype) if not isinstance(v, Tensor) else cast(v, rate.dtype)
                                      for v in (first_decay_steps, alpha, t_mul, m_mul))  # fmt: skip
        done = cast(convert_to_tensor(global_step), rate.dtype) / first

        def growing() -> tuple[Tensor, Tensor]:
            restarts = floor(log(1.0 - done * (1.0 - t_mul)) / log(t_mul))
            begun = (1.0 - t_mul**restarts) / (1.0 - t_mul)
            return restarts, (done - begun) / t_mul**restarts

        restarts, part = cond(equal(t_mul, 1.0), lambda: (floor(done), done - floor(done)), growing)
        cosine = 0.5 * m_mul**restarts * (1.0 + cos(math.pi * part))
        return rate * ((1 - alpha) * cosine + alpha)  # type: ignore[no-any-return]


def linear_cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, num_periods: float = 0.5, alpha: float = 0.0, beta: float = 0.001,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """rate ((alpha + linear) cosine + beta): a cosine of `num_periods` periods under a falling line (Bello et al. 2017).

    >>> print(tf.train.linear_cosine_decay(1.0, 10, 10).eval())
    0.001
    """
    return _linear_cosine("LinearCosineDecay", learning_rate, global_step, decay_steps, num_periods, alpha, beta, name, lambda line, step: line)


def noisy_linear_cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, initial_variance: float = 1.0, variance_decay: float = 0.55,
    num_periods: float = 0.5, alpha: float = 0.0, beta: float = 0.001, name: str | None = None,
) -> Tensor:  # fmt: skip
    """`linear_cosine_decay` with noise on the line, whose variance is initial_variance / (1 + step)^variance_decay.

    >>> rate = tf.train.noisy_linear_cosine_decay(1.0, 5, 10)
    >>> print(rate.shape)
    ()
    """
    from tfnb.ops.powers import sqrt
    from tfnb.ops.random import random_normal

    def noisy(line: Tensor, step: Tensor) -> Tensor:
        return line + random_normal(line.shape, stddev=sqrt(initial_variance / (1.0 + step) ** variance_decay))  # type: ignore[no-any-return]

    return _linear_cosine("NoisyLinearCosineDecay", learning_rate, global_step, decay_steps, num_periods, alpha, beta, name, noisy)


def _linear_cosine(default: str, learning_rate: Any, global_step: Any, decay_steps: Any, periods: float, alpha: float, beta: float, name: Any,
                   changed: Any) -> Tensor:  # fmt: skip
    from tfnb.ops.special import cos

    with name_scope(name, default, [learning_rate, global_step]):
        rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
        steps = cast(convert_to_tensor(decay_steps), rate.dtype)
        step = minimum(cast(convert_to_tensor(global_step), rate.dtype), steps)
        line = changed((steps - step) / steps, step)
        cosine = 0.5 * (1.0 + cos(math.pi * (2.0 * periods * (step / steps))))
        return rate * ((alpha + line) * cosine + beta)  # type: ignore[no-any-return]


def piecewise_constant(x: Any, boundaries: Any, values: Any, name: str | None = None) -> Tensor:
    """values[i] while x is at most boundaries[i]; the last value after the last boundary.

    >>> print(tf.train.piecewise_constant(tf.constant(7), [5, 10], [1.0, 0.1, 0.01]).eval())
    0.1
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with name_scope(name, "PiecewiseConstant", [x]):
        x = convert_to_tensor(x)
        out = convert_to_tensor(values[-1])
        for bound, value in zip(reversed(boundaries), reversed(values[:-1]), strict=True):
            out = select(
                x <= convert_to_tensor(bound, x.dtype.base_dtype), convert_to_tensor(value, out.dtype), out
            )
        return out


piecewise_constant_decay = piecewise_constant
