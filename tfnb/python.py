"""tf.python: TensorFlow's internal modules, as scripts import them, answered by the public names.

    from tensorflow.python.framework import ops            ops.reset_default_graph is tf.reset_default_graph
    from tensorflow.python.ops import rnn_cell_impl        its names are tf.nn.rnn_cell's

TensorFlow's files are not tfnb's: a folder (`ops`) holds views, a file (`ops.math_ops`) looks a name up where the public API has it.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

__all__ = ["client", "eager", "framework", "keras", "layers", "lib", "ops", "platform", "saved_model", "training", "util"]  # noqa: F822

_FOLDERS = {
    "", "autograph", "client", "data", "data.ops", "data.experimental", "distribute", "eager", "estimator", "estimator.inputs",
    "estimator.inputs.queues", "estimator.canned", "estimator.export", "feature_column", "framework", "layers", "lib", "lib.io", "ops", "ops.distributions",
    "ops.linalg", "ops.losses", "ops.ragged", "ops.signal", "platform", "profiler", "saved_model", "summary", "summary.writer", "tools", "tpu",
    "training", "training.tracking", "util", "example", "protobuf",
}  # fmt: skip

# where the names of an internal module are, if not among the modules that are searched for all
_PUBLIC = {
    "client.session": ("",), "debug": ("tfdbg",), "client.device_lib": ("tools",), "client.timeline": ("tools",), "data.ops.dataset_ops": ("data",),
    "data.ops.iterator_ops": ("data",), "estimator": ("estimator", "estimator.inputs", "estimator.export"),
    "feature_column": ("feature_column", "contrib.feature_column"), "framework.errors": ("errors",), "framework.errors_impl": ("errors",),
    "framework.graph_util": ("graph_util",), "framework.graph_util_impl": ("graph_util",), "framework.dtypes": ("dtypes", "core.dtypes", ""),
    "framework.test_util": ("test",), "layers.core": ("layers",), "lib.io.file_io": ("gfile",), "lib.io.tf_record": ("python_io",),
    "ops.distributions": ("distributions",), "ops.linalg": ("linalg",), "ops.lookup_ops": ("contrib.lookup", ""), "ops.losses": ("losses",),
    "ops.ragged": ("", "ragged"), "ops.rnn": ("nn",), "ops.rnn_cell": ("nn.rnn_cell",), "ops.rnn_cell_impl": ("nn.rnn_cell",), "ops.signal": ("signal",),
    "ops.metrics": ("metrics",), "ops.metrics_impl": ("metrics",), "ops.summary_ops_v2": ("contrib.summary",), "platform.app": ("app",),
    "platform.flags": ("flags",), "platform.gfile": ("gfile",), "platform.googletest": ("test",), "platform.resource_loader": ("resource_loader",),
    "platform.sysconfig": ("sysconfig",), "platform.test": ("test",), "platform.tf_logging": ("logging",),
    "saved_model.builder": ("saved_model.builder", "saved_model"),
    "saved_model.builder_impl": ("saved_model.builder",), "saved_model.loader": ("saved_model.loader", "saved_model"),
    "saved_model.loader_impl": ("saved_model.loader",),
    "saved_model.main_op": ("saved_model.main_op",), "saved_model.signature_constants": ("saved_model.signature_constants",),
    "saved_model.signature_def_utils": ("saved_model.signature_def_utils",), "saved_model.signature_def_utils_impl": ("saved_model.signature_def_utils",),
    "saved_model.simple_save": ("saved_model",), "saved_model.tag_constants": ("saved_model.tag_constants",), "saved_model.utils": ("saved_model.utils",),
    "saved_model.utils_impl": ("saved_model.utils",), "summary": ("summary",), "tools": ("tools",), "training.moving_averages": ("train.averages",),
    "training.slot_creator": ("train.slots",), "util.compat": ("compat",), "util.nest": ("nest", "contrib.framework.nest"),
}  # fmt: skip
_RENAMED = {
    "file_exists": "gfile.Exists", "get_matching_files": "gfile.Glob", "list_directory": "gfile.ListDirectory", "FileIO": "gfile.GFile",
    "recursive_create_dir": "gfile.MakeDirs", "create_dir": "gfile.MkDir", "delete_file": "gfile.Remove", "is_directory": "gfile.IsDirectory",
    "delete_recursively": "gfile.DeleteRecursively", "rename": "gfile.Rename", "copy": "gfile.Copy", "walk": "gfile.Walk",
    "smart_cond": "contrib.framework.smart_cond", "smart_constant_value": "contrib.framework.smart_constant_value",
    "constant_value": "get_static_value", "read_file_to_string": "tools.read_file_to_string", "np_utils": "keras.utils",
    "dense_to_sparse": "contrib.layers.dense_to_sparse", "with_dependencies": "core_ops.with_dependencies", "is_greater_equal": "greater_equal",
}  # fmt: skip
_EVERYWHERE = ("", "nn", "nn.rnn_cell", "math", "linalg", "image", "layers", "losses", "train", "strings", "random", "sparse", "summary", "initializers",
               "saved_model", "gfile", "app", "graph_util", "errors")  # fmt: skip
_INSIDE = ("core.graph", "core.nodes", "core.op", "core.protos", "core.dtypes", "core.shapes", "core.tensor_proto", "ops.sources", "variable_scopes",
           "gradients")  # fmt: skip
_KERAS = ("layers", "models", "optimizers", "losses", "metrics", "callbacks", "backend", "utils", "initializers", "regularizers", "constraints",
          "activations", "preprocessing.sequence", "preprocessing.text")  # fmt: skip


class Internal(types.ModuleType):
    """A module of TensorFlow's inside; `path` is its name without tensorflow.python."""

    __path__: list[str] = []

    def __init__(self, path: str, name: str = "") -> None:
        super().__init__(name or f"{__name__}.{path}", f"The public names that tensorflow.python.{path} holds.")
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        found = _of_keras(self._path, name) if self._path.split(".")[0] == "keras" else None if self._path in _FOLDERS else _named(self._path, name)
        if found is None and is_folder(self._path) and name.islower() and not name.startswith("_"):
            return Internal(f"{self._path}.{name}" if self._path else name)
        if found is None:
            raise AttributeError(f"tfnb has no public name '{name}' for tensorflow.python.{self._path}.{name}")
        return found


def is_folder(path: str) -> bool:
    """Whether modules can be below this one."""
    return path in _FOLDERS or path.split(".")[0] in ("keras", "contrib")


def _named(path: str, name: str) -> Any:
    """What the public API has for a name of an internal file; None where it has nothing."""
    if name in _RENAMED:
        return public(_RENAMED[name])
    exact = next((v for k, v in _PUBLIC.items() if path == k or path.startswith(k + ".")), None)
    inside = (".".join(path.split(".")[:2]),) if path.startswith("contrib.") else ()
    for place in exact or (*inside, *_EVERYWHERE):
        found = getattr(public(place), name, None)
        if found is not None and not isinstance(found, (types.ModuleType, types.SimpleNamespace)):
            return found
    for place in () if exact else _INSIDE:
        found = getattr(importlib.import_module(f"tfnb.{place}"), name, None)
        if found is not None and not isinstance(found, types.ModuleType):
            return found
    return None


def _of_keras(path: str, name: str) -> Any:
    """A name of Keras's files: of the public module of the same path, else of any."""
    found = getattr(public(path), name, None)
    if found is not None:
        return found
    if name in _RENAMED:
        return public(_RENAMED[name])
    for place in _KERAS:
        found = getattr(public(f"keras.{place}"), name, None)
        if found is not None and not isinstance(found, types.ModuleType) and path.count("."):
            return found
    return None


def public(place: str) -> Any:
    """A public module or name by its dotted path; None where tfnb has none."""
    if place.startswith("core_ops."):
        return getattr(importlib.import_module("tfnb.ops.sources"), place.removeprefix("core_ops."))
    found: Any = importlib.import_module("tfnb")
    for part in place.split(".") if place else ():
        found = getattr(found, part, None)
        if found is None and place in ("train.averages", "train.slots", "core.dtypes", "tfdbg"):
            return importlib.import_module(f"tfnb.{place}")
    return found


def __getattr__(name: str) -> Any:
    if name.startswith("_") or not is_folder(name) and _named(name, name) is None and name not in ("pywrap_tensorflow", "graph_util"):
        raise AttributeError(f"tfnb has no tensorflow.python.{name}")
    return Internal(name)
