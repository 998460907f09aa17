"""tf.contrib, as far as courses used it. A part is loaded when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

from tfnb.lazy import answering
from tfnb.python import Internal

_PARTS = ("checkpoint", "crf", "data", "deprecated", "eager", "framework", "image", "layers", "learn", "legacy_seq2seq", "losses", "metrics", "opt",
          "predictor", "rnn", "seq2seq", "slim", "sparsemax", "stateless", "summary", "tensorboard", "training", "util")  # fmt: skip
_SAME = {"autograph": "autograph", "distribute": "distribute", "distributions": "distributions", "keras": "keras", "lookup": "lookup",
         "nn": "ops.sorting", "signal": "signal"}  # as under tf  # fmt: skip

__all__ = [*_PARTS, *_SAME]  # noqa: F822


def __getattr__(name: str) -> Any:
    """A part of contrib, loaded when it is asked for."""
    if name in _PARTS and importlib.util.find_spec(f"tfnb.contrib.{name}") is not None:
        return answering(importlib.import_module(f"tfnb.contrib.{name}"), f"tf.contrib.{name}")
    if name in _SAME:
        return importlib.import_module(f"tfnb.{_SAME[name]}")
    from tfnb.coverage import absent

    raise absent("tf.contrib", name)


class _Contrib(types.ModuleType):
    """Each part that is one file here has `python`: the way by which courses imported TensorFlow's files below it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, types.ModuleType) and name in _PARTS and not hasattr(value, "__path__"):
            vars(value).setdefault("python", Internal(f"contrib.{name}", f"tensorflow.contrib.{name}.python"))
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Contrib
