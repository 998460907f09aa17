"""Modules whose names lie in other modules, loaded when they are asked for; what is not there is answered well.

    __getattr__, __dir__ = lazy("tf.keras", names={"Model": "keras.model"}, parts={"layers": "keras.layers"})
"""

from __future__ import annotations

import functools
import importlib
import types
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Part", "answering", "lazy"]


def lazy(public: str, names: Mapping[str, str] | None = None, parts: Mapping[str, str] | None = None) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of the module that users know as `public`.

    `names` says in which module of tfnb each name is ("keras.model", or "nn:relu" for another name there), `parts` which
    module of tfnb stands for a submodule. Raises AttributeError with what is near for anything else.
    """
    names, parts = names or {}, parts or {}

    def get(name: str) -> Any:
        if name in parts:
            return answering(importlib.import_module(f"tfnb.{parts[name]}"), f"{public}.{name}")
        if name in names:
            module, _, there = names[name].partition(":")
            return getattr(importlib.import_module(f"tfnb.{module}"), there or name)
        return _not_there(public, name)

    return get, lambda: sorted({*names, *parts})


def _not_there(public: str, name: str) -> Any:
    from tfnb.coverage import absent

    raise absent(public, name)


def answering(module: types.ModuleType, public: str) -> types.ModuleType:
    """The module, which now says of a name that it has not whether TensorFlow has it, and what is near."""
    if "__getattr__" not in vars(module):
        vars(module)["__getattr__"] = functools.partial(_not_there, public)
    return module


class Part(types.SimpleNamespace):
    """A module of few names that is no file of its own."""

    def __init__(self, _public: str, **names: Any) -> None:
        super().__init__(**names)
        self.__dict__["_public"] = _public

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_public" not in self.__dict__:
            raise AttributeError(name)
        return _not_there(self.__dict__["_public"], name)

    def __dir__(self) -> list[str]:
        return sorted(n for n in self.__dict__ if n != "_public")
