"""tf.contrib.eager: eager mode by its first names."""

from __future__ import annotations

import os
from typing import Any

from tfnb.core.graph import get_default_graph
from tfnb.core.tracking import Checkpointable
from tfnb.custom_gradients import custom_gradient
from tfnb.engine.eager import eager_mode, enable_eager_execution, executing_eagerly, graph_mode
from tfnb.engine.function import TensorSpec, function
from tfnb.engine.tape import GradientTape, gradients_function, implicit_gradients, implicit_value_and_gradients, value_and_gradients_function
from tfnb.ops.host import py_func
from tfnb.train.checkpoint import Checkpoint
from tfnb.train.checkpoints import load_checkpoint, write_values
from tfnb.train.steps import get_or_create_global_step
from tfnb.variable_scopes import make_template
from tfnb.variables import Variable

__all__ = [
    "ASYNC", "Checkpoint", "Checkpointable", "DEVICE_PLACEMENT_EXPLICIT", "DEVICE_PLACEMENT_SILENT", "DEVICE_PLACEMENT_WARN", "GradientTape", "Iterator",
    "SYNC", "Saver", "TensorSpec", "Variable", "custom_gradient", "defun", "eager_mode", "enable_eager_execution", "executing_eagerly", "function",
    "get_optimizer_variables", "get_or_create_global_step", "gradients_function", "graph_mode", "implicit_gradients", "implicit_value_and_gradients",
    "in_eager_mode", "list_devices", "make_template", "num_gpus", "py_func", "value_and_gradients_function",
]  # fmt: skip

SYNC, ASYNC = 0, 1
DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN, DEVICE_PLACEMENT_SILENT = 0, 1, 2
defun = function
in_eager_mode = executing_eagerly


def num_gpus() -> int:
    """How many GPUs eager mode computes on: none, it runs on NumPy.

    >>> print(tf.contrib.eager.num_gpus() >= 0)
    True
    """
    return 0


def list_devices() -> list[str]:
    """The names of the devices that eager mode may compute on.

    >>> tf.contrib.eager.list_devices()
    ['/job:localhost/replica:0/task:0/device:CPU:0']
    """
    return ["/job:localhost/replica:0/task:0/device:CPU:0"]


def get_optimizer_variables(optimizer: Any) -> list[Any]:
    """The variables that an optimizer made for its steps.

    >>> v = tf.Variable(3.0, name="v")
    >>> optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    >>> step = optimizer.minimize(v * v)
    >>> [m.name for m in tf.contrib.eager.get_optimizer_variables(optimizer)]
    ['v/Momentum:0']
    """
    return list(optimizer.variables())


class Iterator:
    """The elements of a dataset, one after the other, in eager mode. Raises RuntimeError in a graph.

    >>> with tf.contrib.eager.eager_mode():
    ...     numbers = tf.contrib.eager.Iterator(tf.data.Dataset.range(3))
    ...     print(numbers.next().numpy(), [int(n) for n in numbers])
    0 [1, 2]
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset, self._elements = dataset, iter(dataset)

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        return next(self._elements)

    next = __next__

    def get_next(self, name: str | None = None) -> Any:
        """The next element. Raises OutOfRangeError at the end."""
        from tfnb.core.errors import OutOfRangeError

        try:
            return next(self._elements)
        except StopIteration:
            raise OutOfRangeError(None, None, "End of sequence") from None

    @property
    def output_types(self) -> Any:
        return self._dataset.output_types

    @property
    def output_shapes(self) -> Any:
        return self._dataset.output_shapes

    @property
    def output_classes(self) -> Any:
        return self._dataset.output_classes


class Saver:
    """Variables of eager mode to a checkpoint and back, by their names. Raises ValueError for two of one name.

    >>> with tf.contrib.eager.eager_mode():
    ...     v = tf.Variable(1.0, name="v")
    ...     saver = tf.contrib.eager.Saver([v])
    ...     path = saver.save("./model", global_step=3)
    ...     v = v.assign(2.0)
    ...     saver.restore(path)
    ...     print(path, v.numpy())
    ./model-3 1.0
    """

    def __init__(self, var_list: Any) -> None:
        pairs = list(var_list.items()) if isinstance(var_list, dict) else [(v.op.name, v) for v in var_list]
        if not get_default_graph().eager:
            raise RuntimeError("tfe.Saver can only be used when eager execution is enabled. Use tf.train.Saver when building graphs.")
        names = [n for n, _ in pairs]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise ValueError(f"At least two variables have the same name: {twice}")
        self._variables = dict(pairs)

    def save(self, file_prefix: str, global_step: Any = None) -> str:
        """Writes the values; the path to restore from is returned."""
        path = os.fspath(file_prefix) if global_step is None else f"{os.fspath(file_prefix)}-{int(global_step)}"
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        write_values(path, {n: v.read_value().array for n, v in self._variables.items()}, "tf")
        return path

    def restore(self, file_prefix: str) -> None:
        """Gives the variables the values of a checkpoint. Raises NotFoundError for a name that it has not."""
        reader = load_checkpoint(os.fspath(file_prefix))
        for name, variable in self._variables.items():
            variable.assign(reader.get_tensor(name))
