"""Values as pictures: the kind that fits, and figures that are right."""

import numpy as np
import pytest

from tfnb.views import tensors


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.float32(1.5), "scalar"),
        (np.arange(5.0), "vector"),
        (np.eye(4), "matrix"),
        (np.zeros((8, 8, 3)), "image"),
        (np.zeros((2, 3, 4, 5)), "histogram"),
        (np.arange(5000.0), "histogram"),
        (np.array([b"a", b"b"], dtype=object), "text"),
        (np.zeros((0, 3)), "text"),
    ],
)
def test_the_kind_fits_the_shape(value, kind):
    assert tensors.picture(value).kind == kind


def test_figures():
    facts = tensors.figures(np.array([1.0, np.nan, 3.0, np.inf]))
    assert facts == {"shape": "4", "dtype": "float64", "min": "1", "max": "3", "mean": "2", "NaN": "1", "inf": "1"}


def test_text_stays_text():
    assert "<b>x" not in tensors.picture(np.array(b"<b>x", dtype=object)).html
