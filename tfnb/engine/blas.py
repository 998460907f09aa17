"""How many threads NumPy's matrix products use: a setting of its BLAS library, for the whole process.

    set_threads(1)      tf.config.threading.set_intra_op_parallelism_threads(1) says the same; 0 is what it was at first
    threads()           2

Two threads are faster on a quiet machine, and several times slower where another process wants the core, as on a hub.
"""

from __future__ import annotations

import functools
from typing import Any

__all__ = ["set_threads", "threads"]


@functools.cache
def _libraries() -> list[tuple[Any, int]]:
    """The BLAS libraries that are loaded, with their threads at first; none where nothing tells."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:  # a browser's Python
        return []
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return [(library, library.num_threads) for library in found]


def threads() -> int | None:
    """Threads of a matrix product; None where it cannot be told."""
    return max((int(library.get_num_threads()) for library, _ in _libraries()), default=None)


def set_threads(count: int) -> None:
    """Sets the threads of matrix products; 0 for as many as there were at first.

    Raises ValueError for a negative number.
    """
    if count < 0:
        raise ValueError(f"The number of threads must be 0 (as at first) or more, but is {count}.")
    for library, first in _libraries():
        library.set_num_threads(count or first)
