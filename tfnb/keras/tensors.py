"""Keras's settings, and its names for making and changing tensors and variables.

    K.set_floatx("float64");  v = K.variable([1.0, 2.0]);  K.get_value(K.update_add(v, [1.0, 1.0]))
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.sparse import SparseTensor
from tfnb.keras.session import get_graph, get_session, get_value, make_variable
from tfnb.ops import arrays, elementwise, random
from tfnb.variables import Variable

__all__ = [
    "backend", "cast_to_floatx", "constant", "count_params", "dtype", "epsilon", "eval", "eye", "floatx", "function", "gradients",
    "image_data_format", "int_shape", "is_keras_tensor", "is_sparse", "moving_average_update", "ndim", "ones", "placeholder",
    "random_normal_variable", "random_uniform_variable", "set_epsilon", "set_floatx", "set_image_data_format", "update", "update_add", "update_sub",
    "variable", "zeros",
]  # fmt: skip

_settings = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


# -- settings ----------------------------------------------------------------------------------------------------
def floatx() -> str:
    """The name of the dtype that variables have.

    >>> print(tf.keras.backend.floatx())
    float32
    """
    return str(_settings["floatx"])


def set_floatx(value: str) -> None:
    """Sets it to 'float16', 'float32' or 'float64'. Raises ValueError for anything else.

    >>> tf.keras.backend.set_floatx("float32")
    """
    if value not in ("float16", "float32", "float64"):
        raise ValueError(f"Unknown floatx type: {value}")
    _settings["floatx"] = str(value)


def epsilon() -> float:
    """A small number that keeps divisions safe.

    >>> print(tf.keras.backend.epsilon())
    1e-07
    """
    return float(_settings["epsilon"])


def set_epsilon(value: float) -> None:
    """Sets the small number.

    >>> tf.keras.backend.set_epsilon(1e-7)
    """
    _settings["epsilon"] = value


def image_data_format() -> str:
    """'channels_last' or 'channels_first'.

    >>> print(tf.keras.backend.image_data_format())
    channels_last
    """
    return str(_settings["image_data_format"])


def set_image_data_format(data_format: str) -> None:
    """Sets where channels are expected. Raises ValueError for another word.

    >>> tf.keras.backend.set_image_data_format("channels_last")
    """
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f"Unknown data_format: {data_format}")
    _settings["image_data_format"] = str(data_format)


def backend() -> str:
    """The name by which libraries ask what is underneath.

    >>> print(tf.keras.backend.backend())
    tensorflow
    """
    return "tensorflow"


def cast_to_floatx(x: Any) -> Any:
    """An array or a tensor as numbers of the variables' dtype.

    >>> print(tf.keras.backend.cast_to_floatx(np.array([1, 2])).dtype)
    float32
    """
    return elementwise.cast(x, floatx()) if isinstance(x, (Tensor, Variable)) else np.asarray(x, dtype=floatx())


# -- tensors and variables ---------------------------------------------------------------------------------------
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A variable that begins with this value.

    >>> print(tf.keras.backend.eval(tf.keras.backend.variable([1.0, 2.0]) * 2.0))
    [2. 4.]
    """
    return make_variable(name, convert_to_tensor(value, dtype or floatx()), dtype or floatx(), constraint=constraint)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A constant tensor.

    >>> print(tf.keras.backend.constant([1.0, 2.0]).eval())
    [1. 2.]
    """
    from tfnb.ops.sources import constant as made

    return made(value, dtype or floatx(), shape, name or "Const")


def placeholder(shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False, name: str | None = None) -> Any:
    """A placeholder that a model can begin with.

    >>> print(tf.keras.backend.placeholder([None, 3]).shape)
    (?, 3)
    """
    from tfnb.ops.sources import placeholder as made

    with get_graph().as_default():
        return made(dtype or floatx(), shape if shape is not None else [None] * (ndim or 0), name=name)


def eval(x: Any) -> Any:  # noqa: A001 - Keras's name
    """The value of a tensor or a variable.

    >>> print(tf.keras.backend.eval(tf.constant([1.0])))
    [1.]
    """
    return get_value(x) if isinstance(x, (Tensor, Variable)) else get_value(convert_to_tensor(x))


def function(inputs: Any, outputs: Any, updates: Any = None, **_: Any) -> Any:
    """A Python function that feeds the inputs and fetches the outputs.

    >>> x = tf.keras.backend.placeholder((2,))
    >>> print(tf.keras.backend.function([x], [x * 2.0])([[1.0, 2.0]]))
    [array([2., 4.], dtype=float32)]
    """
    from tfnb.core import nest

    ends = [u[0].assign(u[1]) if isinstance(u, tuple) else u for u in updates or []]

    def call(given: Any) -> Any:
        feeds = dict(zip(nest.flatten(inputs), given if isinstance(given, (list, tuple)) else [given], strict=True))
        return get_session().run([outputs, ends], feeds)[0]

    return call


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The shape as a tuple, None for what is not known.

    >>> print(tf.keras.backend.int_shape(tf.keras.backend.ones([2, 3])))
    (2, 3)
    """
    found = x.shape
    return tuple(found.as_list()) if found.ndims is not None else None


def ndim(x: Any) -> int | None:
    """The number of axes.

    >>> print(tf.keras.backend.ndim(tf.keras.backend.ones([2, 3])))
    2
    """
    return x.shape.ndims  # type: ignore[no-any-return]


def dtype(x: Any) -> str:
    """The name of the dtype.

    >>> print(tf.keras.backend.dtype(tf.keras.backend.ones([2, 3])))
    float32
    """
    return str(x.dtype.base_dtype.name)


def is_keras_tensor(x: Any) -> bool:
    """Whether this came out of a layer. Raises ValueError for what is no tensor."""
    if not isinstance(x, (Tensor, Variable, SparseTensor)):
        raise ValueError(f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance.")
    return hasattr(x, "_keras_history")


def is_sparse(tensor: Any) -> bool:
    """Whether this is a sparse tensor.

    >>> print(tf.keras.backend.is_sparse(tf.ones([2])))
    False
    """
    return isinstance(tensor, SparseTensor)


def count_params(x: Any) -> int:
    """How many numbers a variable has.

    >>> print(tf.keras.backend.count_params(tf.keras.backend.ones([2, 3])))
    6
    """
    return int(np.prod(x.shape.as_list()))


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros.

    >>> print(tf.keras.backend.eval(tf.keras.backend.zeros([2])))
    [0. 0.]
    """
    return make_variable(name, arrays.zeros(shape, dtype or floatx()), dtype or floatx())


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones.

    >>> print(tf.keras.backend.eval(tf.keras.backend.ones([2])))
    [1. 1.]
    """
    return make_variable(name, arrays.ones(shape, dtype or floatx()), dtype or floatx())


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A variable that is the unit matrix.

    >>> print(tf.keras.backend.eval(tf.keras.backend.eye(2)))
    [[1. 0.]
     [0. 1.]]
    """
    from tfnb.ops.diagonals import eye as unit

    return make_variable(name, unit(size, dtype=dtype or floatx()), dtype or floatx())


def random_uniform_variable(shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: int | None = None) -> Any:
    """A variable of uniform numbers.

    >>> print(tf.keras.backend.random_uniform_variable([2, 3], 0.0, 1.0).shape)
    (2, 3)
    """
    return make_variable(name, random.random_uniform(shape, low, high, dtype or floatx(), seed=seed))


def random_normal_variable(shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: int | None = None) -> Any:
    """A variable of normal numbers.

    >>> print(tf.keras.backend.random_normal_variable([2, 3], 0.0, 1.0).shape)
    (2, 3)
    """
    return make_variable(name, random.random_normal(shape, mean, scale, dtype or floatx(), seed=seed))


def update(x: Variable, new_x: Any) -> Any:
    """Gives a variable a value when it is run.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.keras.backend.update(v, 5.0)))
    5.0
    """
    return x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Any:
    """Adds to a variable when it is run.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.keras.backend.update_add(v, 5.0)))
    6.0
    """
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: Any) -> Any:
    """Takes from a variable when it is run.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.keras.backend.update_sub(v, 5.0)))
    -4.0
    """
    return x.assign_sub(decrement)


def moving_average_update(x: Variable, value: Any, momentum: Any) -> Any:
    """Moves a variable towards a value.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> _ = sess.run(tf.keras.backend.moving_average_update(v, 2.0, 0.5))
    >>> print(v.eval())
    1.5
    """
    return x.assign_sub((x.value() - value) * (1.0 - momentum))


def gradients(loss: Any, variables: Any) -> list[Any]:
    """The gradients of a loss with respect to a list of variables or tensors.

    >>> x = tf.constant(3.0)
    >>> print(tf.keras.backend.gradients(x * x, [x])[0].eval())
    6.0
    """
    from tfnb.gradients import gradients as found

    return found(loss, variables)
