"""tf.contrib.learn, as far as it is here: its data sets."""

from tfnb.contrib.learn import datasets

__all__ = ["datasets"]
