"""tf.contrib.rnn: the cells and loops of tf.nn under their first names."""

from __future__ import annotations

from tfnb.rnn import static_bidirectional_rnn, static_rnn
from tfnb.rnn_cell import (
    BasicLSTMCell,
    BasicRNNCell,
    DeviceWrapper,
    DropoutWrapper,
    GRUCell,
    LSTMCell,
    LSTMStateTuple,
    MultiRNNCell,
    ResidualWrapper,
    RNNCell,
)

__all__ = [
    "BasicLSTMCell", "BasicRNNCell", "DeviceWrapper", "DropoutWrapper", "GRUCell", "LSTMBlockCell", "LSTMCell", "LSTMStateTuple",
    "MultiRNNCell", "RNNCell", "ResidualWrapper", "static_bidirectional_rnn", "static_rnn",
]  # fmt: skip

LSTMBlockCell = BasicLSTMCell  # one fused kernel there, the same numbers
