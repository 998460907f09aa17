"""Saver: a session's variables to files and back.

    saver = Saver();  path = saver.save(sess, "model/m", global_step=3)
    saver.restore(sess, latest_checkpoint("model"))

The files are TensorFlow's (m-3.index, m-3.data-00000-of-00001, m-3.meta), so that TensorFlow's programs read them and
ours read theirs; `Saver(format="safetensors")` writes one m-3.safetensors. Restoring takes whichever is there.
"""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import InvalidArgumentError, NotFoundError, OpError, teach
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.engine import processes
from tfnb.train.checkpoints import *  # noqa: F403 - what programs look for beside the Saver
from tfnb.train.checkpoints import FORMATS, checkpoint_exists, files_of, load_checkpoint, update_checkpoint_state, write_values
from tfnb.train.checkpoints import __all__ as _checkpoints
from tfnb.train.objects import named_values
from tfnb.variables import Variable

__all__ = ["Saver", *_checkpoints]


class Saver:
    """Saves and restores variables; `var_list` holds them, perhaps as a dict from their names in the file.

    `format` is 'tf' or 'safetensors'. All other arguments are TensorFlow's; sharded, restore_sequentially, builder and
    filename are accepted and change nothing.

    >>> v = tf.Variable(3.0, name="v")
    >>> sess.run(v.initializer)
    >>> tf.train.Saver().save(sess, "./model", global_step=7)
    './model-7'
    """

    def __init__(self, var_list: Any = None, reshape: bool = False, sharded: bool = False, max_to_keep: int | None = 5,
                 keep_checkpoint_every_n_hours: float = 10000.0, name: str | None = None, restore_sequentially: bool = False,
                 saver_def: Any = None, builder: Any = None, defer_build: bool = False, allow_empty: bool = False, write_version: Any = None,
                 pad_step_number: bool = False, save_relative_paths: bool = False, filename: str | None = None,
                 format: str = "tf") -> None:  # fmt: skip
        if defer_build and var_list:
            raise ValueError("If `var_list` is provided then build cannot be deferred. Either set defer_build=False or var_list=None.")
        if format not in FORMATS:
            raise ValueError(f"format is one of {', '.join(FORMATS)}, not {format!r}.")
        if saver_def is not None:
            max_to_keep, keep_checkpoint_every_n_hours = saver_def.max_to_keep, saver_def.keep_checkpoint_every_n_hours
        self._var_list, self._allow_empty, self._format, self._name = var_list, allow_empty, format, name
        self._max_to_keep, self._hours, self._reshape = max_to_keep or 0, keep_checkpoint_every_n_hours, reshape
        self._pad, self._relative = pad_step_number, save_relative_paths
        self._last: list[tuple[str, float]] = []
        self._next_kept = time.time() + keep_checkpoint_every_n_hours * 3600
        self._named: dict[str, Any] | None = None
        self._written: tuple[Any, bytes] | None = None
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Decides on the variables, for a Saver made with `defer_build=True`."""
        chosen = self._var_list
        if chosen is None:
            graph = get_default_graph()
            chosen = graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)
        self._named = _by_key(chosen) if isinstance(chosen, dict) else _by_name(chosen)
        if not self._named and not self._allow_empty:
            raise ValueError("No variables to save")

    @property
    def _variables(self) -> dict[str, Any]:
        if self._named is None:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        return self._named

    # -- which are kept -----------------------------------------------------------------------------------------------
    @property
    def last_checkpoints(self) -> list[str]:
        """Paths of the checkpoints not deleted yet, oldest first."""
        return [p for p, _ in self._last]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        self._last = [(p, np.inf) for p in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: list[tuple[str, float]]) -> None:
        self._last = list(last_checkpoints_with_time)

    def recover_last_checkpoints(self, checkpoint_paths: list[str]) -> None:
        """Takes over, after a restart, the checkpoints among these that are still there."""
        self._last = [(p, os.path.getmtime(files_of(p)[0])) for p in checkpoint_paths if checkpoint_exists(p)]

    def _remember(self, path: str) -> None:
        self._last = [(p, t) for p, t in self._last if p != path] + [(path, time.time())]
        while self._max_to_keep and len(self._last) > self._max_to_keep:
            old, made = self._last.pop(0)
            if made > self._next_kept:
                self._next_kept += self._hours * 3600
            else:
                for file in files_of(old):
                    os.remove(file)

    # -- saving -------------------------------------------------------------------------------------------------------
    def save(self, sess: Any, save_path: str, global_step: Any = None, latest_filename: str | None = None,
             meta_graph_suffix: str = "meta", write_meta_graph: bool = True, write_state: bool = True, strip_default_attrs: bool = False,
             save_debug_info: bool = False) -> str:  # fmt: skip
        """Writes the variables and the graph; the path to restore from is returned. Keeps the newest `max_to_keep`.

        Raises FailedPreconditionError for a variable without a value, ValueError for a folder that cannot be made.
        """
        variables = self._variables
        if not hasattr(sess, "run"):
            raise TypeError(f"'sess' must be a Session; {sess}")
        if latest_filename and os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        path = _numbered(sess, os.fspath(save_path), global_step, self._pad)
        folder = os.path.dirname(path)
        _make_folder(folder, save_path)
        values = sess.run({k: getattr(v, "_ref_tensor", v) for k, v in variables.items()})
        if not processes.is_first():  # all take part in collecting the values, one writes them
            return path
        write_values(path, values, self._format)
        if write_meta_graph and self._format == "tf":
            self._write_graph(f"{path}.{meta_graph_suffix}", sess.graph)
        if write_state:
            self._remember(path)
            update_checkpoint_state(folder, path, self.last_checkpoints, latest_filename, save_relative_paths=self._relative)
        return path

    def _write_graph(self, path: str, graph: Any) -> None:
        """The graph beside the values; a graph that no message holds must not lose them."""
        from tfnb.train.checkpoints import write_file
        from tfnb.train.meta_graph import export_meta_graph

        key = (graph, graph.version, graph.edits)
        if self._written is None or self._written[0] != key:
            try:
                self._written = key, export_meta_graph(graph=graph, saver_def=self.as_saver_def(), saver=self).SerializeToString()
            except (TypeError, ValueError, KeyError, AttributeError) as e:
                warnings.warn(f"The values are saved, but the graph could not be written to {path}: {e}", stacklevel=3)
                return
        write_file(path, self._written[1])

    # -- restoring ----------------------------------------------------------------------------------------------------
    def restore(self, sess: Any, save_path: str | None) -> None:
        """Gives the session's variables the values of a checkpoint. All are checked before any is changed.

        Raises ValueError for no checkpoint, NotFoundError for a name not in it and InvalidArgumentError for a
        shape or dtype that does not fit.
        """
        variables = self._variables
        if save_path is None:
            raise teach(ValueError("Can't load save_path when it is None."), "latest_checkpoint found nothing: save first.")
        save_path = os.fspath(save_path)
        if not checkpoint_exists(save_path) and not os.path.isdir(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        held = named_values(load_checkpoint(save_path).values) if not os.path.isdir(save_path) else NewCheckpointReader(save_path)  # noqa: F405
        feeds, assigns = {}, []
        for name, variable in variables.items():
            op, value = variable.initializer, self._fitting(name, variable, held)
            feeds[op.inputs[1]] = value
            assigns.append(op)
        sess.run(assigns, feeds)

    def _fitting(self, name: str, variable: Variable, held: Any) -> Any:
        if name not in held:
            text = _FAILED.format("a Variable name or other graph key that is missing from the checkpoint")
            raise NotFoundError(None, variable.op, f"{text}Key {name} not found in checkpoint", f"The checkpoint holds: {', '.join(sorted(held))}.")
        value = held[name]
        want = variable.dtype.base_dtype
        got = as_dtype("string" if isinstance(value, bytes) or np.asarray(value).dtype == object else np.asarray(value).dtype)
        if got is not want:
            names = {"float32": "float", "float64": "double", "float16": "half"}
            raise _mismatch(variable, f"tensor_name = {name}; expected dtype {names.get(want.name, want.name)} does not equal original dtype "
                                      f"{names.get(got.name, got.name)}")  # fmt: skip
        if self._reshape:
            value = value.reshape(variable.shape.as_list())
        if not variable.shape.is_compatible_with(np.shape(value)):
            shape = "[" + ",".join(map(str, np.shape(value))) + "]"
            raise _mismatch(variable, f"Assign requires shapes of both tensors to match. lhs shape= {variable.shape.brackets()} rhs shape= {shape}")
        return value

    # -- as messages --------------------------------------------------------------------------------------------------
    def as_saver_def(self) -> Any:
        """This Saver as TensorFlow's SaverDef."""
        from tfnb.core.protos import SaverDef

        scope = self._name or "save"
        return SaverDef(filename_tensor_name=f"{scope}/Const:0", save_tensor_name=f"{scope}/control_dependency:0",
                        restore_op_name=f"{scope}/restore_all", max_to_keep=self._max_to_keep,
                        keep_checkpoint_every_n_hours=self._hours, version=SaverDef.V2)  # fmt: skip

    saver_def = property(as_saver_def)

    def to_proto(self, export_scope: str | None = None) -> Any:
        return self.as_saver_def()

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        return Saver(saver_def=saver_def, name=import_scope)

    def export_meta_graph(self, filename: str | None = None, collection_list: Any = None, as_text: bool = False, **_: Any) -> Any:
        """The graph, its collections and this Saver as a MetaGraphDef, written to `filename` where one is given."""
        from tfnb.train.meta_graph import export_meta_graph

        return export_meta_graph(filename, saver_def=self.as_saver_def(), collection_list=collection_list, as_text=as_text, saver=self)


_FAILED = (
    "Restoring from checkpoint failed. This is most likely due to {}. Please ensure that "
    "you have not altered the graph expected based on the checkpoint. Original error:\n\n"
)


def _mismatch(variable: Variable, text: str) -> OpError:
    whole = _FAILED.format("a mismatch between the current graph and the graph from the checkpoint") + text
    return InvalidArgumentError(None, variable.op, whole)  # type: ignore[no-any-return]


def _by_name(variables: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for v in variables:
        if not isinstance(v, Variable):
            raise TypeError(f"Variable to save is not a Variable: {v}")
        if v.op.name in out:
            raise ValueError(f"At least two variables have the same name: {v.op.name}")
        out[v.op.name] = v
    return out


def _by_key(variables: dict[str, Any]) -> dict[str, Any]:
    for v in variables.values():
        if isinstance(v, (list, tuple)):
            raise ValueError(f"Slices must all be slices: {v[0]}")
        if not isinstance(v, Variable):
            raise TypeError(f"names_to_saveables must be a dict mapping string names to Tensors/Variables. Not a variable: {v}")
    return dict(variables)


def _make_folder(folder: str, save_path: str) -> None:
    try:
        os.makedirs(folder or ".", exist_ok=True)
    except OSError:
        raise teach(ValueError(f"Parent directory of {save_path} doesn't exist, can't save."), "The folder could not be made.") from None


def _numbered(sess: Any, path: str, step: Any, pad: bool) -> str:
    if step is None:
        return path
    if not isinstance(step, (int, np.integer)):
        step = sess.run(getattr(step, "_ref_tensor", step))
    return f"{path}-{int(step):08d}" if pad else f"{path}-{int(step)}"
