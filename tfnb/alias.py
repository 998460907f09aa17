"""install_alias(): `import tensorflow` means tfnb, in this process, until remove_alias().

    tfnb.install_alias()
    import tensorflow as tf
    from tensorflow.examples.tutorials.mnist import input_data
    from tensorflow.python.framework import ops

A name `tensorflow.a.b` is tfnb's own a.b. TensorFlow's internals (`tensorflow.python...`, `tensorflow.core...`), which teaching
code imports now and then, are small modules that look a name up in the parts of tfnb where it may be.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

__all__ = ["install_alias", "remove_alias"]

_ROOT = "tensorflow"
_INTERNAL = ("python", "core")
_PACKAGES = {"", "framework", "ops", "training", "platform", "client", "util", "lib", "lib.io", "eager", "tools", "saved_model", "protobuf",
             "example", "layers", "summary", "ops.losses", "keras", "keras.layers", "keras.engine", "estimator",
             "feature_column", "ops.distributions"}  # fmt: skip
_SEARCHED = ("tf", "core.graph", "core.op", "core.protos", "tf.nn", "tf.train", "core.dtypes", "core.shapes", "tf.layers", "tf.losses", "tf.image",
             "tf.initializers", "tf.linalg", "tf.math", "tf.summary", "tf.contrib.rnn", "tf.nn.rnn_cell", "tf.contrib.layers", "tf.errors",
             "tf.gfile", "tf.app", "tf.keras.layers", "tf.graph_util", "variable_scopes", "gradients", "core.tensor_proto", "train.averages",
             "train.slots")  # fmt: skip


class _Internal(types.ModuleType):
    """A module of TensorFlow's internals: its names are looked up in tfnb."""

    def __getattr__(self, name: str) -> Any:
        from tfnb.python import renamed

        if (found := renamed(name)) is not None:
            return found
        inner = self.__name__.split(".", 2)[2] if self.__name__.count(".") > 1 else ""
        if not name.startswith("__") and inner not in _PACKAGES:
            for place in _SEARCHED:
                found = getattr(_place(place), name, None)
                if found is not None:
                    return found
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}' in tfnb")


def _place(name: str) -> Any:
    """A part of tfnb by its dotted name; 'tf...' as a user writes it."""
    if not name.startswith("tf"):
        return importlib.import_module(f"tfnb.{name}")
    found: Any = importlib.import_module("tfnb")
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module called tensorflow, or below it, that tfnb can stand for."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname.split(".")[0] != _ROOT or _target(fullname) is None:
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
    parts = fullname.split(".")[1:]
    if parts and parts[0] in _INTERNAL:
        if ".".join(parts[1:-1]) not in _PACKAGES:
            return None  # below a module that is no package
        made = sys.modules.get(fullname)
        if not isinstance(made, _Internal):
            made = _Internal(fullname, "TensorFlow's internals, as far as tfnb has them.")
            made.__path__ = []
        return made
    found: Any = importlib.import_module("tfnb")
    for i, part in enumerate(parts):
        try:
            if parts[0] == "contrib" and i > 1 and not hasattr(found, part):
                return found  # contrib.layers.python.layers: its inner files hold what contrib.layers has
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(".".join(["tfnb", *parts[: i + 1]]))
            except ImportError:
                return None
    return found


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
