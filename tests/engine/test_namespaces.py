"""Every function that kernels ask of `xp` is there, on each library that is installed."""

import importlib
import pathlib
import re

import numpy as np
import pytest

import tfnb
from tfnb.engine import namespaces
from tfnb.engine.backends import devices

OPS = pathlib.Path(tfnb.__file__).parent / "ops"
ASKED = sorted(
    {
        name
        for file in OPS.rglob("*.py")
        for name in re.findall(r"\bxp\.([A-Za-z_]\w*)", file.read_text(encoding="utf-8"))
    }
)


def namespace(library):
    pytest.importorskip(library)
    return getattr(namespaces, f"{library}_namespace")()


@pytest.mark.parametrize("library", ["numpy", "jax", "cupy"])
def test_what_kernels_ask_for_is_there(library):
    xp = namespace(library)
    missing = []
    for name in ASKED:
        try:
            getattr(xp, name)
        except AttributeError:
            missing.append(name)
    assert len(ASKED) > 50 and missing == []


@pytest.mark.parametrize("library", ["jax", "cupy"])
def test_what_differs_gives_what_numpy_gives(library):
    if library == "cupy" and not next(d for d in devices() if d.name == "gpu:cupy").available:
        pytest.skip("no GPU that CuPy finds")
    xp, host = namespace(library), namespaces.numpy_namespace()
    array = importlib.import_module({"jax": "jax.numpy"}.get(library, library)).asarray
    into, rows = np.arange(12.0).reshape(4, 3), np.ones((3, 3))
    places = np.array([1, 1, 3])
    for name in ("scatter_add", "scatter_set"):
        got = getattr(xp, name)(array(into), array(places), array(rows))
        np.testing.assert_array_equal(got.get() if library == "cupy" else np.asarray(got), getattr(host, name)(into, places, rows))
    np.testing.assert_array_equal(into, np.arange(12.0).reshape(4, 3))  # a copy was made


@pytest.mark.parametrize(
    "x", [np.float32(2), np.ones((2, 3), np.float32), np.ones((0, 3)), np.arange(6).reshape(2, 3) > 2]
)
def test_the_short_ways_give_what_numpy_gives(x):
    xp = namespaces.numpy_namespace()
    for axis in (None, *range(x.ndim)):
        for keep in (False, True):
            for name in (
                "sum",
                "prod",
                *(("max", "min") if x.size and axis != 0 or x.ndim and x.shape[0] else ()),
            ):
                want = getattr(np, name)(x, axis=axis, keepdims=keep)
                got = getattr(xp, name)(x, axis=axis, keepdims=keep)
                np.testing.assert_array_equal(got, want)
                assert np.asarray(got).dtype == np.asarray(want).dtype
    for shape in ((2, 3), (100, 2, 3)):
        if x.shape != (0, 3):
            np.testing.assert_array_equal(xp.broadcast_to(x, shape), np.broadcast_to(x, shape))
    for shape in ((), (2,), (0, 3)):
        np.testing.assert_array_equal(xp.full(shape, 3, np.int32), np.full(shape, 3, np.int32))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, np.complex64])
def test_a_mean_is_numpy_s_to_the_last_bit(dtype):
    rng = np.random.default_rng(7)
    xp = namespaces.numpy_namespace()
    for shape in [(), (1,), (7,), (3, 5), (1000, 3), (3, 1000), (2, 3, 4)]:
        x = (rng.standard_normal(shape) * 100).astype(dtype)[()]
        for axis in [None, (), *range(x.ndim), tuple(range(x.ndim)), -1 if x.ndim else ()]:
            for keepdims in (False, True):
                got, want = xp.mean(x, axis=axis, keepdims=keepdims), np.mean(x, axis=axis, keepdims=keepdims)
                assert got.dtype == want.dtype and got.shape == want.shape and got.tobytes() == want.tobytes()
