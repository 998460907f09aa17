"""TensorFlow's checkpoints: files that any TensorFlow 1 program wrote are read, and files that it reads are written.

    write_bundle("model/m-3", {"W": array})      m-3.index (a table: name -> dtype, shape, place) and m-3.data-00000-of-00001
    open_checkpoint("model/m-3")                 a mapping from names to arrays; .index + .data files (V2), or one file (V1)
"""

from __future__ import annotations

import glob
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tfnb.core import protos
from tfnb.core.checksum import crc32c, masked
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import DataLossError, NotFoundError
from tfnb.core.tensor_proto import make_ndarray, shape_proto
from tfnb.core.wire import varint
from tfnb.train.table import _varint, read_table, write_table

__all__ = ["Checkpoint", "bundle_exists", "open_checkpoint", "write_bundle"]


def bundle_exists(prefix: str) -> bool:
    """Whether there is a checkpoint of TensorFlow's under this path, in its new or its old format."""
    return os.path.isfile(prefix + ".index") or bool(_old_files(prefix))


def _old_files(prefix: str) -> list[str]:
    """The files of a V1 checkpoint: one, or several shards."""
    found = [prefix] if os.path.isfile(prefix) else sorted(glob.glob(glob.escape(prefix) + "-?????-of-?????"))
    return [f for f in found if _is_table(f)]


def _is_table(path: str) -> bool:
    with open(path, "rb") as f:
        f.seek(0, os.SEEK_END)
        if f.tell() < 48:
            return False
        f.seek(-8, os.SEEK_END)
        return f.read() == struct.pack("<Q", 0xDB4775248B80FB57)


class Checkpoint(Mapping[str, Any]):
    """Names and arrays of a checkpoint; an array is read from its file when it is asked for."""

    def __init__(self, kinds: dict[str, tuple[DType, tuple[int, ...]]], load: Callable[[str], Any]) -> None:
        self.kinds, self._load = kinds, load

    def __getitem__(self, name: str) -> Any:
        if name not in self.kinds:
            raise KeyError(name)
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def __contains__(self, name: object) -> bool:
        return name in self.kinds


def open_checkpoint(prefix: str) -> Checkpoint:
    """The checkpoint of a path. Raises NotFoundError where there is none."""
    if os.path.isfile(prefix + ".index"):
        return _open_new(prefix)
    files = _old_files(prefix)
    if not files:
        text = f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}"
        raise NotFoundError(None, None, text, "The path is that of tf.train.latest_checkpoint, without .index or .data at its end.")
    return _open_old(files)


def _shape(proto: Any) -> tuple[int, ...]:
    return tuple(d.size for d in proto.dim)


# -- the new format ---------------------------------------------------------------------------------------------------
def _open_new(prefix: str) -> Checkpoint:
    with open(prefix + ".index", "rb") as f:
        table = read_table(f.read())
    header = protos.BundleHeaderProto.FromString(table.pop(b"", b""))
    entries = {key: protos.BundleEntryProto.FromString(value) for key, value in table.items()}
    named = {key.decode(): entry for key, entry in entries.items() if not key.startswith(b"\0")}

    def load(name: str) -> Any:
        entry = named[name]
        if not entry.slices:
            return _read_entry(f"{prefix}.data-{entry.shard_id:05d}-of-{header.num_shards:05d}", entry, name)
        start = b"\0" + name.encode() + b"\0\1"
        parts = [e for key, e in sorted(entries.items()) if key.startswith(start)]
        whole = np.empty(_shape(entry.shape), as_dtype(entry.dtype).np)
        for place, part in zip(sorted(map(_extent, entry.slices)), parts, strict=True):  # the keys' order is that of places
            file = f"{prefix}.data-{part.shard_id:05d}-of-{header.num_shards:05d}"
            whole[_slices(place)] = _read_entry(file, part, name)
        return whole

    return Checkpoint({n: (as_dtype(e.dtype), _shape(e.shape)) for n, e in named.items()}, load)


def _extent(proto: Any) -> list[tuple[int, int]]:
    """Start and length in each dimension; length -1 for all of it."""
    return [(e.start, e.length if e.WhichOneof("has_length") else -1) for e in proto.extent]


def _slices(place: list[tuple[int, int]]) -> tuple[slice, ...]:
    return tuple(slice(None) if length < 0 else slice(start, start + length) for start, length in place)


def _read_entry(path: str, entry: Any, name: str) -> Any:
    with open(path, "rb") as f:
        f.seek(entry.offset)
        data = f.read(entry.size)
    dtype, shape = as_dtype(entry.dtype), _shape(entry.shape)
    if len(data) < entry.size:
        raise DataLossError(None, None, f"Requested {entry.size} bytes of {name} but read {len(data)} bytes.", "The file was cut off.")
    if dtype.name == "string":
        return _texts(data, shape)
    if entry.crc32c != masked(crc32c(data)):
        raise DataLossError(None, None, f"Checksum does not match: {name} in {path}", "The file is damaged.")
    array = np.frombuffer(data, np.dtype(dtype.np).newbyteorder("<")).astype(dtype.np).reshape(shape)
    return array if shape else array[()]


def _texts(data: bytes, shape: tuple[int, ...]) -> Any:
    """Texts: their lengths, a checksum of these, and the texts one after the other."""
    lengths, at = [], 0
    for _ in range(int(np.prod(shape, dtype=np.int64))):
        n, at = _varint(data, at)
        lengths.append(n)
    at += 4
    texts = []
    for n in lengths:
        texts.append(data[at : at + n])
        at += n
    return np.array([*texts, None], dtype=object)[:-1].reshape(shape) if shape else texts[0]


def write_bundle(prefix: str, values: Mapping[str, Any], write: Callable[[str, bytes], None]) -> None:
    """Writes the files of a checkpoint; `write` puts bytes into a file."""
    data = bytearray()
    header = protos.BundleHeaderProto(num_shards=1, version=protos.VersionDef(producer=1))
    table = [(b"", header.SerializeToString())]
    for name in sorted(values, key=str.encode):
        array = np.asarray(values[name])
        texts = array.dtype.kind in "OSU"
        raw, crc = _packed_texts(array) if texts else _packed_numbers(array)
        entry = protos.BundleEntryProto(dtype=as_dtype("string" if texts else array.dtype).enum, shape=shape_proto(array.shape),
                                        offset=len(data), size=len(raw), crc32c=masked(crc))  # fmt: skip
        entry.shape.SetInParent()
        table.append((name.encode(), entry.SerializeToString()))
        data += raw
    write(prefix + ".data-00000-of-00001", bytes(data))
    write(prefix + ".index", write_table(table))


def _packed_numbers(array: Any) -> tuple[bytes, int]:
    raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return raw, crc32c(raw)


def _packed_texts(array: Any) -> tuple[bytes, int]:
    texts = [t.encode() if isinstance(t, str) else bytes(t) for t in array.ravel().tolist()]
    crc = crc32c(b"".join(struct.pack("<I", len(t)) for t in texts))
    checksum = struct.pack("<I", masked(crc))
    joined = b"".join(texts)
    return b"".join(varint(len(t)) for t in texts) + checksum + joined, crc32c(joined, crc32c(checksum, crc))


# -- the old format ---------------------------------------------------------------------------------------------------
def _open_old(files: list[str]) -> Checkpoint:
    kinds: dict[str, tuple[DType, tuple[int, ...]]] = {}
    parts: dict[str, list[tuple[Any, Any]]] = {}
    for file in files:
        with open(file, "rb") as f:
            table = read_table(f.read())
        for meta in protos.SavedTensorSlices.FromString(table.pop(b"")).meta.tensor:
            kinds[meta.name] = as_dtype(meta.type), _shape(meta.shape)
        for value in table.values():
            part = protos.SavedTensorSlices.FromString(value).data
            parts.setdefault(part.name, []).append((part.slice, part.data))

    def load(name: str) -> Any:
        dtype, shape = kinds[name]
        whole = np.empty(shape, dtype.np)
        for place, proto in parts.get(name, ()):
            where = _slices(_extent(place))
            proto.dtype = dtype.enum
            proto.tensor_shape.CopyFrom(shape_proto(np.shape(whole[where])))
            whole[where] = make_ndarray(proto)
        return whole if shape else whole[()]

    return Checkpoint(kinds, load)
