"""Modules whose names lie in other modules, loaded when they are asked for; what is not there is answered well.

    __getattr__, __dir__ = lazy("tf.keras", names={"Model": "keras.model"}, parts={"layers": "keras.layers"})
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy"]


def lazy(public: str, names: Mapping[str, str] | None = None, parts: Mapping[str, str] | None = None) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of the module that users know as `public`.

    `names` says in which module of tfnb each name is ("keras.model", or "nn:relu" for another name there), `parts` which
    module of tfnb stands for a submodule. Raises AttributeError with what is near for anything else.
    """
    names, parts = names or {}, parts or {}

    def get(name: str) -> Any:
        if name in parts:
            return importlib.import_module(f"tfnb.{parts[name]}")
        if name in names:
            module, _, there = names[name].partition(":")
            return getattr(importlib.import_module(f"tfnb.{module}"), there or name)
        from tfnb.coverage import absent

        raise absent(public, name)

    return get, lambda: sorted({*names, *parts})
