"""tf.keras, as far as lessons in graph style use it: its layers."""

from tfnb.keras import datasets, layers, preprocessing

__all__ = ["datasets", "layers", "preprocessing"]
