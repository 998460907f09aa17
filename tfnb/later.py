"""Names that came late in version 1: switches of what became version 2, modules with variables, and small compositions.

    tf.disable_v2_behavior()      nothing: version 1 is the language here
    tf.switch_case(i, fns)        what the i-th function gives
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfnb.core import nest
from tfnb.core.dtypes import string as string_dtype
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Each, string
from tfnb.core.scopes import name_scope
from tfnb.core.tracking import attributes, grown, is_tracked

__all__ = [
    "Module", "add_check_numerics_ops", "assert_proper_iterable", "control_flow_v2_enabled", "decode_compressed", "disable_control_flow_v2",
    "disable_tensor_equality", "disable_v2_behavior", "disable_v2_tensorshape", "enable_control_flow_v2", "enable_tensor_equality",
    "enable_v2_behavior", "enable_v2_tensorshape", "get_logger", "grad_pass_through", "guarantee_const", "histogram_fixed_width_bins",
    "no_gradient", "numpy_function", "parse_tensor", "py_function", "recompute_grad", "required_space_to_batch_paddings", "reverse_v2",
    "serialize_tensor", "sparse_mask", "sparse_matmul", "switch_case", "vectorized_map",
]  # fmt: skip


# -- switches ----------------------------------------------------------------------------------------------------
def disable_v2_behavior() -> None:
    """Nothing: version 1 is the language here. (The last versions of TensorFlow needed it.)

    >>> tf.disable_v2_behavior()
    """


def enable_v2_behavior() -> None:
    """Turns on eager mode and resource variables. Raises ValueError once the default graph has nodes.

    >>> x = tf.constant(1.0)
    >>> tf.enable_v2_behavior()
    Traceback (most recent call last):
    ValueError: tf.enable_eager_execution must be called at program startup.
    """
    from tfnb.engine.eager import enable_eager_execution
    from tfnb.variables import enable_resource_variables

    enable_eager_execution()
    enable_resource_variables()


def control_flow_v2_enabled() -> bool:
    """False: branches and loops are those of version 1.

    >>> print(tf.control_flow_v2_enabled())
    False
    """
    return False


def _nothing(name: str, what: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """disable_... and enable_... of something that stays what it is."""

    def accepting(way: str) -> Callable[[], None]:
        def accepted() -> None: ...

        accepted.__doc__ = f"Accepted: {what}.\n\n>>> tf.{way}_{name}()\n"
        return accepted

    return accepting("disable"), accepting("enable")


disable_control_flow_v2, enable_control_flow_v2 = _nothing("control_flow_v2", "branches and loops are nodes of the graph, as in version 1")
disable_v2_tensorshape, enable_v2_tensorshape = _nothing("v2_tensorshape", "the sizes of a TensorShape are Dimensions")
disable_tensor_equality, enable_tensor_equality = _nothing("tensor_equality", "== of tensors asks whether they are the same")


def get_logger() -> Any:
    """The logger that tf.logging writes to.

    >>> tf.get_logger().name
    'tensorflow'
    """
    from tfnb import logging

    return logging.get_logger()


def no_gradient(op_type: str) -> None:
    """Says that an op has no gradient: another name of tf.NoGradient.

    >>> tf.no_gradient("AnOpWithoutOne")
    """
    from tfnb.gradients import NoGradient

    NoGradient(op_type)


# -- functions of Python in the graph ----------------------------------------------------------------------------
def numpy_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """What a function of arrays gives.

    >>> print(tf.numpy_function(lambda x: x + 1, [tf.constant(2)], tf.int32).eval())
    3
    """
    from tfnb.ops.host import py_func

    return py_func(func, inp, Tout, stateful=True, name=name)


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """What a function of eager tensors gives; its gradient is not known.

    >>> print(tf.py_function(lambda x: tf.square(x), [tf.constant(3.0)], tf.float32).eval())
    9.0
    """
    from tfnb.engine.eager import eager_mode
    from tfnb.ops.host import py_func

    def call(*values: Any) -> Any:
        with eager_mode():
            found = func(*(convert_to_tensor(v) for v in values))
            return nest.map_structure(lambda t: np.asarray(t.numpy()) if hasattr(t, "numpy") else t, found)

    return py_func(call, inp, Tout, stateful=True, name=name)


def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: str = "switch_case") -> Any:
    """What the function of this index gives; `default`, else the last, where there is none.

    >>> print(tf.switch_case(tf.constant(1), [lambda: tf.constant(10), lambda: tf.constant(20)]).eval())
    20
    """
    from tfnb.ops.compare import equal
    from tfnb.ops.control import case

    pairs = list(branch_fns.items()) if isinstance(branch_fns, dict) else [f if isinstance(f, tuple) else (i, f) for i, f in enumerate(branch_fns)]
    last = default or max(pairs, key=lambda p: p[0])[1]
    index = convert_to_tensor(branch_index)
    return case([(equal(index, convert_to_tensor(i, index.dtype)), f) for i, f in pairs], default=last, name=name)


def vectorized_map(fn: Callable[..., Any], elems: Any) -> Any:
    """`fn` of each element, one after the other.

    >>> print(tf.vectorized_map(lambda x: x * x, tf.constant([1.0, 2.0])).eval())
    [1. 4.]
    """
    from tfnb.ops.functional import map_fn

    like = fn(nest.map_structure(lambda t: convert_to_tensor(t)[0], elems))
    return map_fn(fn, elems, dtype=nest.map_structure(lambda t: t.dtype, like))


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` whose gradient is that of the identity.

    >>> x = tf.constant(1.7)
    >>> print(tf.gradients(tf.grad_pass_through(tf.round)(x), x)[0].eval())
    1.0
    """
    from tfnb.custom_gradients import custom_gradient

    @custom_gradient
    def passed(*args: Any, **named: Any) -> Any:
        return f(*args, **named), lambda *dys: dys[0] if len(dys) == 1 else list(dys)

    return passed


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` itself: tfnb keeps what the gradient needs.

    >>> with tf.variable_scope("here", use_resource=True):
    ...     y = tf.recompute_grad(lambda x: x * x)(tf.constant(3.0))
    >>> print(y.eval())
    9.0
    """
    return f


# -- small compositions ------------------------------------------------------------------------------------------
def assert_proper_iterable(values: Any) -> None:
    """Raises TypeError for a tensor, a string or what is no iterable.

    >>> tf.assert_proper_iterable([1, 2])
    """
    if isinstance(values, (Tensor, np.ndarray, str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f"Expected argument 'values' to be a 'proper' iterable. Found: {type(values)}")


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """The input, of which is said that it never changes.

    >>> print(tf.guarantee_const(tf.constant(1.0)).eval())
    1.0
    """
    from tfnb.ops.elementwise import identity

    return identity(input, name=name or "GuaranteeConst")  # type: ignore[no-any-return]


def reverse_v2(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """Backwards along axes: another name of tf.reverse.

    >>> print(tf.reverse_v2([1, 2, 3], [0]).eval())
    [3 2 1]
    """
    from tfnb.ops.indexing import reverse

    return reverse(tensor, axis, name=name)


def sparse_matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False,
                  name: str | None = None) -> Tensor:  # fmt: skip
    """The product of matrices that may have many zeros.

    >>> print(tf.sparse_matmul([[1.0, 0.0]], [[2.0], [3.0]]).eval())
    [[2.]]
    """
    from tfnb.ops.linear import matmul

    return matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b, name=name)


def sparse_mask(a: Any, mask_indices: Any, name: str | None = None) -> Any:
    """IndexedSlices without the rows at these indices.

    >>> rows = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([0, 3]))
    >>> print(tf.sparse_mask(rows, [3]).indices.eval())
    [0]
    """
    from tfnb.core.slices import IndexedSlices
    from tfnb.ops.indexing import gather
    from tfnb.ops.sorting import setdiff1d

    with name_scope(name, "sparse_mask", [a, mask_indices]):
        indices, places = setdiff1d(a.indices, mask_indices)
        return IndexedSlices(gather(a.values, places), indices, a.dense_shape)


def histogram_fixed_width_bins(values: Any, value_range: Any, nbins: Any = 100, dtype: Any = "int32", name: str | None = None) -> Tensor:
    """The bin of each value, among bins of one width over the range.

    >>> print(tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], nbins=5).eval())
    [0 0 1 2 4 4]
    """
    from tfnb.ops.compare import clip_by_value
    from tfnb.ops.elementwise import cast
    from tfnb.ops.parts import floor

    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values)
        low, high = (cast(v, values.dtype.base_dtype) for v in (convert_to_tensor(value_range)[0], convert_to_tensor(value_range)[1]))
        n = cast(nbins, values.dtype.base_dtype)
        return cast(clip_by_value(floor(n * (values - low) / (high - low)), 0, n - 1), dtype)


def required_space_to_batch_paddings(input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The paddings and crops with which space_to_batch meets whole blocks; both [axes, 2].

    >>> pads, crops = tf.required_space_to_batch_paddings([5, 4], [2, 2])
    >>> print(pads.eval().tolist(), crops.eval().tolist())
    [[0, 1], [0, 0]] [[0, 1], [0, 0]]
    """
    from tfnb.ops.arrays import stack
    from tfnb.ops.filling import zeros_like

    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        sizes, block = convert_to_tensor(input_shape, "int32", name="input_shape"), convert_to_tensor(block_shape, "int32", name="block_shape")
        known = [static_value(t) for t in (sizes, block, *([] if base_paddings is None else [convert_to_tensor(base_paddings)]))]
        if all(v is not None and np.asarray(v).dtype != object for v in known):
            return _paddings_of(*known)
        before, after = (zeros_like(block),) * 2 if base_paddings is None else (convert_to_tensor(base_paddings)[:, i] for i in (0, 1))
        more = (block - (sizes + before + after) % block) % block
        return stack([before, after + more], axis=1), stack([zeros_like(more), more], axis=1)


def _paddings_of(sizes: Any, block: Any, base: Any = None) -> tuple[Tensor, Tensor]:
    """The paddings and crops as constants."""
    from tfnb.ops.sources import constant

    before, after = (np.zeros_like(block),) * 2 if base is None else (base[:, 0], base[:, 1])
    more = -(sizes + before + after) % block
    found = np.stack([before, after + more], 1), np.stack([np.zeros_like(more), more], 1)
    return constant(found[0], "int32", name="paddings"), constant(found[1], "int32", name="crops")


def add_check_numerics_ops() -> Any:
    """An operation that fails where any floating tensor of the graph is not finite. Raises ValueError within branches or loops.

    >>> x = tf.constant([1.0]) / 2.0
    >>> sess.run(tf.add_check_numerics_ops())
    """
    from tfnb.ops.compare import check_numerics
    from tfnb.ops.sources import group

    checks = []
    for o in get_default_graph().get_operations():
        for t in o.outputs:
            if t.dtype.is_floating and not t.dtype.is_ref:
                if o.flow is not None:
                    raise ValueError("`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow operations such as "
                                     "`tf.cond()` or `tf.while_loop()`.")  # fmt: skip
                with get_default_graph().control_dependencies(checks[-1:]):
                    checks.append(check_numerics(t, f"{o.name}:{t.value_index}"))
    return group(*checks)


# -- tensors as bytes --------------------------------------------------------------------------------------------
@op("SerializeTensor", shape="scalar", host=True, differentiable=False)
def serialize_tensor_op(xp: Any, tensor: Each) -> string:
    """A tensor as the bytes of a TensorProto."""
    from tfnb.core.tensor_proto import make_tensor_proto

    return make_tensor_proto(np.asarray(tensor)).SerializeToString()


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as the bytes of a TensorProto: a text.

    >>> print(tf.parse_tensor(tf.serialize_tensor([1, 2]), tf.int32).eval())
    [1 2]
    """
    return serialize_tensor_op(tensor, name=name)  # type: ignore[no-any-return]


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor whose TensorProto these bytes are.

    >>> print(tf.parse_tensor(tf.serialize_tensor(tf.constant([1.0, 2.0])), tf.float32).eval())
    [1. 2.]
    """
    from tfnb.core import protos
    from tfnb.core.tensor_proto import make_ndarray

    return numpy_function(lambda b: make_ndarray(protos.TensorProto.FromString(b)), [convert_to_tensor(serialized, string_dtype)], out_type,
                          name or "ParseTensor")  # type: ignore[no-any-return]  # fmt: skip


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Texts that were compressed by 'ZLIB' or 'GZIP', as they were before.

    >>> import zlib
    >>> print(tf.decode_compressed([zlib.compress(b"hello")], "ZLIB").eval())
    [b'hello']
    """
    import gzip
    import zlib

    opened = {"": lambda b: b, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}[compression_type]
    x = convert_to_tensor(bytes, string_dtype)
    out = numpy_function(lambda v: np.array([opened(b) for b in np.ravel(v)] + [None], object)[:-1].reshape(np.shape(v)), [x], string_dtype,
                         name or "DecodeCompressed")  # fmt: skip
    out.set_shape(x.shape)
    return out  # type: ignore[no-any-return]


# -- modules -----------------------------------------------------------------------------------------------------
class Module:
    """An object with variables, its own and those of the modules in it, in the order of their names.

    >>> class Line(tf.Module):
    ...     def __init__(self, name=None):
    ...         super().__init__(name=name)
    ...         with self.name_scope: self.w = tf.Variable(2.0, name="w")
    >>> [v.name for v in Line().trainable_variables]
    ['line/w:0']
    """

    def __init__(self, name: str | None = None) -> None:
        from tfnb.keras.calls import snake

        if name is not None and not name.isidentifier():
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python identifiers (e.g. a valid class name).")
        self._name = name or snake(type(self).__name__)
        with name_scope(self._name) as scope:
            self._scope_name = scope or ""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if is_tracked(value):
            grown()

    def _children(self) -> list[tuple[str, Any]]:
        return attributes(self)

    @property
    def name(self) -> str:
        return self._name

    @property
    def name_scope(self) -> contextlib.AbstractContextManager[Any]:
        """A scope for the names of what is made inside."""
        return name_scope(self._scope_name)

    def _held(self, seen: set[int]) -> Iterator[Any]:
        for key in sorted(vars(self)):
            for leaf in nest.flatten(vars(self)[key]):
                if id(leaf) not in seen:
                    seen.add(id(leaf))
                    yield leaf
                    if isinstance(leaf, Module):
                        yield from leaf._held(seen)

    @property
    def variables(self) -> tuple[Any, ...]:
        from tfnb.variables import Variable

        return tuple(v for v in self._held(set()) if isinstance(v, Variable))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        return tuple(v for v in self.variables if v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules in this one."""
        return tuple(m for m in self._held(set()) if isinstance(m, Module))

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method whose ops are made in the module's scope."""

        def scoped(self: Module, *args: Any, **named: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **named)

        return scoped
