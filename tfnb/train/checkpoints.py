"""Checkpoints on disk: the `checkpoint` file that names the newest, and what any of the formats holds.

    latest_checkpoint("model")                      "model/m-3"
    reader = NewCheckpointReader("model/m-3")       safetensors, or TensorFlow's V2 and V1
    reader.get_tensor("W")

Files are written under other names and then renamed, so that a stopped run leaves no half a checkpoint.
"""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import DataLossError, NotFoundError
from tfnb.train.bundle import bundle_exists, open_checkpoint, write_bundle

__all__ = [
    "NewCheckpointReader",
    "checkpoint_exists",
    "checkpoints_iterator",
    "generate_checkpoint_state_proto",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "remove_checkpoint",
    "update_checkpoint_state",
]

SUFFIX = ".safetensors"
FORMATS = ("tf", "safetensors")


# -- files ------------------------------------------------------------------------------------------------------------
def write_values(prefix: str, values: Mapping[str, Any], format: str) -> None:
    """Writes a checkpoint in one of FORMATS."""
    if format == "tf":
        write_bundle(prefix, values, write_file)
        return
    from safetensors.numpy import save

    texts = [k for k, v in values.items() if np.asarray(v).dtype == object]
    if texts:
        raise NotImplementedError(f"safetensors holds no texts: {', '.join(texts)}. tf.train.Saver(format='tf') does.")
    arrays = {k: np.ascontiguousarray(v).reshape(np.shape(v)) for k, v in values.items()}
    write_file(prefix + SUFFIX, save(arrays, {"format": "tfnb"}))


def write_file(path: str, data: bytes) -> None:
    """Puts the data there all at once."""
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


def files_of(prefix: str) -> list[str]:
    """The files of a checkpoint, its graph's among them."""
    escaped = glob.escape(prefix)
    found = [*glob.glob(escaped + ".data-?????-of-?????"), *glob.glob(escaped + "-?????-of-?????")]
    return [*found, *(p for p in (prefix + SUFFIX, prefix + ".index", prefix + ".meta", prefix) if os.path.isfile(p))]


def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Whether there is a checkpoint of this path, in any of the formats.

    >>> tf.train.checkpoint_exists("nowhere/model")
    False
    """
    return os.path.isfile(checkpoint_prefix + SUFFIX) or bundle_exists(checkpoint_prefix)


def remove_checkpoint(checkpoint_prefix: str, checkpoint_format_version: Any = None, meta_graph_suffix: str = "meta") -> None:
    """Deletes the files of a checkpoint.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> tf.train.remove_checkpoint(path)
    >>> print(tf.train.checkpoint_exists(path))
    False
    """
    for path in files_of(checkpoint_prefix):
        os.remove(path)


def get_checkpoint_mtimes(checkpoint_prefixes: Any) -> list[float]:
    """When each checkpoint was written, in seconds; those that are not there are left out.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./model")
    >>> print(len(tf.train.get_checkpoint_mtimes([path])))
    1
    """
    found = [f for p in checkpoint_prefixes for f in files_of(p)[:1]]
    return [os.path.getmtime(f) for f in found]


# -- the `checkpoint` file --------------------------------------------------------------------------------------------
def generate_checkpoint_state_proto(save_dir: str, model_checkpoint_path: str, all_model_checkpoint_paths: Any = None,
                                    all_model_checkpoint_timestamps: Any = None, last_preserved_timestamp: Any = None) -> Any:  # fmt: skip
    """What the `checkpoint` file of a folder is to say; paths under a relative folder are made relative to it.

    >>> state = tf.train.generate_checkpoint_state_proto("models", "models/m-2", ["models/m-1", "models/m-2"])
    >>> print(state.model_checkpoint_path)
    m-2
    """
    from tfnb.core.protos import CheckpointState

    paths = list(all_model_checkpoint_paths or ())
    if not paths or paths[-1] != model_checkpoint_path:
        paths.append(model_checkpoint_path)
    if not os.path.isabs(save_dir):
        paths = [p if os.path.isabs(p) else os.path.relpath(p, save_dir or ".") for p in paths]
        if not os.path.isabs(model_checkpoint_path):
            model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir or ".")
    times = list(all_model_checkpoint_timestamps or ())
    return CheckpointState(model_checkpoint_path=model_checkpoint_path, all_model_checkpoint_paths=paths,
                           all_model_checkpoint_timestamps=times, last_preserved_timestamp=last_preserved_timestamp or 0.0)  # fmt: skip


def update_checkpoint_state(save_dir: str, model_checkpoint_path: str, all_model_checkpoint_paths: Any = None, latest_filename: Any = None,
                            all_model_checkpoint_timestamps: Any = None, last_preserved_timestamp: Any = None,
                            save_relative_paths: bool = False) -> None:  # fmt: skip
    """Writes which checkpoint of a folder is the newest and which are there.

    >>> tf.train.update_checkpoint_state(".", "m-2", ["m-1", "m-2"])
    >>> print(tf.train.latest_checkpoint("."))
    None
    """
    paths = list(all_model_checkpoint_paths or ())
    if save_relative_paths:
        paths = [os.path.relpath(p, save_dir or ".") for p in paths]
        model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir or ".")
        save_dir = os.path.abspath(save_dir)
    state = generate_checkpoint_state_proto(save_dir, model_checkpoint_path, paths, all_model_checkpoint_timestamps, last_preserved_timestamp)
    name = os.path.join(save_dir, latest_filename or "checkpoint")
    if name == model_checkpoint_path:
        raise RuntimeError(f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  Please use a different save path.")
    write_file(name, str(state).encode())


def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> Any:
    """What the folder's `checkpoint` file says, as a message; None where there is none.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> _ = tf.train.Saver().save(sess, "./model")
    >>> print(tf.train.get_checkpoint_state(".").model_checkpoint_path)
    ./model
    """
    from google.protobuf import text_format

    from tfnb.core.protos import CheckpointState

    checkpoint_dir = os.fspath(checkpoint_dir)
    path = os.path.join(checkpoint_dir, latest_filename or "checkpoint")
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        state = text_format.Parse(text, CheckpointState())
    except text_format.ParseError:
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    state.model_checkpoint_path = os.path.join(checkpoint_dir, state.model_checkpoint_path)
    state.all_model_checkpoint_paths[:] = [os.path.join(checkpoint_dir, p) for p in state.all_model_checkpoint_paths]
    return state


def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """The path of a folder's newest checkpoint, or None.

    >>> print(tf.train.latest_checkpoint("nowhere"))
    None
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    return str(state.model_checkpoint_path) if state and checkpoint_exists(state.model_checkpoint_path) else None


def checkpoints_iterator(checkpoint_dir: str, min_interval_secs: float = 0, timeout: float | None = None,
                         timeout_fn: Any = None) -> Iterator[str]:  # fmt: skip
    """Each new checkpoint of a folder, waiting for it; ends after `timeout` seconds without one.

    >>> print(list(tf.train.checkpoints_iterator("nothing_there", timeout=0)))
    []
    """
    import time

    last, waited = None, 0.0
    while True:
        path = latest_checkpoint(checkpoint_dir)
        if path is not None and path != last:
            last, waited = path, 0.0
            yield path
            time.sleep(min_interval_secs)
        elif timeout is not None and waited >= timeout:
            if timeout_fn is None or timeout_fn():
                return
            waited = 0.0
        else:
            time.sleep(min(1.0, timeout or 1.0))
            waited += min(1.0, timeout or 1.0)


# -- reading ----------------------------------------------------------------------------------------------------------
class CheckpointReader:
    """A checkpoint's values by name.

    >>> v = tf.Variable([1.0, 2.0], name="v")
    >>> sess.run(v.initializer)
    >>> reader = tf.train.NewCheckpointReader(tf.train.Saver().save(sess, "./model"))
    >>> print(reader.get_variable_to_shape_map(), reader.get_tensor("v"))
    {'v': [2]} [1. 2.]
    """

    def __init__(self, filename: str) -> None:
        filename = os.fspath(filename)
        if os.path.isdir(filename):
            text = (f"Unable to open table file {filename}: Failed precondition: {filename}; Is a directory: perhaps your file is in a "
                    "different file format and you need to use a different restore operator?")  # fmt: skip
            raise DataLossError(None, None, text, "Give it tf.train.latest_checkpoint(folder).")
        filename = filename.removesuffix(SUFFIX)
        self.values: Mapping[str, Any] = _safetensors(filename) if os.path.isfile(filename + SUFFIX) else open_checkpoint(filename)
        self._kinds = getattr(self.values, "kinds", None) or {k: (as_dtype(v.dtype), v.shape) for k, v in self.values.items()}

    def get_tensor(self, tensor_str: str) -> Any:
        """The value of this name. Raises NotFoundError."""
        if tensor_str not in self.values:
            raise NotFoundError(None, None, f"Key {tensor_str} not found in checkpoint", f"It holds: {', '.join(sorted(self.values))}.")
        return self.values[tensor_str]

    def has_tensor(self, tensor_str: str) -> bool:
        return tensor_str in self.values

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {k: list(shape) for k, (_, shape) in self._kinds.items()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        return {k: dtype for k, (dtype, _) in self._kinds.items()}

    def debug_string(self) -> bytes:
        """A line for each value: name, dtype, shape."""
        lines = [f"{k} (DT_{_enum_name(t)}) [{','.join(map(str, s))}]" for k, (t, s) in sorted(self._kinds.items())]
        return "\n".join([*lines, ""]).encode()


def _enum_name(dtype: DType) -> str:
    from tfnb.core.protos import DataType

    return str(DataType.Name(dtype.enum)).removeprefix("DT_")


def _safetensors(prefix: str) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return load_file(prefix + SUFFIX)  # type: ignore[no-any-return]


NewCheckpointReader = CheckpointReader


def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """A reader of a checkpoint, or of the newest one of a folder.

    >>> v = tf.Variable([1.0, 2.0], name="v")
    >>> sess.run(v.initializer)
    >>> _ = tf.train.Saver().save(sess, "./model")
    >>> print(tf.contrib.framework.load_checkpoint(".").get_tensor("v"))
    [1. 2.]
    """
    path = latest_checkpoint(ckpt_dir_or_file) if os.path.isdir(ckpt_dir_or_file) else ckpt_dir_or_file
    if path is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return CheckpointReader(path)


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """One variable's value in a checkpoint.

    >>> v = tf.Variable([3.0], name="v")
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./m")
    >>> print(tf.train.load_variable(path, "v"))
    [3.]
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Names and shapes in a checkpoint.

    >>> v = tf.Variable([3.0], name="v")
    >>> sess.run(v.initializer)
    >>> path = tf.train.Saver().save(sess, "./m")
    >>> tf.train.list_variables(path)
    [('v', [1])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
