"""tf.keras.datasets, as far as packages ship the data: nothing is downloaded."""

from tfnb.keras.datasets import mnist

__all__ = ["mnist"]
