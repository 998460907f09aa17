"""tf.python: TensorFlow's internal modules, as scripts import them, answered by the public names.

    from tensorflow.python.framework import ops            ops.reset_default_graph is tf.reset_default_graph
    from tensorflow.python.ops import rnn_cell_impl        its names are tf.nn.rnn_cell's

TensorFlow's files are not tfnb's: `tf.python.a.b` is a view that looks a name up where the public API has it.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

__all__ = ["client", "eager", "framework", "keras", "layers", "lib", "ops", "platform", "saved_model", "training", "util"]  # noqa: F822

_PACKAGES = (
    "autograph", "client", "data", "debug", "eager", "estimator", "feature_column", "framework", "keras", "layers", "lib", "ops",
    "platform", "saved_model", "summary", "tools", "training", "util",
)  # fmt: skip

# where the names of an internal module are, if not among the modules that are searched for all
_PUBLIC = {
    "client.session": ("",), "feature_column.feature_column": ("feature_column",), "framework.errors": ("errors",),
    "framework.graph_util": ("graph_util",), "keras": ("keras",), "layers.core": ("layers",), "lib.io.file_io": ("gfile",),
    "lib.io.tf_record": ("python_io",), "ops.rnn": ("nn",), "ops.rnn_cell": ("nn.rnn_cell",), "ops.rnn_cell_impl": ("nn.rnn_cell",),
    "platform.app": ("app",), "platform.flags": ("flags",), "platform.gfile": ("gfile",), "platform.tf_logging": ("logging",),
    "saved_model": ("saved_model",), "training.moving_averages": ("train.averages",), "training.slot_creator": ("train.slots",),
    "util.compat": ("compat",), "util.nest": ("contrib.framework.nest",),
}  # fmt: skip
_RENAMED = {
    "file_exists": "gfile.Exists", "get_matching_files": "gfile.Glob", "list_directory": "gfile.ListDirectory", "FileIO": "gfile.GFile",
    "recursive_create_dir": "gfile.MakeDirs", "create_dir": "gfile.MkDir", "delete_file": "gfile.Remove", "is_directory": "gfile.IsDirectory",
    "delete_recursively": "gfile.DeleteRecursively", "rename": "gfile.Rename", "copy": "gfile.Copy", "walk": "gfile.Walk",
    "smart_cond": "contrib.framework.smart_cond", "smart_constant_value": "contrib.framework.smart_constant_value",
}  # fmt: skip
_EVERYWHERE = ("", "nn", "math", "linalg", "image", "layers", "losses", "train", "strings", "random", "sparse", "summary", "initializers", "saved_model")


def renamed(name: str) -> Any:
    """What the public API calls otherwise, else None."""
    return _public(_RENAMED[name]) if name in _RENAMED else None


class Internal(types.ModuleType):
    """A module of TensorFlow's inside: names come from the public API, other modules are views again."""

    __path__: list[str] = []

    def __init__(self, path: str) -> None:
        super().__init__(f"{__name__}.{path}", f"The public names that tensorflow.python.{path} holds.")
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if (found := renamed(name)) is not None:
            return found
        exact = next((v for k, v in _PUBLIC.items() if self._path == k or self._path.startswith(k + ".")), None)
        for place in exact or _EVERYWHERE:
            module = _public(place)
            found = getattr(module, name, None)
            if found is not None and not isinstance(found, (types.ModuleType, types.SimpleNamespace)):
                return found
        if name.islower() and not name.startswith("_") and self._path.count(".") < 1 or f"{self._path}.{name}" in _PUBLIC:
            return Internal(f"{self._path}.{name}")
        raise AttributeError(f"tfnb has no public name '{name}' for tensorflow.python.{self._path}.{name}")


def _public(place: str) -> Any:
    """A public module by its dotted name; None where tfnb has none."""
    found: Any = importlib.import_module("tfnb")
    for part in place.split(".") if place else ():
        found = getattr(found, part, None)
    return found


def __getattr__(name: str) -> Any:
    if name not in _PACKAGES:
        raise AttributeError(f"tfnb has no tensorflow.python.{name}")
    return Internal(name) if name != "keras" else _public("keras")
