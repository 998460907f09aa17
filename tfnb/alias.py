"""install_alias(): `import tensorflow` means tfnb, in this process, until remove_alias().

    tfnb.install_alias()
    import tensorflow as tf
    from tensorflow.examples.tutorials.mnist import input_data
    from tensorflow.python.framework import ops

A name `tensorflow.a.b` is tfnb's own a.b. TensorFlow's internals (`tensorflow.python...`, `tensorflow.core...`), which teaching
code imports now and then, are views of tfnb/python.py that look a name up in the public API.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from typing import Any

__all__ = ["install_alias", "remove_alias"]

_ROOT = "tensorflow"
_INTERNAL = ("python", "core")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module called tensorflow, or below it, that tfnb can stand for."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        root, _, rest = fullname.partition(".")
        if root == "tfnb" and rest.count(".") and importlib.machinery.PathFinder.find_spec(fullname, path) is None:
            _say_what_is_missing(fullname, root)  # `from tensorflow.contrib import a` asks for tfnb.contrib.a
        if root != _ROOT:
            return None
        if _target(fullname) is None:
            _say_what_is_missing(fullname, root)
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> Any:
        return None

    def exec_module(self, module: Any) -> None:
        found = _target(module.__name__)
        if module.__name__.startswith(f"{_ROOT}.contrib.") and not hasattr(found, "__path__"):
            found.__path__ = []  # so that contrib.layers.python.layers can be imported below it
        sys.modules[module.__name__] = found  # the machinery takes what is there afterwards


def _target(fullname: str) -> Any:
    """What tfnb has for a module's name; None for no module."""
    parts = fullname.split(".")[1:]
    if parts and parts[0] in _INTERNAL:
        return _internal(fullname, ".".join(parts[1:]))
    found: Any = importlib.import_module("tfnb")
    for i, part in enumerate(parts):
        try:
            if parts[0] == "contrib" and "python" in parts[2 : i + 1] and not hasattr(found, part):
                return found  # contrib.layers.python.layers: its inner files hold what contrib.layers has
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(".".join(["tfnb", *parts[: i + 1]]))
            except ImportError:
                return None
    return found


def _internal(fullname: str, path: str) -> Any:
    """A module of TensorFlow's internals: those of tensorflow.core are files of messages."""
    from tfnb.python import Internal, is_folder

    above = path.rpartition(".")[0]
    inside = fullname.split(".")[1]
    if inside == "python" and not is_folder(above) or inside == "core" and above.count(".") > 1:
        return None  # below a module that is no folder
    made = sys.modules.get(fullname)
    return made if isinstance(made, Internal) else Internal(path, fullname)


def _say_what_is_missing(fullname: str, root: str) -> None:
    """Raises ImportError for what TensorFlow 1.15 has; a name that it has not is left to Python."""
    from tfnb.coverage import missing_module, table

    public = fullname.replace(root, "tf", 1)
    text = missing_module(public)
    if text:
        is_module = public in table() or any(m.startswith(public + ".") for m in table())
        raise (ModuleNotFoundError if is_module else ImportError)(f"No module named '{fullname}'. {text}" if is_module else text, path=None)


_finder = _Finder()
_before: dict[str, Any] = {}


def install_alias() -> None:
    """Makes `import tensorflow` mean tfnb. A TensorFlow that was imported before is set aside until remove_alias()."""
    if _finder in sys.meta_path:
        return
    for name in _ours():
        _before[name] = sys.modules.pop(name)
    sys.meta_path.insert(0, _finder)


def remove_alias() -> None:
    """Undoes install_alias()."""
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name in _ours():
        del sys.modules[name]
    sys.modules.update(_before)
    _before.clear()


def _ours() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == _ROOT]
