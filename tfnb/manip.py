"""tf.manip: moving the elements of tensors, under the names they have there."""

from tfnb.ops.blocks import batch_to_space_nd, space_to_batch_nd
from tfnb.ops.indexing import gather_nd, reverse, roll, scatter_nd
from tfnb.ops.movement import tile
from tfnb.ops.shaping import reshape

__all__ = ["batch_to_space_nd", "gather_nd", "reshape", "reverse", "roll", "scatter_nd", "space_to_batch_nd", "tile"]
