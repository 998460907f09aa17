"""tf.autograph: what `tf.function` does to a function's source."""

from __future__ import annotations

from types import SimpleNamespace

from tfnb.engine.autograph import do_not_convert, to_code

__all__ = ["experimental", "to_code"]

experimental = SimpleNamespace(do_not_convert=do_not_convert)
