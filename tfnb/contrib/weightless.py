"""Layers of contrib that have no weights: groups of features, probabilities, lengths."""

from __future__ import annotations

from typing import Any

from tfnb.contrib.arg_scopes import add_arg_scope
from tfnb.contrib.scopes import last_dimension
from tfnb.core.dtypes import int32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.ops import activations, arrays, division, filling, indexing, joining, movement, powers, reduce
from tfnb.variable_scopes import variable_scope

__all__ = ["maxout", "softmax", "unit_norm"]


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Tensor:
    """The largest of each group of features along `axis`, which num_units groups share (Goodfellow et al. 2013).

    >>> print(tf.contrib.layers.maxout([[1.0, 4.0, 3.0, 2.0]], 2).eval())
    [[4. 3.]]
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        x = convert_to_tensor(inputs)
        shape = x.shape.as_list()
        n = shape[axis]
        if n % num_units:
            raise ValueError(f"number of features({n}) is not a multiple of num_units({num_units})")
        shape[axis] = num_units
        sizes = [arrays.shape(x)[i] if size is None else size for i, size in enumerate([*shape, n // num_units])]
        return reduce.reduce_max(arrays.reshape(x, sizes), -1, keepdims=False)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """softmax over the last axis of logits of rank 2 or more.

    >>> print(tf.contrib.layers.softmax(tf.zeros([1, 2])).eval())
    [[0.5 0.5]]
    """
    with variable_scope(scope, "softmax", [logits]):
        rows = arrays.reshape(logits, [-1, last_dimension(logits.shape, min_rank=2)])
        y = arrays.reshape(activations.softmax(rows), arrays.shape(logits))
        y.set_shape(logits.shape)
        return y


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Tensor:
    """The inputs with length 1 along an axis.

    >>> print(tf.contrib.layers.unit_norm(tf.constant([[3.0, 4.0]]), 1).eval())
    [[0.6 0.8]]
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        rank = inputs.shape.ndims
        if not rank:
            raise ValueError("The input rank must be known.")
        if not 0 <= dim < rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        lengths = powers.sqrt(reduce.reduce_sum(powers.square(inputs), dim, True) + epsilon)
        times = [filling.ones([dim], int32)] if dim else []
        times.append(indexing.strided_slice(arrays.shape(inputs), [dim], [dim + 1]))
        times += [filling.ones([rank - 1 - dim], int32)] if dim < rank - 1 else []
        return division.div(inputs, movement.tile(lengths, joining.concat(times, 0)))
