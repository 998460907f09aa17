"""The plugins of TensorBoard that a program writes files for."""

from tfnb.contrib.tensorboard.plugins import projector

__all__ = ["projector"]
