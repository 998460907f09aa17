"""tf.contrib.eager: eager mode by its first names."""

from __future__ import annotations

from tfnb.core.tracking import Checkpointable
from tfnb.custom_gradients import custom_gradient
from tfnb.engine.eager import eager_mode, enable_eager_execution, executing_eagerly, graph_mode
from tfnb.engine.tape import GradientTape, gradients_function, implicit_gradients, implicit_value_and_gradients, value_and_gradients_function
from tfnb.ops.host import py_func
from tfnb.train.checkpoint import Checkpoint
from tfnb.train.steps import get_or_create_global_step
from tfnb.variables import Variable

__all__ = [
    "Checkpoint", "Checkpointable", "GradientTape", "Variable", "custom_gradient", "eager_mode", "enable_eager_execution", "executing_eagerly",
    "get_or_create_global_step", "gradients_function", "graph_mode", "implicit_gradients", "implicit_value_and_gradients", "in_eager_mode", "num_gpus",
    "py_func", "value_and_gradients_function",
]  # fmt: skip

in_eager_mode = executing_eagerly


def num_gpus() -> int:
    """How many GPUs eager mode computes on: none, it runs on NumPy.

    >>> print(tf.contrib.eager.num_gpus() >= 0)
    True
    """
    return 0
