"""Memory that a run has freed stays with the process, so that the next run need not ask the system for it.

glibc gives blocks above 128 KB back to the system at once; each run then pays for the same pages again (a page fault
per 4 KB, three to fifteen times the arithmetic of mid-sized arrays; docs/performance.md). Set TFNB_KEEP_MEMORY to the
number of MB to keep at most, or to 0 to leave the allocator as it is.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_LARGEST = 32 << 20  # glibc takes no higher threshold: larger arrays still come from the system


@functools.cache
def keep_freed_memory() -> int:
    """Sets the allocator's thresholds, once; the bytes kept at most, 0 where it cannot be done."""
    kept = int(os.environ.get("TFNB_KEEP_MEMORY", "256")) << 20
    if not kept or not sys.platform.startswith("linux"):
        return 0
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return 0
    return kept if mallopt(_MMAP_THRESHOLD, _LARGEST) and mallopt(_TRIM_THRESHOLD, kept) else 0
