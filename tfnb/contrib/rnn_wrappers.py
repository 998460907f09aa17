"""Cells around cells that tf.contrib.rnn has beside those of tf.nn: projections, an embedding, fused names."""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor
from tfnb.initializers import constant_initializer
from tfnb.ops.arrays import concat
from tfnb.ops.linear import matmul
from tfnb.ops.neural import bias_add, embedding_lookup
from tfnb.rnn_cell import GRUCell, LSTMCell, RNNCell
from tfnb.variable_scopes import get_variable

__all__ = ["EmbeddingWrapper", "GRUBlockCell", "GRUBlockCellV2", "InputProjectionWrapper", "LSTMBlockCell", "OutputProjectionWrapper"]


def _linear(args: Any, output_size: int, bias: bool, bias_initializer: Any = None, kernel_initializer: Any = None) -> Any:
    """A linear map of tensors [batch, .] side by side to [batch, output_size], with the variables kernel and bias of the scope."""
    args = [args] if isinstance(args, Tensor) else list(args)
    if not args:
        raise ValueError("`args` must be specified")
    x = args[0] if len(args) == 1 else concat(args, 1)
    kernel = get_variable("kernel", [sum(int(a.shape[1]) for a in args), output_size], args[0].dtype, kernel_initializer)
    product = matmul(x, kernel)
    if not bias:
        return product
    start = bias_initializer or constant_initializer(0.0, dtype=args[0].dtype)
    return bias_add(product, get_variable("bias", [output_size], args[0].dtype, start))


class Around(RNNCell):
    """A cell around another, whose state and output are of that one's sizes."""

    _cell: Any

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return self._cell.zero_state(batch_size, dtype)


class _Projecting(Around):
    """A cell and a linear map [., size] with variables kernel and bias."""

    def __init__(self, cell: RNNCell, activation: Any = None, reuse: Any = None) -> None:
        super().__init__(_reuse=reuse)
        self._cell, self._activation = cell, activation

    def project(self, x: Any, size: int) -> Any:
        kernel = get_variable("kernel", [x.shape.as_list()[-1], size], dtype=x.dtype)
        projected = bias_add(matmul(x, kernel), get_variable("bias", [size], dtype=x.dtype))
        return projected if self._activation is None else self._activation(projected)


class OutputProjectionWrapper(_Projecting):
    """A linear map of a cell's outputs to `output_size`.

    >>> cell = tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 7)
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 7)
    """

    def __init__(self, cell: RNNCell, output_size: int, activation: Any = None, reuse: Any = None) -> None:
        super().__init__(cell, activation, reuse)
        self._size = output_size

    @property
    def output_size(self) -> int:
        return self._size

    def call(self, x: Any, state: Any) -> Any:
        output, new = self._cell(x, state)
        return self.project(output, self._size), new


class InputProjectionWrapper(_Projecting):
    """A linear map of the inputs to `num_proj` before the cell.

    >>> cell = tf.contrib.rnn.InputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 5)
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 3)
    """

    def __init__(self, cell: RNNCell, num_proj: int, activation: Any = None, input_size: Any = None, reuse: Any = None) -> None:
        super().__init__(cell, activation, reuse)
        self._size = num_proj

    def call(self, x: Any, state: Any) -> Any:
        return self._cell(self.project(x, self._size), state)


class EmbeddingWrapper(_Projecting):
    """Looks the inputs, class numbers [batch, 1], up in a table [classes, size] before the cell.

    >>> cell = tf.contrib.rnn.EmbeddingWrapper(tf.nn.rnn_cell.GRUCell(3), embedding_classes=10, embedding_size=4)
    >>> output, _ = cell(tf.constant([[1], [7]]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 3)
    """

    def __init__(self, cell: RNNCell, embedding_classes: int, embedding_size: int, initializer: Any = None, reuse: Any = None) -> None:
        super().__init__(cell, None, reuse)
        self._table, self._initializer = [embedding_classes, embedding_size], initializer

    def call(self, x: Any, state: Any) -> Any:
        from tfnb.ops.arrays import reshape

        table = get_variable("embedding", self._table, initializer=self._initializer)
        return self._cell(embedding_lookup(table, reshape(x, [-1])), state)


class LSTMBlockCell(LSTMCell):
    """One fused kernel in TensorFlow; here an LSTM, with the same numbers.

    >>> cell = tf.contrib.rnn.LSTMBlockCell(3)
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 3)
    """

    _order = "ifo"

    def __init__(self, num_units: int, forget_bias: float = 1.0, cell_clip: float | None = None, use_peephole: bool = False, dtype: Any = None,
                 reuse: Any = None, name: str = "lstm_cell") -> None:  # fmt: skip
        super().__init__(num_units, use_peephole, cell_clip, forget_bias=forget_bias, dtype=dtype, reuse=reuse, name=name)


class GRUBlockCellV2(GRUCell):
    """One fused kernel in TensorFlow; here a GRU, with the same numbers.

    >>> cell = tf.contrib.rnn.GRUBlockCell(3)
    >>> output, _ = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> print(output.shape)
    (2, 3)
    """

    def __init__(self, num_units: Any = None, cell_size: Any = None, reuse: Any = None, name: str = "gru_cell") -> None:
        super().__init__(num_units or cell_size, reuse=reuse, name=name)


GRUBlockCell = GRUBlockCellV2
