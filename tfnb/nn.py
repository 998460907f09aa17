"""tf.nn: what networks are made of, under the names it has there."""

from tfnb.ops.activations import *  # noqa: F403
from tfnb.ops.conv import *  # noqa: F403
from tfnb.ops.entropies import *  # noqa: F403
from tfnb.ops.pool import *  # noqa: F403
from tfnb.ops.sorting import *  # noqa: F403
from tfnb.ops.special import sigmoid, tanh

__all__ = ["sigmoid", "tanh"]
