"""tf.contrib.learn.datasets.mnist: the digits of the tutorials."""

from tfnb.examples.tutorials.mnist.input_data import (
    DataSet,
    Datasets,
    dense_to_one_hot,
    extract_images,
    extract_labels,
    read_data_sets,
)

__all__ = ["DataSet", "Datasets", "dense_to_one_hot", "extract_images", "extract_labels", "load_mnist", "read_data_sets"]


def load_mnist(train_dir: str = "MNIST-data") -> Datasets:
    """Train, validation and test sets of digits."""
    return read_data_sets(train_dir)
