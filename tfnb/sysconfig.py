"""tf.sysconfig: where a program that is to be linked finds things. There is nothing to link here."""

from __future__ import annotations

import os

__all__ = ["CXX11_ABI_FLAG", "MONOLITHIC_BUILD", "get_compile_flags", "get_include", "get_lib", "get_link_flags"]

CXX11_ABI_FLAG = MONOLITHIC_BUILD = 0


def get_lib() -> str:
    """The folder that tfnb lives in.

    >>> print(isinstance(tf.sysconfig.get_lib(), str))
    True
    """
    return os.path.dirname(__file__)


def get_include() -> str:
    """Where headers would be.

    >>> print(isinstance(tf.sysconfig.get_include(), str))
    True
    """
    return os.path.join(get_lib(), "include")


def get_compile_flags() -> list[str]:
    """Flags for a compiler of own ops in C++; an own op is a Python function here, see tfnb.core.op.

    >>> print(len(tf.sysconfig.get_compile_flags()))
    1
    """
    return [f"-I{get_include()}"]


def get_link_flags() -> list[str]:
    """The flags to link with.

    >>> print(len(tf.sysconfig.get_link_flags()))
    1
    """
    return [f"-L{get_lib()}"]
