"""What the tests of the engine share."""

import sys

import pytest

from tests import strict_cupy
from tfnb.engine import backends, namespaces
from tfnb.ops import array_state  # noqa: F401 - loaded before the stand-in is


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy.module())
    monkeypatch.setitem(sys.modules, "cupyx", strict_cupy.extras())
    for cached in (namespaces.cupy_namespace, backends.backend):
        cached.cache_clear()
    yield
    for cached in (namespaces.cupy_namespace, backends.backend):
        cached.cache_clear()


@pytest.fixture(params=["stand-in", pytest.param("card", marks=pytest.mark.gpu)])
def gpu(request):
    """The device "gpu:cupy": on the stand-in, and once more on a GPU where there is one."""
    if request.param == "stand-in":
        request.getfixturevalue("stand_in")
    elif not next(d for d in backends.devices() if d.name == "gpu:cupy").available:
        pytest.skip("no GPU that CuPy finds")
    return "gpu:cupy"
