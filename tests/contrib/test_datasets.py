"""Data sets of tf.contrib.learn, as TensorFlow 1.15.5 gave them."""

import numpy as np
import pytest

import tfnb as tf

datasets = tf.contrib.learn.datasets


def test_boston():
    boston = datasets.load_dataset("boston")
    assert boston.data.shape == (506, 13) and boston.data.dtype == boston.target.dtype == np.float64
    np.testing.assert_allclose([boston.data.sum(), boston.target.sum()], [460936.55522, 11401.6])
    with pytest.raises(ValueError, match="Name of dataset is not found: paris"):
        datasets.load_dataset("paris")


def test_csv_files(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("2,2,a,b\n1,2,0\n3,4,1\n")
    found = datasets.base.load_csv_with_header(str(file), np.int32, np.float32)
    assert found.data.tolist() == [[1, 2], [3, 4]] and found.target.tolist() == [0, 1]
    assert found.data.dtype == np.float32 and found.target.dtype == np.int32
    file.write_text("1,2,0\n3,4,1\n")
    found = datasets.base.load_csv_without_header(str(file), np.int32, np.float32, 0)
    assert found.data.tolist() == [[2, 0], [4, 1]] and found.target.tolist() == [1, 3]
