"""tf.keras, as far as lessons in graph style use it: its layers."""

from tfnb.keras import layers

__all__ = ["layers"]
