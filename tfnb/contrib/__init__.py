"""tf.contrib, as far as courses used it: initializers, regularizers, layers, sequence losses."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

__all__ = ["data", "eager", "layers", "learn", "nn", "rnn", "seq2seq"]


def __getattr__(name: str) -> Any:
    """A part of contrib, loaded when it is asked for."""
    if name in ("data", "eager", "layers", "learn", "rnn", "seq2seq") and importlib.util.find_spec(f"tfnb.contrib.{name}") is not None:
        return importlib.import_module(f"tfnb.contrib.{name}")
    if name in ("lookup", "distributions"):  # the same things as tf.lookup and tf.distributions
        return importlib.import_module(f"tfnb.{name}")
    if name == "slim":
        return importlib.import_module("tfnb.contrib.layers")
    if name == "nn":
        return importlib.import_module("tfnb.ops.sorting")
    from tfnb.coverage import absent

    raise absent("tf.contrib", name)
