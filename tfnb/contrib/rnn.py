"""tf.contrib.rnn: the cells and loops of tf.nn under their first names, and wrappers of its own."""

from __future__ import annotations

from tfnb.contrib.rnn_cells import *  # noqa: F403
from tfnb.contrib.rnn_cells import __all__ as _more_cells
from tfnb.contrib.rnn_more import *  # noqa: F403
from tfnb.contrib.rnn_more import __all__ as _more
from tfnb.contrib.rnn_wrappers import *  # noqa: F403
from tfnb.contrib.rnn_wrappers import __all__ as _wrappers
from tfnb.contrib.rnn_wrappers import _linear as _linear
from tfnb.contrib.stacked import stack_bidirectional_dynamic_rnn, stack_bidirectional_rnn
from tfnb.rnn import static_bidirectional_rnn, static_rnn
from tfnb.rnn_cell import *  # noqa: F403
from tfnb.rnn_cell import __all__ as _cells

__all__ = [*_cells, *_wrappers, *_more_cells, *_more, "stack_bidirectional_dynamic_rnn", "stack_bidirectional_rnn", "static_bidirectional_rnn", "static_rnn"]
