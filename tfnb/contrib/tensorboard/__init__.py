"""tf.contrib.tensorboard: what its plugins read."""

from tfnb.contrib.tensorboard import plugins

__all__ = ["plugins"]
