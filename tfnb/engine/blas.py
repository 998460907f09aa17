"""How many threads NumPy's matrix products use: a setting of its BLAS library, for the whole process.

    set_threads(1)      tf.config.threading.set_intra_op_parallelism_threads(1) says the same; 0 is what it was at first
    threads()           2

Two threads are faster on a quiet machine, and several times slower where another process wants the core, as on a hub:
the library's threads wait for each other at every product. `each` shares work out in pieces that wait for nobody:

    each(convolve_some, [slice(0, 8), slice(8, 16), ...])      on as many threads, with products of one thread in each
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["each", "set_threads", "threads"]


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
    with _lock:
        for i, (library, first) in enumerate(_libraries()):
            if _sharing:
                _shared[i] = count or first  # from when the work that is shared out now is done
            else:
                library.set_num_threads(count or first)


def each(work: Callable[[Any], Any], parts: Sequence[Any]) -> list[Any]:
    """`work(part)` for every part, in their order, on as many threads at a time as a matrix product may use."""
    count = min(threads() or 1, len(parts))
    if count < 2:
        return [work(part) for part in parts]
    with _one_thread_each():
        return list(_pool(count).map(work, parts))


def _in_turn(work: Callable[[Any], Any], parts: Sequence[Any]) -> list[Any]:
    return [work(part) for part in parts]


each.in_scripts = _in_turn  # type: ignore[attr-defined]  # what an exported script has instead: it sets no threads


@functools.cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="tfnb work")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child process has none of its parent's threads

_lock = threading.Lock()
_sharing = 0  # how many callers share work out just now
_shared: list[int] = []  # the threads of each library before the first of them


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Inside, a matrix product stays on the thread that asks for it."""
    global _sharing
    with _lock:
        if not _sharing:
            _shared[:] = [library.get_num_threads() for library, _ in _libraries()]
            for library, _ in _libraries():
                library.set_num_threads(1)
        _sharing += 1
    try:
        yield
    finally:
        with _lock:
            _sharing -= 1
            if not _sharing:
                for (library, _), count in zip(_libraries(), _shared, strict=True):
                    library.set_num_threads(count)
