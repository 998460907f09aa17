"""What a graph is made of: operations as nodes, and tensors, their outputs, as edges.

    op.inputs, op.outputs, op.attrs, op.where         a node, and the user's line that made it
    x.op, x.shape, x.dtype, x.consumers()             an edge: a symbolic value, and who uses it
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tfnb.core import where
from tfnb.core.dtypes import DType
from tfnb.core.errors import OperatorNotAllowedInGraphError, teach
from tfnb.core.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from tfnb.core.graph import Graph

__all__ = ["Operation", "Tensor"]


class Tensor:
    """One output of an operation: a symbolic value with a dtype and a static shape.

    >>> x = tf.constant([[1.0, 2.0]])
    >>> print(x.name, x.shape, x.dtype)
    Const:0 (1, 2) <dtype: 'float32'>
    """

    __slots__ = ("__weakref__", "_consumers", "_shape", "dtype", "op", "value_index", "_assign",
                 "_uses_learning_phase", "_keras_shape", "_keras_history", "_keras_mask")  # fmt: skip
    __array_priority__ = 100

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: TensorShape) -> None:
        self.op, self.value_index, self.dtype, self._shape = op, value_index, dtype, shape
        self._consumers: list[Operation] = []

    if TYPE_CHECKING:  # ops/overloads.py and ops/indexing.py put the operators in

        def __getitem__(self, key: Any) -> Tensor: ...

        _assign: Any

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def name(self) -> str:
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        return self.op.device

    @property
    def assign(self) -> Any:
        """The op that writes into this slice of a variable; AttributeError where the tensor is none."""
        try:
            return self._assign
        except AttributeError:  # an empty slot's own words differ from Python to Python
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'assign'") from None

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Adds what is known of the shape; ValueError when it contradicts what is known already."""
        if isinstance(shape, TensorShape) and shape.sizes == self._shape.sizes:
            return
        try:
            self._shape = self._shape.merge_with(as_shape(shape))
        except ValueError:
            want, got = as_shape(shape), self._shape
            if want.ndims != got.ndims:
                raise ValueError(f"Shapes must be equal rank, but are {got.ndims} and {want.ndims}") from None
            assert got.sizes is not None and want.sizes is not None
            i = next(k for k, (a, b) in enumerate(zip(got.sizes, want.sizes, strict=True)) if None not in (a, b) and a != b)
            raise ValueError(
                f"Dimension {i} in both shapes must be equal, but are {got.sizes[i]} and {want.sizes[i]}. "
                f"Shapes are {got.brackets()} and {want.brackets()}."
            ) from None
        self.graph._changed()

    def consumers(self) -> list[Operation]:
        return list(self._consumers)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """This tensor's value, by the default session or the one given."""
        return self.graph.evaluator(self, feed_dict, session)

    def __str__(self) -> str:
        shape = f", shape={self._shape}" if self._shape.ndims is not None else ""
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self.dtype.name}>"

    def __iter__(self) -> Any:
        raise self._no_value("iterating over `tf.Tensor`", "Use tf.unstack, tf.map_fn or tf.while_loop.")

    def __bool__(self) -> bool:
        raise self._no_value("using a `tf.Tensor` as a Python `bool`", "Use tf.cond to choose inside the graph.")

    __nonzero__ = __bool__

    def _no_value(self, what: str, hint: str) -> Exception:
        text = f"{what} is not allowed in Graph execution. Use Eager execution or decorate this function with @tf.function."
        return teach(OperatorNotAllowedInGraphError(text), hint, self.op.where)

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array.")


class Operation:
    """A node: an op's type, its inputs, attributes and outputs, and the user's line that made it.

    >>> tf.add(1, 2, name="sum").op.type
    'Add'
    """

    is_resource = False  # whether it is the place of a resource variable
    marks: dict[str, Any] | None = None  # attributes that no kernel reads, as AttrValues; `_class` as a list

    def __init__(self, graph: Graph, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any],
                 outputs: Iterable[tuple[DType, TensorShape]], control_inputs: tuple[Operation, ...]) -> None:  # fmt: skip
        self.graph, self.name, self.definition = graph, name, definition
        self.type: str = definition.type
        self.inputs, self.attrs = inputs, attrs
        self.control_inputs = list(control_inputs)
        self.outputs: list[Tensor] = []
        for dtype, shape in outputs:
            self.outputs.append(Tensor(self, len(self.outputs), dtype, shape))
        self.where = graph.made_at or where.here()
        self.producer = graph.producer
        self.forward: Operation | None = graph.differentiating
        self.gradient_override = graph.gradient_overrides.get(definition.type) if graph.gradient_overrides else None
        self.device = ""
        self.device = graph.device_here(self)  # may ask for all the rest
        self.index = graph.next_index()
        self.flow: Any = graph.flow
        for x in inputs:
            x._consumers.append(self)

    def replace_input(self, i: int, tensor: Tensor) -> None:
        """Takes another tensor as input i."""
        old = self.inputs[i]
        self.inputs = (*self.inputs[:i], tensor, *self.inputs[i + 1 :])
        old._consumers.remove(self)
        tensor._consumers.append(self)

    _update_input = replace_input

    def _get_control_flow_context(self) -> Any:
        return self.flow

    @property
    def doc(self) -> str:
        """The first line of the op's manual."""
        return str(self.definition.doc)

    @property
    def value(self) -> Any:
        """The value of a Const, else None."""
        return self.attrs.get("value")

    @property
    def values(self) -> Callable[[], list[Tensor]]:
        return lambda: list(self.outputs)

    @property
    def node_def(self) -> Any:
        from tfnb.core.graph_def import node_def

        return node_def(self)

    @property
    def traceback(self) -> Any:
        return [] if self.where is None else [(self.where.file, self.where.line, self.where.function, self.where.text)]

    def get_attr(self, name: str) -> Any:
        """An attribute as TensorFlow gives it: dtypes as DType, strings as bytes, shapes and tensors as messages."""
        from tfnb.core.graph_def import attribute

        return attribute(self, name)

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs this operation by the default session or the one given."""
        self.graph.evaluator(self, feed_dict, session)

    def colocation_groups(self) -> list[bytes]:
        """`loc:@` and the names of the operations whose device this one shares; its own where there is none."""
        found = [s for s in (self.marks or {}).get("_class", ()) if s.startswith(b"loc:@")]
        if not found:
            from tfnb.core.op_list import signature

            wanted = signature(self.type) if any(x.dtype.is_ref for x in self.inputs) else None
            places = [x.op for x, arg in zip(self.inputs, wanted.inputs, strict=False) if arg.is_ref] if wanted else []
            found = sorted({s for op in places for s in op.colocation_groups()})
        return found or [b"loc:@" + self.name.encode()]

    def _set_attr(self, name: str, value: Any) -> None:
        """Adds an attribute (an AttrValue) that no kernel reads, such as `_class`."""
        listed = name == "_class" and not isinstance(value, list)
        self.marks = {**(self.marks or {}), name: list(value.list.s) if listed else value}

    def _set_device(self, device: Any) -> None:
        from tfnb.core.devices import device_of

        self.device = device_of([device], self)
        self.graph._changed()

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"
