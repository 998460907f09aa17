"""tfnb: dataflow graphs to build, see, step through and train, in a notebook. `import tfnb as tf`.

The TensorFlow 1 names are gathered here from the modules that hold them; what needs heavy packages is loaded when
it is first asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from tfnb.core import errors
from tfnb.core import op as _op
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import OpError
from tfnb.core.graph import Graph, GraphKeys, Operation, Tensor, get_default_graph, reset_default_graph
from tfnb.core.scopes import *  # noqa: F403
from tfnb.core.shapes import Dimension, TensorShape
from tfnb.core.slices import IndexedSlices

__version__ = "0.1.0"

convert_to_tensor = _op.convert_to_tensor

_MODULES = (
    "core.dtypes",
    "ops.sources", "ops.elementwise", "ops.overloads", "ops.parts", "ops.powers", "ops.division", "ops.compare", "ops.bitwise",
    "ops.special", "ops.gamma", "ops.clip", "ops.reduce", "ops.running", "ops.sorting", "ops.linear", "ops.products", "ops.matrices",
    "ops.decompositions", "ops.diagonals", "ops.einsum", "ops.formulas", "ops.activations", "ops.arrays", "ops.movement", "ops.grids", "ops.indexing", "ops.segments", "ops.strings", "ops.random", "ops.blocks", "ops.host", "ops.asserts",
    "ops.state", "ops.scatters", "gradients", "custom_gradients", "variables", "variable_scopes", "initializers", "engine.session",
)  # fmt: skip


def _gather() -> None:
    """Takes over the public names of each module."""
    for name in _MODULES:
        if importlib.util.find_spec(f"tfnb.{name}") is None:
            continue  # not written yet
        module = importlib.import_module(f"tfnb.{name}")
        for public in getattr(module, "__all__", ()):
            globals()[public] = getattr(module, public)


_SUBMODULES = (
    "bitwise", "compat", "contrib", "image", "initializers", "io", "keras", "layers", "linalg", "logging", "losses", "math",
    "metrics", "nn", "random", "sets", "sparse", "strings", "summary", "test", "train",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Submodules such as tf.nn, and the notebook's helpers such as tf.show, when first asked for."""
    if name in _SUBMODULES and importlib.util.find_spec(f"tfnb.{name}") is not None:
        return importlib.import_module(f"tfnb.{name}")
    if name == "Summary":
        return importlib.import_module("tfnb.summary").Summary
    if name in ("show", "scalars", "device_panel", "session_panel", "watch", "plot"):
        if name == "plot":
            return importlib.import_module("tfnb.summary").plot
        return getattr(importlib.import_module("tfnb.jupyter.api"), name)
    raise AttributeError(f"module 'tfnb' has no attribute '{name}'")


_gather()
bool = as_dtype("bool")  # noqa: A001 - TensorFlow's name
half, double = as_dtype("float16"), as_dtype("float64")
