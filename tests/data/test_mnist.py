"""Digits without a network: the shapes and the batches that tutorials count on."""

import gzip
import struct

import numpy as np

from tfnb.examples.tutorials.mnist import input_data


def test_shipped_digits():
    mnist = input_data.read_data_sets("nowhere", one_hot=True)
    x, y = mnist.train.next_batch(100)
    assert (x.shape, y.shape, x.dtype, y.sum()) == ((100, 784), (100, 10), np.float32, 100)
    assert 0 <= x.min() < x.max() <= 1
    assert mnist.test.images.shape[0] == mnist.test.num_examples > 300


def write(path, array):
    with gzip.open(path, "wb") as f:
        f.write(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


def test_own_files_and_epochs(tmp_path):
    images = np.arange(12 * 4, dtype=np.uint8).reshape(12, 2, 2)
    for name, array in zip(input_data.FILES, (images, np.arange(12, dtype=np.uint8), images[:3], np.arange(3, dtype=np.uint8)), strict=True):
        write(tmp_path / (name + ".gz"), array)
    mnist = input_data.read_data_sets(str(tmp_path), validation_size=2, reshape=False, dtype="uint8")
    assert mnist.validation.labels.tolist() == [0, 1]
    assert mnist.train.images.shape == (10, 2, 2, 1)
    first, second, third = (mnist.train.next_batch(4, shuffle=False)[1].tolist() for _ in range(3))
    assert (first, second, third) == ([2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 2, 3])
    assert mnist.train.epochs_completed == 1


def test_other_names_for_the_same_digits():
    import tfnb as tf

    (x, y), (x_test, _) = tf.keras.datasets.mnist.load_data()
    assert (x.shape[1:], x.dtype, len(x) == len(y), len(x_test) < len(x)) == ((28, 28), np.uint8, True, True)
    assert tf.contrib.learn.datasets.mnist.read_data_sets is input_data.read_data_sets
    assert tf.contrib.learn.datasets.load_iris().data.shape == (150, 4)
    assert tf.contrib.data.Dataset is tf.data.Dataset
