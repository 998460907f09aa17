"""Where values come from: constants, placeholders, and the ops that only order others.

    constant([[1., 2.]])                 Const
    placeholder(float32, [None, 3])      Placeholder: fed at each run
    group(a, b)                          NoOp that runs after a and b
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.convert import converters
from tfnb.core.dtypes import DType, as_dtype, float32, int32, int64
from tfnb.core.errors import teach
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, Each, OfAttr, T, require_merge
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, as_shape
from tfnb.core.slices import IndexedSlices

__all__ = ["constant", "convert_to_tensor", "group", "identity_n", "no_op", "placeholder", "placeholder_with_default", "tuple"]


def _value_shape(call: Call) -> list[TensorShape]:
    return [TensorShape.of(np.shape(call.attrs["value"]))]


@op("Const", shape=_value_shape)
def const(xp: Any, *, value: Any, dtype: DType) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """A value written into the graph itself."""
    return value


@op("Placeholder", shape=lambda call: [as_shape(call.attrs["shape"])])
def placeholder_op(xp: Any, *, dtype: DType, shape: Any = None) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """A value that each run must be fed."""
    raise AssertionError("a placeholder is fed, never run")


def _defaulted(call: Call) -> list[TensorShape]:
    """The shape that was given, which the default must have."""
    want = as_shape(call.attrs["shape"])
    require_merge(call.shapes[0], want)
    return [want]


@op("PlaceholderWithDefault", shape=_defaulted)
def placeholder_with_default_op(xp: Any, input: T, *, shape: Any) -> T:
    """The value fed, or this default where nothing is fed."""
    return input


@op("NoOp", effect=True)
def no_op(xp: Any) -> None:
    """Does nothing; it waits for the operations it depends on.

    >>> sess.run(tf.no_op())
    """


@op("IdentityN", shape=lambda call: list(call.shapes))
def identity_n_op(xp: Any, *input: Each, Tout: Any) -> tuple_type[OfAttr("Tout"), ...]:  # type: ignore[valid-type]
    """All inputs as they are."""
    return input


@identity_n_op.gradient
def identity_n_gradient(node: Operation, *dys: Tensor) -> list[Tensor]:
    return list(dys)


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """New tensors with the values of `input`, all of them ready at once.

    >>> print(*sess.run(tf.identity_n([[1, 2], [3.0]])), sep="\\n")
    [1 2]
    [3.]
    """
    tensors = [convert_to_tensor(x) for x in input]
    node = identity_n_op.node(tuple_type(tensors), {"Tout": [t.dtype.base_dtype for t in tensors]}, name)
    return list(node.outputs)


@placeholder_with_default_op.gradient
def placeholder_with_default_gradient(node: Operation, dy: Tensor) -> Tensor:
    return dy


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor that is fed at each run; None in `shape` stands for a size known only then.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default():
    ...     print(tf.placeholder(tf.float32, [None, 3], name="x"))
    Tensor("x:0", shape=(?, 3), dtype=float32)
    """
    if get_default_graph().eager:
        raise teach(RuntimeError("tf.placeholder() is not compatible with eager execution."),
                    "Give the function an argument instead, or build a graph: with tf.Graph().as_default(): ...")  # fmt: skip
    try:
        dtype = as_dtype(dtype)
    except TypeError:
        raise TypeError(f"Expected DataType for argument 'dtype' not {dtype!r}.") from None
    return placeholder_op(dtype=dtype, shape=_asked_shape(shape), name=name)  # type: ignore[no-any-return]


def _asked_shape(shape: Any) -> TensorShape:
    if isinstance(shape, (str, bytes)):
        raise TypeError(f"Error converting shape to a TensorShape: A string has ambiguous TensorShape, please wrap in a list or convert to an int: {shape}.")
    try:
        return as_shape(shape)
    except (TypeError, ValueError) as e:
        raise type(e)(f"Error converting shape to a TensorShape: {e}.") from None


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Like `placeholder`, with the value to use when nothing is fed.

    >>> x = tf.placeholder_with_default(3.0, [])
    >>> print(x.eval(), x.eval({x: 4.0}))
    3.0 4.0
    """
    return placeholder_with_default_op(input, shape=as_shape(shape), name=name)  # type: ignore[no-any-return]


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False) -> Tensor:
    """A constant tensor. Python floats become float32, ints int32; `shape` repeats the last value to fill it.

    Raises TypeError or ValueError, in TensorFlow's words, for values that make no tensor.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default():
    ...     print(tf.constant([[1.0, 2.0]]))
    Tensor("Const:0", shape=(1, 2), dtype=float32)
    """
    want = None if dtype is None else as_dtype(dtype).base_dtype
    array, found = as_array(value, want)
    if shape is not None:
        array = _filled(array, as_shape(shape), verify_shape)
    graph = get_default_graph()
    array = array[()] if array.ndim == 0 and array.dtype != object else array
    if isinstance(array, np.ndarray):
        array.flags.writeable = False
    output = [(found, TensorShape.of(np.shape(array)))]
    return graph.add(name, const, (), {"value": array, "dtype": found}, output).outputs[0]


def _filled(array: np.ndarray, shape: TensorShape, verify: bool) -> np.ndarray:
    want = tuple_type(shape.as_list())
    if array.shape == want:
        return array
    size = int(np.prod(want, dtype=np.int64))  # type: ignore[arg-type]
    if verify:
        raise TypeError(f"Expected Tensor's shape: {want}, got {array.shape}.")
    if array.size > size:
        raise ValueError(f"Too many elements provided. Needed at most {size}, but received {array.size}")
    flat = array.ravel()
    return np.concatenate([flat, np.repeat(flat[-1:], size - flat.size)]).reshape(want)  # type: ignore[arg-type]


def as_array(value: Any, want: DType | None) -> tuple[np.ndarray, DType]:
    """A Python or NumPy value as an array of exactly the dtype that TensorFlow would choose."""
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.kind in "SUO":
            return _strings(array, value, want)
        return (array.copy(), as_dtype(array.dtype)) if want is None else (array.astype(want.np), want)
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, TensorShape):
        value = value.as_list()
    if isinstance(value, range):
        value = list(value)
    first = _leaf(value)
    if hasattr(value, "__array__") and not isinstance(value, (list, tuple_type)):
        return as_array(np.asarray(value), want)
    if want is None:
        _check_kinds(value)
    else:
        _check_leaves(value, want)
    try:
        array = np.array(value, dtype=object if isinstance(first, (str, bytes)) else None)
    except (ValueError, OverflowError):
        raise _ragged(value) from None
    if array.dtype == object and isinstance(first, int):
        raise _unfit(value)
    if array.dtype.kind in "SUO" or want is not None and want.name == "string":
        return _strings(array, value, want)
    found = want or _default_dtype(array, first)
    return array.astype(found.np), found


def _default_dtype(array: np.ndarray, first: Any) -> DType:
    if isinstance(first, np.generic):
        return as_dtype(array.dtype)
    if array.dtype.kind == "f":
        return float32
    if array.dtype.kind in "iu":
        big = array.size and (array.max() > 2**31 - 1 or array.min() < -(2**31))
        return int64 if big else int32
    return as_dtype(array.dtype)


def _leaf(value: Any) -> Any:
    while isinstance(value, (list, tuple_type)) and value:
        value = value[0]
    return 0.0 if isinstance(value, (list, tuple_type)) else value


_ACCEPTS = {"f": (int, float, np.number), "i": (int, np.integer), "u": (int, np.integer), "b": (bool, np.bool_),
            "c": (int, float, complex, np.number)}  # fmt: skip


def _leaves(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple_type)):
        return [value]
    return [leaf for v in value for leaf in _leaves(v)]


def _check_kinds(value: Any) -> None:
    """Raises TensorFlow's TypeError where no dtype holds all elements: texts among numbers, or other objects."""
    leaves = _leaves(value)
    if any(isinstance(v, Tensor) for v in leaves):
        raise TypeError("List of Tensors when single Tensor expected")
    texts = [isinstance(v, (str, bytes)) for v in leaves]
    known = all(text or isinstance(v, (int, float, complex, np.generic)) or hasattr(v, "__array__")
                for text, v in zip(texts, leaves, strict=True))  # fmt: skip
    if not known or any(texts) != all(texts) and leaves:
        text = f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. Consider casting elements to a supported type."
        raise teach(TypeError(text), "All elements of a tensor have one dtype.")


def _check_leaves(value: Any, want: DType) -> None:
    """Raises TensorFlow's TypeError for the first element that does not fit the dtype."""
    for leaf in _leaves(value):
        if leaf is None:
            raise ValueError("None values not supported.")
        wants_text = want.name == "string"
        accepted = _ACCEPTS.get(np.dtype(want.np).kind, object)
        fits = isinstance(leaf, (str, bytes)) if wants_text else isinstance(leaf, accepted)
        if not fits:
            text = f"Expected {want.name}, got {leaf!r} of type '{type(leaf).__name__}' instead."
            raise teach(TypeError(text), "All elements of a tensor have one dtype.")


def _unfit(value: Any) -> Exception:
    """A whole number that no dtype holds."""
    text = f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. Consider casting elements to a supported type."
    return TypeError(text)


def _ragged(value: Any) -> Exception:
    shape: list[int] = []
    probe, bad = value, value
    while isinstance(probe, (list, tuple_type)):
        shape.append(len(probe))
        lengths = {len(p) if isinstance(p, (list, tuple_type)) else -1 for p in probe}
        if len(lengths) > 1:
            break
        probe = probe[0] if probe else None
    want = _dense_shape(value)
    return ValueError(f"Argument must be a dense tensor: {bad} - got shape {shape}, but wanted {want}.")


def _dense_shape(value: Any) -> list[int]:
    return [len(value), *_dense_shape(value[0])] if isinstance(value, (list, tuple_type)) and value else []


def _strings(array: np.ndarray, value: Any, want: DType | None) -> tuple[np.ndarray, DType]:
    if want is not None and want.name != "string":
        leaf = _leaf(value.tolist() if isinstance(value, np.ndarray) else value)
        raise TypeError(f"Expected {want.name}, got {leaf!r} of type '{type(leaf).__name__}' instead.")
    out = np.empty(array.shape, dtype=object)
    flat = [v.encode() if isinstance(v, str) else bytes(v) for v in array.ravel().tolist()]
    if out.ndim:
        out[...] = np.array([*flat, None], dtype=object)[:-1].reshape(array.shape)
    else:
        out[()] = flat[0]
    return out, as_dtype("string")


def _convert(value: Any, wanted: tuple[Any, Any], name: str | None) -> Tensor:
    """A tensor from a Python value; a list that holds tensors is packed."""
    want, preferred = wanted
    if isinstance(value, (list, tuple_type)) and _holds_tensor(value):
        from tfnb.ops.arrays import pack_nested

        return pack_nested(value, want, name or "packed")
    if isinstance(value, Operation):
        raise TypeError(f"Can't convert Operation '{value.name}' to Tensor (target dtype={want.name if want else None!r}, name={name!r}, as_ref=False)")
    if want is None and preferred is not None:
        try:
            return constant(value, preferred, name=name or "Const")
        except (TypeError, ValueError):
            pass
    return constant(value, want, name=name or "Const")


def _holds_tensor(value: Any) -> bool:
    return any(
        _holds_tensor(v) if isinstance(v, (list, tuple_type)) else isinstance(v, Tensor) or hasattr(v, "_as_tensor") for v in value
    )


def group(*inputs: Any, name: str = "group_deps", **_: Any) -> Operation:
    """An operation that is done when all of `inputs` are.

    >>> v = tf.Variable(0)
    >>> step = tf.group(v.assign(1), name="step")
    >>> step.type
    'NoOp'
    """
    flat: list[Any] = []
    for x in inputs:
        flat += x if isinstance(x, (list, tuple_type)) else [x]
    for x in flat:
        if not isinstance(x, (Tensor, Operation)) and not hasattr(x, "op"):
            raise TypeError(f"Expected tf.group() expected Tensor arguments not '{x}' with type '{type(x)}'")
    graph = flat[0].graph if flat else get_default_graph()
    ops = [x if isinstance(x, Operation) else x.op for x in flat]
    with graph.as_default(), graph.control_dependencies(ops):
        return no_op(name=name)  # type: ignore[no-any-return]


tuple_type = tuple


def tuple_(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """The tensors again, each available only once all of them are; None and IndexedSlices stay what they are.

    >>> print(*sess.run(tf.tuple([tf.constant(1), tf.constant(2)])))
    1 2
    """
    from tfnb.ops.elementwise import identity

    def after(t: Any) -> Any:
        if isinstance(t, IndexedSlices):
            return IndexedSlices(after(t.values), t.indices, t.dense_shape)
        return t if t is None or isinstance(t, Operation) else identity(t, name="control_dependency")

    with name_scope(name, "tuple", [t for t in tensors if t is not None]):
        ops = [t if isinstance(t, Operation) else t.op for t in tensors if t is not None]
        ops += [getattr(c, "op", c) for c in control_inputs or []]
        if not ops:
            raise ValueError("Must have at least one Tensor")
        gate = group(*sorted(set(ops), key=lambda node: node.index))
        with get_default_graph().control_dependencies([gate]):
            return [after(t) for t in tensors]


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Tensor:
    """`output_tensor`, available only once the `dependencies` have run."""
    from tfnb.ops.elementwise import identity

    with name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope:
        with get_default_graph().control_dependencies(dependencies):
            return identity(output_tensor, name=scope)  # type: ignore[no-any-return]


tuple = tuple_  # noqa: A001 - TensorFlow's name

converters.append(_convert)
