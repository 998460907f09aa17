"""Exporters: what writes a model for serving after an evaluation, every time, at the end, or when it is the best so far."""

from __future__ import annotations

import os
import shutil
from typing import Any

__all__ = ["BestExporter", "Exporter", "FinalExporter", "LatestExporter"]


class Exporter:
    """The base: a name, and `export`, which returns the folder that was written or None.

    >>> print(issubclass(tf.estimator.FinalExporter, tf.estimator.Exporter))
    True
    """

    def __init__(self, name: str) -> None:
        if not name:
            raise ValueError('"name" argument is required.')
        self.name = name

    def export(self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool) -> Any:
        raise NotImplementedError


class _Written(Exporter):
    """Writes a SavedModel with a serving input function."""

    def __init__(self, name: str, serving_input_receiver_fn: Any, assets_extra: Any = None, as_text: bool = False, exports_to_keep: int | None = None) -> None:
        super().__init__(name)
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError("exports_to_keep, if provided, must be a positive number.")
        self._serving, self._as_text, self._keep = serving_input_receiver_fn, as_text, exports_to_keep

    def _write(self, estimator: Any, export_path: str, checkpoint_path: str) -> Any:
        os.makedirs(export_path, exist_ok=True)
        found = estimator.export_savedmodel(export_path, self._serving, as_text=self._as_text, checkpoint_path=checkpoint_path)
        folders = sorted(n for n in os.listdir(export_path) if n.isdigit())
        for old in folders[: -self._keep] if self._keep else ():
            shutil.rmtree(os.path.join(export_path, old))
        return found


class FinalExporter(_Written):
    """Writes at the end of the training.

    >>> print(tf.estimator.FinalExporter("last", lambda: None).name)
    last
    """

    def __init__(self, name: str, serving_input_receiver_fn: Any, assets_extra: Any = None, as_text: bool = False) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

    def export(self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool) -> Any:
        return self._write(estimator, export_path, checkpoint_path) if is_the_final_export else None


class LatestExporter(_Written):
    """Writes after every evaluation, and keeps the last few.

    >>> print(tf.estimator.LatestExporter("recent", lambda: None).name)
    recent
    """

    def __init__(self, name: str, serving_input_receiver_fn: Any, assets_extra: Any = None, as_text: bool = False, exports_to_keep: int | None = 5) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)

    def export(self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool) -> Any:
        return self._write(estimator, export_path, checkpoint_path)


class BestExporter(_Written):
    """Writes when an evaluation is better than all before: its loss is smaller, unless `compare_fn` says otherwise.

    >>> print(tf.estimator.BestExporter("best", lambda: None).name)
    best
    """

    def __init__(self, name: str = "best_exporter", serving_input_receiver_fn: Any = None, event_file_pattern: Any = None, compare_fn: Any = None,
                 assets_extra: Any = None, as_text: bool = False, exports_to_keep: int | None = 5) -> None:  # fmt: skip
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)
        self._better = compare_fn or (lambda best_eval_result, current_eval_result: best_eval_result["loss"] > current_eval_result["loss"])
        self._best: Any = None

    def export(self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool) -> Any:
        if self._best is not None and not self._better(best_eval_result=self._best, current_eval_result=eval_result):
            return None
        self._best = eval_result
        return self._write(estimator, export_path, checkpoint_path)
