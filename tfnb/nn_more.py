"""The seldom parts of tf.nn: a loop of one's own over a cell, losses of several replicas, and gradients of convolutions by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.ops import arrays, reduce
from tfnb.ops.compare import logical_not, logical_or, select
from tfnb.ops.elementwise import cast
from tfnb.ops.loops import while_loop
from tfnb.ops.tensor_array import TensorArray
from tfnb.variable_scopes import variable_scope

__all__ = [
    "batch_norm_with_global_normalization", "compute_average_loss", "depthwise_conv2d_backprop_filter", "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native_backprop_filter", "depthwise_conv2d_native_backprop_input", "raw_rnn", "scale_regularization_loss",
]  # fmt: skip


def raw_rnn(cell: Any, loop_fn: Callable[..., Any], parallel_iterations: int | None = None, swap_memory: bool = False,
            scope: Any = None) -> tuple[Any, Any, Any]:  # fmt: skip
    """A cell in a loop that `loop_fn(time, output, state, loop_state)` steers: (outputs as arrays of tensors, last state, last loop state).

    `loop_fn` gives (finished, next inputs, next state, what to keep as output, next loop state); at time 0 its output is
    None and it gives the first state, and a tensor of an output's shape (or None: the cell's).

    >>> cell = tf.nn.rnn_cell.GRUCell(3)
    >>> def loop(time, output, state, kept):
    ...     state = cell.zero_state(2, tf.float32) if output is None else state
    ...     return tf.fill([2], time >= 4), tf.zeros([2, 5]), state, output, None
    >>> outputs, state, _ = tf.nn.raw_rnn(cell, loop)
    >>> sess.run(tf.global_variables_initializer())
    >>> outputs.stack().eval().shape
    (4, 2, 3)
    """
    with variable_scope(scope or "rnn"):
        time = convert_to_tensor(0, "int32")
        finished, inputs, state, like, loop_state = loop_fn(time, None, None, None)
        flat = [convert_to_tensor(x) for x in nest.flatten(inputs)]
        batch = flat[0].shape.as_list()[0] or arrays.shape(flat[0])[0]
        if like is None:
            like = nest.map_structure(lambda n: arrays.zeros([int(n)], flat[0].dtype), cell.output_size)
        blank = nest.map_structure(lambda t: _blank(batch, t), like)
        written = nest.map_structure(lambda z: TensorArray(z.dtype, size=0, dynamic_size=True, element_shape=z.shape), blank)
        kept = loop_state if loop_state is not None else convert_to_tensor(0)

        def body(t: Any, over: Any, x: Any, found: Any, held: Any, loop: Any) -> Any:
            output, new = cell(x, held)
            done, next_x, next_state, emitted, next_loop = loop_fn(t + 1, output, new, loop if loop_state is not None else None)
            emitted = nest.map_structure(lambda e, z: _rows(over, z, e), emitted, blank)
            next_state = nest.pack_sequence_as(next_state, [_rows(over, a, b) for a, b in zip(nest.flatten(held), nest.flatten(next_state), strict=True)])
            found = nest.map_structure(lambda a, e: a.write(t, e), found, emitted)
            return t + 1, logical_or(done, over), next_x, found, next_state, next_loop if next_loop is not None else loop

        _, _, _, found, last, loop = while_loop(lambda t, over, *_: logical_not(reduce.reduce_all(over)), body,
                                                (time, finished, inputs, written, state, kept), parallel_iterations=parallel_iterations or 32,
                                                swap_memory=swap_memory)  # fmt: skip
        return found, last, loop if loop_state is not None else None


def _blank(batch: Any, like: Tensor) -> Tensor:
    """Zeros like an output, for each example."""
    out = arrays.zeros(arrays.concat([arrays.reshape(batch, [1]), arrays.shape(like)], 0), like.dtype)
    out.set_shape([batch if isinstance(batch, int) else None, *like.shape.as_list()])
    return out


def _rows(over: Tensor, old: Any, new: Any) -> Any:
    """Rows of `old` where a sequence is over; arrays of tensors and scalars go on."""
    if not isinstance(new, Tensor) or not new.shape.ndims:
        return new
    out = select(over, old, new)
    out.set_shape(new.shape)
    return out


def compute_average_loss(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Tensor:
    """The sum of the losses of this replica's examples, divided by the number of all replicas'.

    >>> print(tf.nn.compute_average_loss([1.0, 3.0], global_batch_size=4).eval())
    1.0
    """
    losses = convert_to_tensor(per_example_loss)
    if sample_weight is not None:
        losses = losses * cast(sample_weight, losses.dtype)
    n = arrays.size(losses) if global_batch_size is None else global_batch_size
    return reduce.reduce_sum(losses) / cast(n, losses.dtype)


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of regularizers' losses, divided by the number of replicas: here one.

    >>> tf.nn.scale_regularization_loss(tf.constant(0.5)).eval()
    np.float32(0.5)
    """
    return reduce.reduce_sum(regularization_loss)


def batch_norm_with_global_normalization(t: Any = None, m: Any = None, v: Any = None, beta: Any = None, gamma: Any = None, variance_epsilon: Any = None,
                                         scale_after_normalization: Any = None, name: str | None = None, input: Any = None, mean: Any = None,
                                         variance: Any = None) -> Tensor:  # fmt: skip
    """Batch normalization by given means and variances; gamma counts where `scale_after_normalization`.

    >>> x, one, zero = tf.constant([[[[2.0]]]]), tf.ones([1]), tf.zeros([1])
    >>> print(tf.nn.batch_norm_with_global_normalization(x, zero, one * 4.0, zero, one, 0.0, True).eval())
    [[[[1.]]]]
    """
    from tfnb.ops.neural import batch_normalization

    first = lambda a, b: b if a is None else a  # noqa: E731
    with name_scope(name, "batch_norm"):
        return batch_normalization(first(t, input), first(m, mean), first(v, variance), beta, gamma if scale_after_normalization else None,
                                   variance_epsilon)  # fmt: skip


def depthwise_conv2d_backprop_input(input_sizes: Any, filter: Any, out_backprop: Any, strides: Any, padding: str, data_format: str = "NHWC",
                                    dilations: Any = (1, 1, 1, 1), name: str | None = None) -> Tensor:  # fmt: skip
    """The gradient of a depthwise convolution with respect to its input.

    >>> print(tf.nn.depthwise_conv2d_backprop_input([1, 3, 3, 1], tf.ones([2, 2, 1, 1]), tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "VALID").eval()[0, :, :, 0])
    [[1. 2. 1.]
     [2. 4. 2.]
     [1. 2. 1.]]
    """
    from tfnb.ops.depthwise import depthwise_back_input

    return depthwise_back_input(input_sizes, filter, out_backprop, strides=tuple(strides), padding=padding, data_format=data_format,
                                dilations=tuple(dilations), name=name)  # type: ignore[no-any-return]  # fmt: skip


def depthwise_conv2d_backprop_filter(input: Any, filter_sizes: Any, out_backprop: Any, strides: Any, padding: str, data_format: str = "NHWC",
                                     dilations: Any = (1, 1, 1, 1), name: str | None = None) -> Tensor:  # fmt: skip
    """The gradient of a depthwise convolution with respect to its filter.

    >>> print(tf.nn.depthwise_conv2d_backprop_filter(tf.ones([1, 3, 3, 1]), [2, 2, 1, 1], tf.ones([1, 2, 2, 1]), [1, 1, 1, 1], "VALID").eval()[:, :, 0, 0])
    [[4. 4.]
     [4. 4.]]
    """
    from tfnb.ops.depthwise import depthwise_back_filter

    return depthwise_back_filter(input, filter_sizes, out_backprop, strides=tuple(strides), padding=padding, data_format=data_format,
                                 dilations=tuple(dilations), name=name)  # type: ignore[no-any-return]  # fmt: skip


depthwise_conv2d_native_backprop_input, depthwise_conv2d_native_backprop_filter = depthwise_conv2d_backprop_input, depthwise_conv2d_backprop_filter
