"""tfnb: dataflow graphs to build, see, step through and train, in a notebook. `import tfnb as tf`.

The TensorFlow 1 names are gathered here from the modules that hold them; what needs heavy packages is loaded when
it is first asked for.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import os
import re
import sys
import types
from typing import Any

from tfnb.core import convert as _convert
from tfnb.core import errors
from tfnb.core import op as _op
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import OpError
from tfnb.core.graph import Graph, GraphKeys, Operation, Tensor, get_default_graph, reset_default_graph
from tfnb.core.scopes import *  # noqa: F403
from tfnb.core.shapes import Dimension, TensorShape
from tfnb.core.slices import IndexedSlices
from tfnb.lazy import answering as _answering

__version__ = "1.15.5+tfnb.0.1.0"  # the TensorFlow whose language this is, and the version of tfnb
VERSION = "1.15.5"

convert_to_tensor = _op.convert_to_tensor
register_tensor_conversion_function = _convert.register_tensor_conversion_function

# The chapters. To add one: give it a sorted `__all__` (a plain list of strings) and put its name here; that is all.
# `__all__` is read from the text, so that a chapter is loaded only when one of its names is asked for.
_MODULES = (
    "core.dtypes",
    "ops.sources", "ops.elementwise", "ops.overloads", "ops.parts", "ops.powers", "ops.division", "ops.compare", "ops.bitwise",
    "ops.special", "ops.gamma", "ops.clip", "ops.reduce", "ops.running", "ops.sorting", "ops.linear", "ops.products", "ops.matrices", "ops.matrix_functions",
    "ops.decompositions", "ops.diagonals", "ops.einsum", "ops.formulas", "ops.activations", "ops.shaping", "ops.filling",
    "ops.joining", "ops.movement", "ops.grids", "ops.indexing", "ops.segments", "ops.stitching", "ops.choosing", "ops.patches",
    "ops.fourier", "ops.strings", "ops.hashing", "ops.splitting", "ops.tables", "ops.sparse", "ops.sparse_shapes",
    "ops.sparse_rows", "ops.sparse_more", "ops.random", "ops.rejection", "ops.blocks", "ops.host", "ops.asserts", "ops.quantization", "ops.checks",
    "ops.state", "ops.scatters", "ops.files", "ops.parsing", "ops.control", "ops.loops", "ops.tensor_array", "ops.functional",
    "gradients", "custom_gradients", "variables", "variable_scopes", "compatibility", "later", "initializers", "data.queues", "data.readers",
    "engine.session", "engine.eager", "engine.tape", "engine.function",
)  # fmt: skip

_ALWAYS = ("ops.sources", "ops.overloads", "ops.indexing")  # what Python values become, and the operators of tensors

_SUBMODULES = (
    "app", "autograph", "bitwise", "compat", "config", "contrib", "data", "debugging", "distribute", "distributions", "dtypes", "estimator",
    "feature_column", "flags", "gfile", "graph_util", "image", "initializers", "io", "keras", "layers", "linalg", "logging", "lookup",
    "losses", "manip", "math", "metrics", "nest", "nn", "python", "python_io", "quantization", "queue", "random", "raw_ops", "resource_loader",
    "saved_model", "sets", "signal", "sparse", "spectral", "strings", "summary", "sysconfig", "test", "tools", "train", "version", "xla",
)  # fmt: skip


_ELSEWHERE = {
    "Summary": "summary", "plot": "summary",
    "show": "jupyter.api", "inspect": "jupyter.api", "scalars": "jupyter.api", "device_panel": "jupyter.api", "session_panel": "jupyter.api",
    "graph_diff": "jupyter.api", "roofline": "jupyter.api",
    "watch": "jupyter.api", "chain_rule": "engine.derivative", "first_bad": "engine.badtensor", "history": "engine.history", "races": "engine.races",
}  # fmt: skip
_ELSEWHERE |= dict.fromkeys((
    "AttrValue", "ConfigProto", "Event", "GPUOptions", "GraphDef", "GraphOptions", "HistogramProto", "LogMessage", "MetaGraphDef",
    "NameAttrList", "NodeDef", "OptimizerOptions", "RunMetadata", "RunOptions", "SessionLog", "SummaryMetadata", "TensorInfo",
), "core.protos") | {"import_graph_def": "core.graph_import", "make_tensor_proto": "core.tensor_proto",
                     "DeviceSpec": "core.devices", "install_alias": "alias", "remove_alias": "alias", "make_ndarray": "core.tensor_proto",
                     "MakeNdarray": "core.tensor_proto"}  # fmt: skip
_ELSEWHERE |= dict.fromkeys((
    "COMPILER_VERSION", "GIT_VERSION", "GRAPH_DEF_VERSION", "GRAPH_DEF_VERSION_MIN_CONSUMER", "GRAPH_DEF_VERSION_MIN_PRODUCER",
), "version")
_ELSEWHERE |= {"CXX11_ABI_FLAG": "sysconfig", "MONOLITHIC_BUILD": "sysconfig", "ReaderBase": "data.readers"}
_IN_A_NOTEBOOK = {  # not of `from tfnb import *`
    "chain_rule", "device_panel", "first_bad", "graph_diff", "history", "inspect", "plot", "races", "roofline", "scalars", "session_panel", "show", "watch",
}  # fmt: skip


@functools.cache
def _chapters() -> dict[str, str]:
    """The module of each public name, from the modules' `__all__`."""
    return {public: module for module in _MODULES for public in _names_of(module)}


def _names_of(module: str) -> list[str]:
    """A module's `__all__`, read from its text where it is a plain list, else by loading it."""
    try:
        path = os.path.join(__path__[0], *module.split("."))  # noqa: F405 - a package has it
        with open(path + ".py" if os.path.exists(path + ".py") else os.path.join(path, "__init__.py"), encoding="utf-8") as file:
            found = re.findall(r"^__all__\b[^=\n]*(\+?=) (\[[^\]]*\])?", file.read(), re.MULTILINE)
        (sign, text), = found
        return list(ast.literal_eval(text)) if sign == "=" else _loaded(module)
    except (OSError, ValueError, SyntaxError):
        return _loaded(module)


def _loaded(module: str) -> list[str]:
    if importlib.util.find_spec(f"tfnb.{module}") is None:
        return []  # not written yet
    return list(getattr(importlib.import_module(f"tfnb.{module}"), "__all__", ()))


def _load_all() -> None:
    """Loads every chapter: who asks for all op types wants this."""
    ops = {f"ops.{file[:-3]}" for file in os.listdir(os.path.join(__path__[0], "ops")) if file.endswith(".py") and file[0] != "_"}  # noqa: F405
    for module in dict.fromkeys([*_chapters().values(), *sorted(ops)]):
        importlib.import_module(f"tfnb.{module}")


def __getattr__(name: str) -> Any:
    """What is loaded when it is first asked for: chapters, submodules such as tf.nn, the notebook's helpers."""
    if name == "__all__":
        return [n for n in __dir__() if not n.startswith("_") and n not in _IN_A_NOTEBOOK]
    module = None if name.startswith("__") else _chapters().get(name) or _ELSEWHERE.get(name)
    if module is not None:
        found = getattr(importlib.import_module(f"tfnb.{module}"), name)
    elif name in _SUBMODULES and importlib.util.find_spec(f"tfnb.{name}") is not None:
        found = importlib.import_module(f"tfnb.{name}")
    else:
        raise importlib.import_module("tfnb.coverage").absent("tf", name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    own = [n for n in globals() if n not in _PRIVATE and (n[0] != "_" or n[:2] == "__")]
    there = [n for n in _SUBMODULES if importlib.util.find_spec(f"tfnb.{n}") is not None]
    return sorted({*own, *_chapters(), *there, *_ELSEWHERE})


class _Front(types.ModuleType):
    """Python puts a submodule into its package when it is imported; tf.gradients must stay the function.

    So must tf.core stay tfnb's own where tensorflow.core is imported under the alias.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, types.ModuleType) and (name in _chapters() or value.__name__.startswith("tensorflow.")):
            return
        if name in _SUBMODULES and isinstance(value, types.ModuleType):
            _answering(value, f"tf.{name}")
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front
_PRIVATE = {"annotations", "ast", "functools", "importlib", "os", "re", "sys", "types", "Any"}
_op.registry.fill = _load_all
for _module in ("example", "framework", "protobuf", "util"):  # folders of tensorflow.core: files of messages
    setattr(sys.modules["tfnb.core"], _module, importlib.import_module("tfnb.python").Internal(_module, f"tensorflow.core.{_module}"))
for _module in _ALWAYS:
    importlib.import_module(f"tfnb.{_module}")


def _first_evaluation(*args: Any) -> Any:
    importlib.import_module("tfnb.engine.session")  # puts the true evaluator in this one's place
    return Graph.evaluator(*args)


Graph.evaluator = staticmethod(_first_evaluation)
bool = as_dtype("bool")  # noqa: A001 - TensorFlow's name
half, double = as_dtype("float16"), as_dtype("float64")
