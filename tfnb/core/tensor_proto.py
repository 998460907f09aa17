"""TensorProto: an array as a GraphDef holds it, and back.

    make_tensor_proto([[1.0, 2.0]]).tensor_content      the bytes of larger arrays
    make_tensor_proto(1.0).float_val                    single elements and texts, in the field of their dtype
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core import protos
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape

__all__ = ["make_ndarray", "make_tensor_proto", "shape_from_proto", "shape_proto", "write_tensor"]

_FIELDS = {"float32": "float_val", "float64": "double_val", "int32": "int_val", "uint8": "int_val", "int16": "int_val", "int8": "int_val",
           "uint16": "int_val", "uint32": "uint32_val", "uint64": "uint64_val", "int64": "int64_val", "bool": "bool_val",
           "string": "string_val", "float16": "half_val", "bfloat16": "half_val", "complex64": "scomplex_val",
           "complex128": "dcomplex_val"}  # fmt: skip


def shape_proto(shape: Any) -> Any:
    """A static shape as a TensorShapeProto; -1 for a size not known."""
    sizes = as_shape(shape).sizes
    if sizes is None:
        return protos.TensorShapeProto(unknown_rank=True)
    return protos.TensorShapeProto(dim=[protos.TensorShapeProto.Dim(size=-1 if n is None else n) for n in sizes])


def shape_from_proto(proto: Any) -> TensorShape:
    """A TensorShapeProto as a static shape."""
    if proto.unknown_rank:
        return unknown_shape()
    return TensorShape.of(tuple(None if d.size < 0 else d.size for d in proto.dim))


def make_tensor_proto(values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False) -> Any:
    """A value as a TensorProto; a single value given with a `shape` stands for all elements.

    >>> print(make_tensor_proto(1.0).float_val)
    [1.0]
    """
    if isinstance(values, protos.TensorProto):
        return values
    from tfnb.ops.sources import as_array

    array: Any
    found: Any
    array, found = as_array(values, None if dtype is None else as_dtype(dtype).base_dtype)  # type: ignore[attr-defined]
    array = np.asarray(array)
    want = array.shape if shape is None else tuple(int(n) for n in as_shape(shape).as_list())  # type: ignore[arg-type]
    whole = int(np.prod(want, dtype=np.int64)) == array.size
    if verify_shape and want != array.shape:
        raise TypeError(f"Expected Tensor's shape: {want}, got {array.shape}.")
    if not whole and array.size > np.prod(want, dtype=np.int64):
        raise ValueError(f"Too many elements provided. Needed at most {int(np.prod(want))}, but received {array.size}")
    out = protos.TensorProto(dtype=found.enum, tensor_shape=shape_proto(want))
    return _fill(out, array, found, as_bytes=whole and array.size > 1 and found.name not in ("string", "bool"))


def write_tensor(out: Any, array: np.ndarray) -> None:
    """Fills a TensorProto with an array; where all elements are the same, as `tf.zeros` makes them, with one of them."""
    dtype = as_dtype(array.dtype)
    out.dtype = dtype.enum
    out.tensor_shape.CopyFrom(shape_proto(array.shape))
    if array.size > 1 and array.dtype.kind == "f" and array.flat[0] == array.flat[-1] and (array == array.flat[0]).all():
        array = array.ravel()[:1]
    _fill(out, array, dtype, as_bytes=array.size > 1 and dtype.name not in ("string", "bool"))


def _fill(out: Any, array: Any, dtype: DType, as_bytes: bool) -> Any:
    if as_bytes:
        out.tensor_content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        return out
    flat = array.ravel()
    if dtype.name in ("float16", "bfloat16"):
        flat = flat.view(np.uint16)
    elif dtype.is_complex:
        flat = flat.view(np.float32 if dtype.name == "complex64" else np.float64)
    getattr(out, _FIELDS[dtype.name]).extend(flat.tolist())
    return out


def make_ndarray(tensor: Any) -> np.ndarray:
    """The array that a TensorProto holds; its last element fills what is not written.

    Raises TypeError for dtypes that are no arrays.

    >>> print(tf.make_ndarray(tf.make_tensor_proto([1.0, 2.0])))
    [1. 2.]
    """
    dtype = as_dtype(tensor.dtype)
    shape = tuple(d.size for d in tensor.tensor_shape.dim)
    if dtype.name not in _FIELDS:
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}")
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, np.dtype(dtype.np).newbyteorder("<")).astype(dtype.np).reshape(shape)
    values = list(getattr(tensor, _FIELDS[dtype.name]))
    size = int(np.prod(shape, dtype=np.int64))
    flat = _decoded(values, dtype)
    if len(flat) < size:
        last = flat[-1:] if len(flat) else _decoded([0, 0] if dtype.is_complex else [b"" if dtype.name == "string" else 0], dtype)
        flat = np.concatenate([flat, np.repeat(last, size - len(flat))])
    return flat.reshape(shape)


def _decoded(values: list[Any], dtype: DType) -> np.ndarray:
    if dtype.name == "string":
        return np.array([*values, None], dtype=object)[:-1]
    if dtype.name in ("float16", "bfloat16"):
        return np.array(values, np.uint16).view(dtype.np)
    if dtype.is_complex:
        return np.array(values, np.float32 if dtype.name == "complex64" else np.float64).view(dtype.np)
    return np.array(values, dtype.np)


MakeNdarray = make_ndarray
