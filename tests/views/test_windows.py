"""What is on the screen of an array: right numbers, bounded size."""

import numpy as np
import pytest

from tfnb.views import windows
from tfnb.views.windows import CELLS, best_kind, figures_of, window


def test_a_table_is_a_part_of_the_rows_and_columns():
    x = np.arange(10_000).reshape(100, 100)
    w = window(x, "table", rows=(10, 14), columns=(97, 120))
    np.testing.assert_array_equal(w.data, x[10:14, 97:])
    assert (w.about["rows"], w.about["columns"], w.about["row"], w.about["column"]) == (100, 100, 10, 97)


def test_more_axes_are_rows_with_their_places():
    x = np.arange(24).reshape(2, 3, 4)
    w = window(x, "table", rows=(2, 5))
    np.testing.assert_array_equal(w.data, x.reshape(6, 4)[2:5])
    assert w.about["labels"] == ["0, 2", "1, 0", "1, 1"]


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (5,), (1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_small_and_empty_values_have_windows(shape, dtype):
    x = np.ones(shape, dtype)
    w = window(x, best_kind(x))
    assert w.data.size == x.size and figures_of(x)["size"] == x.size


def test_texts_and_complex_numbers_are_tables_of_texts():
    w = window(np.array(["<b>&\"", "\u0540\u0561\u0575", b"\xff" * 99], object), "table")
    assert w.about["texts"][:2] == ["<b>&\"", "\u0540\u0561\u0575"] and len(w.about["texts"][2]) == windows.LONGEST
    assert window(np.array([1 + 2j]), "table").about["texts"] == ["1+2j"]
    with pytest.raises(ValueError, match="table only"):
        window(np.array(["a"], object), "heat")


def test_a_heat_map_takes_every_kth():
    x = np.random.RandomState(0).randn(300, 200).astype("f")
    w = window(x, "heat", height=64, width=64)
    assert w.about["every"] == [5, 4]
    np.testing.assert_array_equal(w.data, x[::5, ::4])
    assert w.about["low"] <= w.data.min() and w.about["high"] >= w.data.max()


def test_filters_and_activations_are_tiles():
    filters = np.random.RandomState(0).randn(5, 5, 3, 8)
    w = window(filters, "images")
    assert (w.about["down"], w.about["across"]) == (3, 8)
    np.testing.assert_allclose(w.data[2, 7], filters[:, :, 2, 7], rtol=1e-6)
    maps = np.random.RandomState(0).randn(2, 28, 28, 6)
    np.testing.assert_allclose(window(maps, "images").data[1, 4], maps[1, :, :, 4], rtol=1e-6)
    rows = np.random.RandomState(0).randn(10, 64)
    w = window(rows, "images")
    np.testing.assert_allclose(w.data[1, 1], rows[9].reshape(8, 8), rtol=1e-6)
    assert np.isnan(w.data[1, 2]).all()
    with pytest.raises(ValueError, match="is not pictures"):
        window(np.ones((3, 5)), "images")


def test_a_histogram_counts_finite_numbers():
    w = window(np.array([0.0, 1.0, 1.0, np.nan, np.inf]), "histogram")
    assert w.data.sum() == 3 and w.data[0] == 1 and w.data[-1] == 2
    with pytest.raises(ValueError, match="no finite number"):
        window(np.array([np.nan]), "histogram")


def test_figures():
    f = figures_of(np.array([[0.0, -2.0], [np.nan, np.inf]], "float32"))
    assert (f["min"], f["max"], f["mean"], f["zeros"], f["NaN"], f["inf"]) == (-2.0, 0.0, -1.0, 1, 1, 1)
    assert f["std"] == 1.0 and f["bytes"] == 16


@pytest.mark.parametrize("kind", windows.KINDS)
def test_what_is_sent_is_bounded_however_large_the_value(kind):
    x = np.broadcast_to(np.arange(1024, dtype="float32"), (100_000, 1024))  # 100 million elements, 4 kB of memory
    w = window(x, kind, rows=(50_000, 99_000), columns=(0, 1024), height=10**6, width=10**6)
    assert w.data.nbytes <= 4 * CELLS
