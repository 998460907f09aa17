"""Convolution and pooling, a block of images at a time, against the sums written out; on NumPy and JAX."""

import itertools

import numpy as np
import pytest

from tfnb.engine import windowed
from tfnb.engine.namespaces import jax_namespace, numpy_namespace
from tfnb.ops.windows import Frame

CASES = [
    # space, kernel, strides, dilations, padding, channels, outputs
    ((5, 6), (3, 3), (1, 1), (1, 1), "SAME", 2, 3),
    ((5, 6), (3, 2), (2, 1), (1, 1), "VALID", 1, 4),
    ((7, 8), (3, 3), (2, 3), (1, 1), "SAME", 3, 2),
    ((9, 9), (2, 3), (1, 1), (2, 3), "SAME", 2, 2),
    ((9, 8), (3, 3), (1, 1), (2, 2), "VALID", 1, 1),
    ((6, 6), (1, 1), (2, 2), (1, 1), "SAME", 2, 3),  # elements that no window covers
    ((5, 5), (2, 2), (3, 3), (1, 1), "VALID", 1, 2),
    ((8, 4), (5, 5), (1, 1), (1, 1), "SAME", 1, 2),
    ((4, 5), (2, 2), (1, 2), (1, 1), ((3, 1), (0, 4)), 2, 2),  # windows that lie in the padding alone
    ((4, 3, 5), (2, 2, 3), (2, 1, 2), (1, 1, 1), "SAME", 2, 2),
]


def written_out(x, w, frame):
    """Each product of the sum by itself."""
    n, out = x.shape[0], w.shape[-1]
    y = np.zeros((n, *frame.out, out))
    for place in itertools.product(*map(range, frame.out)):
        for k in itertools.product(*map(range, frame.kernel)):
            at = [
                p * s + j * d - lo
                for p, s, j, d, lo in zip(place, frame.strides, k, frame.dilations, frame.before, strict=True)
            ]
            if all(0 <= a < m for a, m in zip(at, frame.space, strict=True)):
                y[(slice(None), *place)] += x[(slice(None), *at)] @ w[k]
    return y


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("library", ["numpy", "jax"])
@pytest.mark.parametrize("block", [1, 1 << 18])
def test_convolution_and_both_its_gradients(case, library, block, monkeypatch):
    if library == "jax":
        pytest.importorskip("jax")
    monkeypatch.setattr(windowed, "_BLOCK", block)
    xp = numpy_namespace() if library == "numpy" else jax_namespace()
    space, kernel, strides, dilations, padding, c, out = case
    frame = Frame.of(space, kernel, strides, dilations, padding)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, *space, c)).astype(np.float32)
    w = rng.standard_normal((*kernel, c, out)).astype(np.float32)
    dy = rng.standard_normal((3, *frame.out, out)).astype(np.float32)
    y = np.asarray(xp.convolve(x, w, frame))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, written_out(x, w, frame), rtol=1e-4, atol=1e-4)
    # both are linear: <dy, conv(x, w)> = <dx, x> = <dw, w> for every x and w
    dx, dw = np.asarray(xp.convolve_back(dy, w, frame)), np.asarray(xp.correlate(x, w.shape, dy, frame))
    assert dx.shape == x.shape and dw.shape == w.shape and dx.dtype == dw.dtype == np.float32
    for _ in range(3):
        other, weights = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
        np.testing.assert_allclose(
            (dx * other).sum(), (dy * written_out(other, w, frame)).sum(), rtol=1e-3, atol=1e-3
        )
        np.testing.assert_allclose(
            (dw * weights).sum(), (dy * written_out(x, weights, frame)).sum(), rtol=1e-3, atol=1e-3
        )


@pytest.mark.parametrize(
    "space, kernel, strides, padding",
    [
        ((4, 6), (2, 2), (2, 2), "VALID"),
        ((5, 5), (2, 2), (2, 2), "SAME"),
        ((5, 6), (3, 3), (2, 2), "SAME"),
        ((6, 5), (3, 2), (1, 1), "VALID"),
        ((2, 4, 4), (2, 2, 2), (2, 2, 2), "VALID"),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "jax"])
def test_the_gradient_of_the_largest_goes_to_the_first_of_equals(library, space, kernel, strides, padding):
    if library == "jax":
        pytest.importorskip("jax")
    xp = numpy_namespace() if library == "numpy" else jax_namespace()
    frame = Frame.of(space, kernel, strides, (1,) * len(space), padding)
    rng = np.random.default_rng(1)
    x = rng.integers(-2, 1, (2, *space, 3)).astype(np.float32)  # many equal ones
    dy = rng.standard_normal((2, *frame.out, 3)).astype(np.float32)
    want = np.zeros_like(x)
    y = np.zeros_like(dy)
    for place in itertools.product(range(2), *map(range, frame.out), range(3)):
        seen = []
        for k in itertools.product(*map(range, kernel)):
            at = [p * s + j - lo for p, s, j, lo in zip(place[1:-1], strides, k, frame.before, strict=True)]
            if all(0 <= a < m for a, m in zip(at, space, strict=True)):
                seen.append((place[0], *at, place[-1]))
        best = max(seen, key=lambda at: x[at])  # the first of equals
        y[place] = x[best]
        want[best] += dy[place]
    np.testing.assert_allclose(np.asarray(xp.unpool(x, y, dy, frame, -np.inf)), want, rtol=1e-5, atol=1e-6)
