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
    "ops.decompositions", "ops.diagonals", "ops.einsum", "ops.arrays", "ops.movement", "ops.indexing", "ops.segments", "ops.strings", "ops.random",
    "ops.state", "gradients", "variables", "initializers", "engine.session",
)  # fmt: skip


def _gather() -> None:
    """Takes over the public names of each module."""
    for name in _MODULES:
        if importlib.util.find_spec(f"tfnb.{name}") is None:
            continue  # not written yet
        module = importlib.import_module(f"tfnb.{name}")
        for public in getattr(module, "__all__", ()):
            globals()[public] = getattr(module, public)


_gather()
