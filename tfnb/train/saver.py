"""Checkpoints: a session's variables in a safetensors file, and the `checkpoint` file that names the newest.

    saver = Saver();  path = saver.save(sess, "model/m", global_step=3)        model/m-3.safetensors
    saver.restore(sess, latest_checkpoint("model"))

Files are written under other names and then renamed, so that a stopped run leaves no half a checkpoint.
"""

from __future__ import annotations

import glob
import os
import re
import tempfile
import time
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.errors import InvalidArgumentError, NotFoundError, teach
from tfnb.core.graph import GraphKeys, get_default_graph
from tfnb.variables import Variable

__all__ = [
    "NewCheckpointReader",
    "Saver",
    "checkpoint_exists",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "update_checkpoint_state",
]

SUFFIX = ".safetensors"


class CheckpointState(NamedTuple):
    """What a folder's `checkpoint` file says."""

    model_checkpoint_path: str
    all_model_checkpoint_paths: list[str]
    all_model_checkpoint_timestamps: list[float]
    last_preserved_timestamp: float


class Saver:
    """Saves and restores variables; `var_list` holds them, perhaps as a dict from their names in the file."""

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = None,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        graph = get_default_graph()
        if var_list is None:
            var_list = graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(
                GraphKeys.SAVEABLE_OBJECTS
            )
        named = dict(var_list) if isinstance(var_list, dict) else _by_name(var_list)
        if not named and not allow_empty:
            raise ValueError("No variables to save")
        self._variables: dict[str, Variable] = named
        self._max_to_keep, self._hours, self._reshape = (
            max_to_keep or 0,
            keep_checkpoint_every_n_hours,
            reshape,
        )
        self._pad, self._relative = pad_step_number, save_relative_paths
        self._last: list[tuple[str, float]] = []
        self._next_kept = time.time() + keep_checkpoint_every_n_hours * 3600

    @property
    def last_checkpoints(self) -> list[str]:
        """Paths of the checkpoints not deleted yet, oldest first."""
        return [p for p, _ in self._last]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        self._last = [(p, np.inf) for p in last_checkpoints]

    def recover_last_checkpoints(self, checkpoint_paths: list[str]) -> None:
        self._last = [(p, os.path.getmtime(p + SUFFIX)) for p in checkpoint_paths if checkpoint_exists(p)]

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str:
        """Writes the variables; the path to restore from is returned. Keeps the newest `max_to_keep`.

        Raises FailedPreconditionError for a variable without a value, ValueError for a folder not there.
        """
        path = _numbered(sess, save_path, global_step, self._pad)
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            raise teach(
                ValueError(f"Parent directory of {save_path} doesn't exist, can't save."),
                f"Make it first: os.makedirs({folder!r}).",
            )
        values = sess.run({k: getattr(v, "_ref_tensor", v) for k, v in self._variables.items()})
        _write(path + SUFFIX, values)
        if write_state:
            self._remember(path)
            update_checkpoint_state(folder, path, self.last_checkpoints, latest_filename)
        return path

    def _remember(self, path: str) -> None:
        self._last = [(p, t) for p, t in self._last if p != path] + [(path, time.time())]
        while self._max_to_keep and len(self._last) > self._max_to_keep:
            old, made = self._last.pop(0)
            if made > self._next_kept:
                self._next_kept += self._hours * 3600
            elif os.path.exists(old + SUFFIX):
                os.remove(old + SUFFIX)

    def restore(self, sess: Any, save_path: str | None) -> None:
        """Gives the session's variables the values of a checkpoint. All are checked before any is changed.

        Raises ValueError for no checkpoint, NotFoundError for a name not in it and InvalidArgumentError for a
        shape that does not fit.
        """
        if save_path is None:
            raise teach(
                ValueError("Can't load save_path when it is None."),
                "latest_checkpoint found nothing: save first.",
            )
        if not checkpoint_exists(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        held = load_checkpoint(save_path).values
        feeds, assigns = {}, []
        for name, variable in self._variables.items():
            op, value = variable.initializer, self._fitting(name, variable, held)
            feeds[op.inputs[1]] = value
            assigns.append(op)
        sess.run(assigns, feeds)

    def _fitting(self, name: str, variable: Variable, held: dict[str, Any]) -> Any:
        if name not in held:
            raise NotFoundError(
                None,
                variable.op,
                _FAILED.format("a Variable name or other graph key that is missing from the checkpoint")
                + f"Key {name} not found in checkpoint",
                f"The checkpoint holds: {', '.join(sorted(held))}.",
            )
        value = held[name]
        if self._reshape:
            value = value.reshape(variable.shape.as_list())
        if not variable.shape.is_compatible_with(value.shape):
            want, got = variable.shape.brackets(), "[" + ",".join(map(str, value.shape)) + "]"
            raise InvalidArgumentError(
                None,
                variable.op,
                _FAILED.format("a mismatch between the current graph and the graph from the checkpoint")
                + f"Assign requires shapes of both tensors to match. lhs shape= {want} rhs shape= {got}",
            )
        return value


_FAILED = (
    "Restoring from checkpoint failed. This is most likely due to {}. Please ensure that "
    "you have not altered the graph expected "
    "based on the checkpoint. Original error:\n\n"
)


def _by_name(variables: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for v in variables:
        if not isinstance(v, Variable):
            raise TypeError(f"Variable to save is not a Variable: {v}")
        if v.op.name in out:
            raise ValueError(f"At least two variables have the same name: {v.op.name}")
        out[v.op.name] = v
    return out


def _numbered(sess: Any, path: str, step: Any, pad: bool) -> str:
    if step is None:
        return path
    if not isinstance(step, (int, np.integer)):
        step = sess.run(getattr(step, "_ref_tensor", step))
    return f"{path}-{int(step):08d}" if pad else f"{path}-{int(step)}"


def _write(path: str, values: dict[str, Any]) -> None:
    from safetensors.numpy import save

    texts = [k for k, v in values.items() if np.asarray(v).dtype == object]
    if texts:
        raise NotImplementedError(f"Variables of strings cannot be saved yet: {', '.join(texts)}.")
    data = save(
        {k: np.ascontiguousarray(v).reshape(np.shape(v)) for k, v in values.items()}, {"format": "tfnb"}
    )
    _atomic(path, data)


def _atomic(path: str, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".tfnb-")
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# -- the `checkpoint` file ---------------------------------------------------------------------------------
def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Any = None,
    latest_filename: str | None = None,
    **_: Any,
) -> None:
    """Writes which checkpoint of a folder is the newest and which are there."""
    paths = [*(all_model_checkpoint_paths or [])]
    paths = paths if model_checkpoint_path in paths else [*paths, model_checkpoint_path]
    relative = [os.path.relpath(p, save_dir or ".") for p in paths]
    newest = os.path.relpath(model_checkpoint_path, save_dir or ".")
    lines = [f'model_checkpoint_path: "{newest}"', *(f'all_model_checkpoint_paths: "{p}"' for p in relative)]
    _atomic(os.path.join(save_dir, latest_filename or "checkpoint"), ("\n".join(lines) + "\n").encode())


def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> CheckpointState | None:
    """What the folder's `checkpoint` file says; None where there is none."""
    path = os.path.join(checkpoint_dir, latest_filename or "checkpoint")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        text = f.read()
    newest = re.search(r'^model_checkpoint_path: "(.*)"', text, re.M)
    if newest is None:
        return None
    full = [
        os.path.join(checkpoint_dir, p)
        for p in re.findall(r'^all_model_checkpoint_paths: "(.*)"', text, re.M)
    ]
    return CheckpointState(os.path.join(checkpoint_dir, newest[1]), full, [], 0.0)


def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """The path of a folder's newest checkpoint, or None."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    return state.model_checkpoint_path if state and checkpoint_exists(state.model_checkpoint_path) else None


def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint of this path."""
    return os.path.isfile(checkpoint_prefix + SUFFIX) or bool(
        glob.glob(glob.escape(checkpoint_prefix) + SUFFIX)
    )


class CheckpointReader:
    """A checkpoint's values by name."""

    def __init__(self, path: str) -> None:
        from safetensors.numpy import load_file

        self.values: dict[str, Any] = load_file(path + SUFFIX)

    def get_tensor(self, name: str) -> Any:
        if name not in self.values:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
        return self.values[name]

    def has_tensor(self, name: str) -> bool:
        return name in self.values

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {k: list(v.shape) for k, v in self.values.items()}


def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """A reader of a checkpoint, or of the newest one of a folder."""
    path = latest_checkpoint(ckpt_dir_or_file) if os.path.isdir(ckpt_dir_or_file) else ckpt_dir_or_file
    if path is None:
        raise ValueError(
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}"
        )
    return CheckpointReader(path)


NewCheckpointReader = CheckpointReader


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """One variable's value in a checkpoint."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name)


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Names and shapes in a checkpoint."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
