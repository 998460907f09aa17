"""tf.keras.datasets: digits that ship with a package, and data sets from files of one's own. Nothing is downloaded."""

from tfnb.keras.datasets import boston_housing, cifar10, cifar100, fashion_mnist, imdb, mnist, reuters

__all__ = ["boston_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist", "reuters"]
