"""No search for garbage while much is made that stays: it would look at every node again and again, and find none.

    with kept_alive(): ...          Python's collector of cycles rests; what nobody refers to is freed all the same
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["kept_alive"]


@contextlib.contextmanager
def kept_alive() -> Iterator[None]:
    """Inside, the collector of reference cycles is off, unless the program has turned it off itself."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
