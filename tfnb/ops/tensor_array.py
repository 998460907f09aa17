"""TensorArray: a list of tensors that a loop writes and reads element by element.

ta = tf.TensorArray(tf.float32, size=3)
ta = ta.write(0, x)                  each write gives the array to go on with
y = ta.stack()
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.dtypes import int64 as int64_type
from tfnb.core.dtypes import resource as resource_type
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op, static_value
from tfnb.core.rules import Call, OfAttr, T, float32, int32, int64
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.core.shapes import TensorShape, as_shape, unknown_shape
from tfnb.ops.array_state import element_shape
from tfnb.ops.arrays import identity, shape
from tfnb.ops.elementwise import cast

__all__ = ["TensorArray"]

resource = resource_type
_FLOW = np.float32(0)


def _two_scalars(call: Call) -> list[TensorShape]:
    return [TensorShape.of((2,)), TensorShape.of(())]


def _element(call: Call) -> list[TensorShape]:
    return [unknown_shape()]


def _stacked(call: Call) -> list[TensorShape]:
    count, known = call.shapes[1].num_elements(), call.attrs["element_shape"]
    return [unknown_shape() if known is None or known.sizes is None else TensorShape.of((count, *known.sizes))]


@op("TensorArrayV3", differentiable=False, shape=_two_scalars, effect=True, host=True, carried=True)
def tensor_array(xp: Any, size: int32, *, dtype: Any, element_shape: Any = None, dynamic_size: bool = False, clear_after_read: bool = True,
                 identical_element_shapes: bool = False, tensor_array_name: str = "") -> tuple[resource, float32]:  # type: ignore[valid-type]  # fmt: skip
    """A new array of `size` elements."""
    return xp.new_array(size, dtype, element_shape, dynamic_size, clear_after_read, tensor_array_name or "TensorArray"), _FLOW


@op("TensorArrayGradV3", shape=_two_scalars, effect=True, host=True, carried=True, differentiable=False)
def tensor_array_grad(xp: Any, handle: resource, flow_in: float32, *, source: str) -> tuple[resource, float32]:  # type: ignore[valid-type]
    """The array in which the gradients of another one add up."""
    return handle.gradient(source), _FLOW  # type: ignore[attr-defined]


@op("TensorArrayWriteV3", shape="scalar", effect=True, host=True, carried=True)
def tensor_array_write(xp: Any, handle: resource, index: int32, value: T, flow_in: float32) -> float32:  # type: ignore[valid-type]
    """Puts a value at an index."""
    handle.write(index, value)  # type: ignore[attr-defined]
    return _FLOW


@op("TensorArrayReadV3", shape=_element, effect=True, host=True, carried=True)
def tensor_array_read(xp: Any, handle: resource, index: int32, flow_in: float32, *, dtype: Any) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """The element at an index."""
    return handle.read(xp, index)  # type: ignore[attr-defined]


@op("TensorArrayGatherV3", shape=_stacked, effect=True, host=True, carried=True)
def tensor_array_gather(xp: Any, handle: resource, indices: int32, flow_in: float32, *, dtype: Any, element_shape: Any = None) -> OfAttr("dtype"):  # type: ignore[valid-type]
    """The elements at some indices as one tensor."""
    return handle.gather(xp, indices, element_shape)  # type: ignore[attr-defined]


@op("TensorArrayScatterV3", shape="scalar", effect=True, host=True, carried=True)
def tensor_array_scatter(xp: Any, handle: resource, indices: int32, value: T, flow_in: float32) -> float32:  # type: ignore[valid-type]
    """Puts the rows of a value at some indices."""
    handle.scatter(indices, value)  # type: ignore[attr-defined]
    return _FLOW


@op("TensorArrayConcatV3", shape=lambda call: [unknown_shape(), TensorShape.of((None,))], effect=True, host=True, carried=True)
def tensor_array_concat(xp: Any, handle: resource, flow_in: float32, *, dtype: Any, element_shape_except0: Any = None) -> tuple[OfAttr("dtype"), int64]:  # type: ignore[valid-type]
    """All elements one after the other, and their lengths."""
    return handle.concat(xp)  # type: ignore[attr-defined]


@op("TensorArraySplitV3", shape="scalar", effect=True, host=True, carried=True)
def tensor_array_split(xp: Any, handle: resource, value: T, lengths: int64, flow_in: float32) -> float32:  # type: ignore[valid-type]
    """Puts consecutive parts of a value at the indices 0, 1, ..."""
    handle.split(value, lengths)  # type: ignore[attr-defined]
    return _FLOW


@op("TensorArraySizeV3", shape="scalar", effect=True, host=True, carried=True, differentiable=False)
def tensor_array_size(xp: Any, handle: resource, flow_in: float32) -> int32:  # type: ignore[valid-type]
    """How many elements there are."""
    return np.int32(len(handle.values))  # type: ignore[attr-defined,return-value]


@op("TensorArrayCloseV3", effect=True, host=True, carried=True, differentiable=False)
def tensor_array_close(xp: Any, handle: resource) -> None:  # type: ignore[valid-type]
    """Frees the elements."""
    handle.clear()  # type: ignore[attr-defined]


class TensorArray:
    """A list of tensors of one dtype. Methods that write give the array to go on with.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     ta = tf.TensorArray(tf.float32, size=2).write(0, 1.0).write(1, 2.0)
    ...     print(sess.run(ta.stack()))
    [1. 2.]
    """

    def __init__(self, dtype: Any, size: Any = None, dynamic_size: bool | None = None, clear_after_read: bool | None = None,
                 tensor_array_name: str | None = None, handle: Tensor | None = None, flow: Tensor | None = None, infer_shape: bool = True,
                 element_shape: Any = None, colocate_with_first_write_call: bool = True, name: str | None = None) -> None:  # fmt: skip
        self._check(handle, size, tensor_array_name, element_shape, dynamic_size, clear_after_read)
        self.dtype = as_dtype(dtype).base_dtype
        self._shape = [as_shape(element_shape) if element_shape is not None else unknown_shape()]
        self._infer = infer_shape
        self._dynamic = bool(dynamic_size)
        with name_scope(name, "TensorArray", [t for t in (handle, size, flow) if isinstance(t, Tensor)]) as scope:
            if handle is not None:
                if flow is None:
                    raise ValueError("flow must not be None if handle is not None.")
                self.handle, self.flow = handle, flow
                return
            clear = True if clear_after_read is None else clear_after_read
            node = tensor_array.node((size,), {
                "dtype": self.dtype, "element_shape": _known(self._shape[0]), "identical_element_shapes": infer_shape,
                "dynamic_size": self._dynamic, "clear_after_read": clear, "tensor_array_name": tensor_array_name or "",
            }, scope)  # fmt: skip
            self.handle, self.flow = node.outputs

    @staticmethod
    def _check(handle: Any, size: Any, array_name: Any, *others: Any) -> None:
        if handle is not None and array_name:
            raise ValueError("Cannot construct with both handle and tensor_array_name")
        if handle is not None and not isinstance(handle, Tensor):
            raise TypeError("Handle must be a Tensor")
        if handle is None and size is None:
            raise ValueError("Size must be provided if handle is not provided")
        for value, what in zip((size, *others), ("size", "element_shape", "dynamic_size", "clear_after_read"), strict=True):
            if handle is not None and value is not None:
                raise ValueError(f"Cannot provide both a handle and {what} at the same time")

    @property
    def element_shape(self) -> TensorShape:
        return self._shape[0]

    @property
    def dynamic_size(self) -> bool:
        return self._dynamic

    def _with_flow(self, flow: Tensor) -> TensorArray:
        """The same array after what `flow` comes from."""
        other = TensorArray.__new__(TensorArray)
        other.__dict__.update(self.__dict__, flow=flow)
        return other

    def _saw(self, shape: TensorShape) -> None:
        if not shape.is_compatible_with(self._shape[0]):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self._shape[0]} ")
        if self._infer:
            self._shape[0] = self._shape[0].merge_with(shape)

    def identity(self) -> TensorArray:
        return self._with_flow(identity(self.flow))

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """The array of this one's gradients, for the call of tf.gradients that `source` names."""
        flow = self.flow if flow is None else flow
        with name_scope(name, "TensorArrayGrad", [self.handle]):
            handle = tensor_array_grad(self.handle, flow, source=source, name=name)[0]
            with control_dependencies([handle]):
                flow = identity(flow, name="gradient_flow")
            g = TensorArray(self.dtype, handle=handle, flow=flow, infer_shape=self._infer)
            g._shape = self._shape
            return g

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index`; by default it can be read once."""
        value: Tensor = tensor_array_read(self.handle, index, self.flow, dtype=self.dtype, name=name)
        value.set_shape(self._shape[0])
        return value

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` at `index`."""
        with name_scope(name, "TensorArrayWrite", [self.handle]):
            value = convert_to_tensor(value, None if isinstance(value, Tensor) else self.dtype, name="value")
            self._saw(value.shape)
            return self._with_flow(tensor_array_write(self.handle, index, value, self.flow, name=name))

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor with a new first axis."""
        from tfnb.ops.movement import range as range_of

        with name_scope(name, "TensorArrayStack", [self.handle]):
            return self.gather(range_of(0, self.size()), name=name)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices` as one tensor with a new first axis."""
        value: Tensor = tensor_array_gather(self.handle, indices, self.flow, dtype=self.dtype, element_shape=_known(self._shape[0]), name=name)
        if self._shape[0].sizes is not None:
            value.set_shape(TensorShape.of((None, *self._shape[0].sizes)))
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """All elements one after the other along their first axis."""
        value: Tensor = tensor_array_concat(self.handle, self.flow, dtype=self.dtype, name=name)[0]
        if self._shape[0].sizes is not None:
            value.set_shape(TensorShape.of((None, *self._shape[0].sizes[1:])))
        return value

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` for elements."""
        from tfnb.ops.movement import range as range_of

        with name_scope(name, "TensorArrayUnstack", [self.handle]):
            value = convert_to_tensor(value, None if isinstance(value, Tensor) else self.dtype)
            return self.scatter(range_of(0, shape(value)[0]), value, name=name)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` at `indices`."""
        with name_scope(name, "TensorArrayScatter", [self.handle]):
            value = convert_to_tensor(value, None if isinstance(value, Tensor) else self.dtype, name="value")
            self._saw(value.shape[1:])
            return self._with_flow(tensor_array_scatter(self.handle, indices, value, self.flow, name=name))

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The array with consecutive parts of `value`, of these lengths, for elements."""
        with name_scope(name, "TensorArraySplit", [self.handle]):
            value = convert_to_tensor(value, self.dtype, name="value")
            lengths = cast(lengths, int64_type)
            known = static_value(lengths)
            if known is not None and known.ndim and len(set(known.tolist())) == 1 and value.shape.ndims is not None:
                self._saw(TensorShape.of((int(known[0]), *(value.shape.sizes or ())[1:])))
            return self._with_flow(tensor_array_split(self.handle, value, lengths, self.flow, name=name))

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements."""
        return tensor_array_size(self.handle, self.flow, name=name)  # type: ignore[no-any-return]

    def close(self, name: str | None = None) -> Operation:
        return tensor_array_close(self.handle, name=name)  # type: ignore[no-any-return]


def _source_of(tensor: Tensor) -> str:
    """The call of tf.gradients that a gradient belongs to, by the name of its scope."""
    if tensor.graph.eager:
        return f"gradients_{tensor.graph.gradient_calls}"  # type: ignore[attr-defined]
    parts = tensor.name.split("/")
    places = [i for i, part in enumerate(parts) if part.startswith("gradients")]
    if not places:
        raise ValueError(
            f"Expected op/tensor name to start with gradients (excluding scope), got: {tensor.name}. This means that a tf.gradients op with "
            "this op in its dependency path has a custom name that does not start with 'gradients'. Please make sure all calls to tf.gradients "
            "that include non-empty `name` arguments have names starting with 'gradients'."
        )
    return "/".join(parts[: places[-1] + 1])


def _gradient_array(node: Operation, forward_flow: Tensor, flow: Tensor, dy: Tensor, dtype: Any) -> TensorArray:
    return TensorArray(dtype, handle=node.inputs[0], flow=forward_flow).grad(_source_of(dy), flow=flow)


@tensor_array_read.gradient
def read_gradient(node: Operation, dy: Tensor) -> list[Any]:
    g = _gradient_array(node, node.inputs[2], node.inputs[2], dy, node.attrs["dtype"])
    return [None, None, g.write(node.inputs[1], dy).flow]


@tensor_array_gather.gradient
def gather_gradient(node: Operation, dy: Tensor) -> list[Any]:
    g = _gradient_array(node, node.inputs[2], node.inputs[2], dy, node.attrs["dtype"])
    return [None, None, g.scatter(node.inputs[1], dy).flow]


@tensor_array_concat.gradient
def concat_gradient(node: Operation, dy: Tensor, _: Any = None) -> list[Any]:
    g = _gradient_array(node, node.inputs[1], node.inputs[1], dy, node.attrs["dtype"])
    return [None, g.split(dy, node.outputs[1]).flow]


def _after(node: Operation, dflow: Tensor) -> Tensor:
    """The gradient's flow, once the write that it belongs to has been done."""
    with control_dependencies([identity(node.outputs[0], name="flow_out")]):
        return identity(dflow, name="write_barrier")  # type: ignore[no-any-return]


@tensor_array_write.gradient
def write_gradient(node: Operation, dflow: Tensor) -> list[Any]:
    flow = _after(node, dflow)
    g = _gradient_array(node, flow, flow, dflow, node.inputs[2].dtype)
    return [None, None, g.read(node.inputs[1]), flow]


@tensor_array_scatter.gradient
def scatter_gradient(node: Operation, dflow: Tensor) -> list[Any]:
    flow = _after(node, dflow)
    g = _gradient_array(node, flow, flow, dflow, node.inputs[2].dtype)
    return [None, None, g.gather(node.inputs[1]), flow]


@tensor_array_split.gradient
def split_gradient(node: Operation, dflow: Tensor) -> list[Any]:
    flow = _after(node, dflow)
    g = _gradient_array(node, flow, flow, dflow, node.inputs[1].dtype)
    return [None, g.concat(), None, flow]


def _known(shape: TensorShape) -> TensorShape | None:
    return element_shape(shape)


