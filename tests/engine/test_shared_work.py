"""Work shared out over threads: the same results on any number of them, and the BLAS library's own threads as before."""

import os
import threading

import numpy as np
import pytest

from tfnb.engine import blas, windowed
from tfnb.ops.windows import Frame

pytestmark = pytest.mark.skipif(blas.threads() is None, reason="no BLAS library tells its threads")


@pytest.fixture(autouse=True)
def as_before():
    before = blas.threads()
    yield
    blas.set_threads(before)


def test_results_come_in_the_order_of_the_parts_from_several_threads():
    blas.set_threads(2)
    met = threading.Barrier(2, timeout=60)  # passed only by two at once
    seen = []

    def work(part):
        met.wait()
        seen.append(blas.threads())
        return part * part

    assert blas.each(work, [1, 2, 3, 4]) == [1, 4, 9, 16]
    assert seen == [1] * 4  # each product on the thread that asks for it
    assert blas.threads() == 2


def test_one_thread_works_alone():
    blas.set_threads(1)
    assert blas.each(lambda _: threading.get_ident(), [1, 2]) == [threading.get_ident()] * 2


def test_an_error_leaves_the_threads_as_they_were():
    blas.set_threads(2)
    with pytest.raises(ZeroDivisionError):
        blas.each(lambda part: 1 // part, [1, 0])
    assert blas.threads() == 2


def test_a_number_set_meanwhile_holds_afterwards():
    blas.set_threads(2)
    blas.each(lambda part: blas.set_threads(1), [1, 2])
    assert blas.threads() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    blas.set_threads(2)
    blas.each(abs, [1, 2])
    child = os.fork()
    if child == 0:
        os._exit(0 if blas.each(abs, [-1, -2]) == [1, 2] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("images", [1, 7, 8, 19])
def test_convolution_is_the_same_to_the_last_bit_on_any_number_of_threads(images, monkeypatch):
    monkeypatch.setattr(windowed, "_SHARED", 1)
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((images, 9, 8, 3)).astype("f"), rng.standard_normal((3, 3, 3, 5)).astype("f")
    frame = Frame.of((9, 8), (3, 3), (1, 1), (1, 1), "SAME")
    dy = rng.standard_normal((images, 9, 8, 5)).astype("f")

    def all_three():
        return windowed.convolve(np, x, w, frame), windowed.convolve_back(np, dy, w, frame), windowed.correlate(np, x, w.shape, dy, frame)

    found = []
    for count in (1, 2, 3):
        blas.set_threads(count)
        found.append(all_three())
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)
