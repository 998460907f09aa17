"""A slice is read, never evaluated."""

import numpy as np
import pytest

from tfnb.views import slices


@pytest.mark.parametrize("text", ["[0]", "[:, 1]", "[..., ::2]", "[1:-1, newaxis]", "[-1:, ..., 0]", "[:]"])
def test_a_slice_is_what_numpy_means(text):
    x = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(x[slices.parse(text)], eval(f"x{text}", {"x": x, "newaxis": None}))


@pytest.mark.parametrize("text", ["[0, :, ::2]", "[1:-2:3, ...]", "[newaxis, :3]"])
def test_what_is_written_is_read_again(text):
    assert slices.parse(slices.written(slices.parse(text))) == slices.parse(text)


def test_nothing_means_everything():
    assert slices.parse("") == slices.parse("[]") == ()
    assert slices.parse("np.newaxis, 2") == (None, 2)


@pytest.mark.parametrize("text", ["a", "f()", "[i for i in y]", "1.5", "True", "0](1)[2", "__import__('os')", "0]; x[0", "1 +", "'a'", "1,2," * 90, "[[0, 1]]"])
def test_nothing_else_is_taken(text):
    with pytest.raises(ValueError, match="A slice is made of"):
        slices.parse(text)


def test_one_ellipsis():
    with pytest.raises(ValueError, match="at most one"):
        slices.parse("..., 0, ...")
