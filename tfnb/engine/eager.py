"""Eager mode: an op computes when it is called, and its result is a tensor that has a value.

    enable_eager_execution()
    constant([1.0, 2.0]) * 2         <tf.Tensor: id=4, shape=(2,), dtype=float32, numpy=array([2., 4.], dtype=float32)>

The same ops and kernels as in a graph. While eager mode is on, the default graph is one that keeps no nodes: asked
to add a node it runs the node's kernel and gives back tensors that hold the results.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfnb.core import graph as graphs
from tfnb.core.dtypes import DType, c_name, string
from tfnb.core.errors import InvalidArgumentError, OpError, teach
from tfnb.core.graph import Graph, GraphKeys, Operation, Tensor
from tfnb.core.op import OpDef, registry
from tfnb.core.rules import Call, ShapeError
from tfnb.core.shapes import TensorShape
from tfnb.core.static import ints, kernel_attributes
from tfnb.engine import faults
from tfnb.engine.namespaces import numpy_namespace

__all__ = ["disable_eager_execution", "enable_eager_execution", "executing_eagerly", "init_scope"]



class EagerTensor(Tensor):
    """A tensor that has its value already. To those who ask for its node it is a constant."""

    __slots__ = ("_node", "_id", "array")
    _ids = itertools.count()

    def __init__(self, value: Any, dtype: DType) -> None:
        self.array = value
        self.dtype, self.value_index = dtype, 0
        self._shape = TensorShape.of(np.shape(value))
        self._id = next(EagerTensor._ids)
        self._node: Operation | None = None
        self._consumers = []

    @property
    def op(self) -> Operation:  # type: ignore[override]
        if self._node is None:
            definition = registry["Const"]
            self._node = EagerOperation(eager_graph(), "Const", definition, (), {"value": self.array, "dtype": self.dtype}, [self])
        return self._node

    @property
    def graph(self) -> Graph:
        return eager_graph()

    @property
    def name(self) -> str:
        raise AttributeError("Tensor.name is meaningless when eager execution is enabled.")

    @property
    def device(self) -> str:
        return "/job:localhost/replica:0/task:0/device:CPU:0"

    def numpy(self) -> Any:
        """The value: a NumPy array, or a NumPy scalar where there are no axes."""
        array = self.array
        return array if not isinstance(array, np.ndarray) else array.copy() if array.ndim else array.item()

    def cpu(self) -> EagerTensor:
        return self

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        raise NotImplementedError("eval is not supported when eager execution is enabled, is .numpy() what you're looking for?")

    def consumers(self) -> list[Operation]:
        raise NotImplementedError("Tensor.consumers is meaningless when eager execution is enabled.")

    def set_shape(self, shape: Any) -> None:
        if not self._shape.is_compatible_with(TensorShape(shape)):
            raise ValueError(f"Tensor's shape {self._shape} is not compatible with supplied shape {TensorShape(shape)}")

    def __bool__(self) -> bool:
        return bool(self.array)

    def __int__(self) -> int:
        return int(self.array)

    def __float__(self) -> float:
        return float(self.array)

    def __index__(self) -> int:
        return int(self.array)

    def __len__(self) -> int:
        if not np.ndim(self.array):
            raise TypeError("Scalar tensor has no `len()`")
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        if not np.ndim(self.array):
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.array, dtype=dtype)

    def __format__(self, spec: str) -> str:
        return format(self.array if not np.ndim(self.array) else self, spec) if spec else str(self)

    def __copy__(self) -> EagerTensor:
        return self

    def __deepcopy__(self, memo: Any) -> EagerTensor:
        return EagerTensor(self.numpy(), self.dtype)

    def _text(self, shown: Any) -> str:
        value = self.numpy()
        text = shown(value) if isinstance(value, np.ndarray) else str(value)
        return "\n" + text if "\n" in text else text

    def __str__(self) -> str:
        return f"tf.Tensor({self._text(str)}, shape={self._shape}, dtype={self.dtype.name})"

    def __repr__(self) -> str:
        return f"<tf.Tensor: id={self._id}, shape={self._shape}, dtype={self.dtype.name}, numpy={self._text(repr)}>"


class EagerPlace(EagerTensor):
    """Where a variable made in eager mode keeps its value; `label` is the variable's name."""

    __slots__ = ("label", "owner", "trainable")

    def __init__(self, label: str, dtype: DType, shape: TensorShape) -> None:
        super().__init__(None, dtype)
        self.label, self._shape, self.trainable = label, shape, False
        self.owner: Any = lambda: None  # the Variable, weakly held

    @property
    def op(self) -> Operation:  # type: ignore[override]
        if self._node is None:
            attrs = {"dtype": self.dtype.base_dtype, "shape": self._shape}
            self._node = EagerOperation(eager_graph(), self.label, registry["VariableV2"], (), attrs, [self])
        return self._node

    @property
    def name(self) -> str:
        return f"{self.label}:0"


class EagerOperation(Operation):
    """What a gradient rule looks at: an op that has run, with its inputs and outputs. No graph holds it."""

    def __init__(self, graph: Graph, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], outputs: list[Any]) -> None:
        self.graph, self.name, self.definition, self.type = graph, name, definition, definition.type
        self.inputs, self.attrs, self.outputs = inputs, attrs, outputs
        self.control_inputs = []
        self.where = self.producer = self.forward = None
        self.device, self.index = "", 0
        self.gradient_override = graph.gradient_overrides.get(definition.type)


class _Forgetful(dict[Any, Any]):
    """A dictionary that keeps nothing: in eager mode whoever makes a variable keeps it."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


class EagerGraph(Graph):
    """The default graph of eager mode. It computes each node that it is asked to add, and keeps none."""

    eager = True
    gradient_calls = 0  # how often a tape has been read: tells the arrays of one gradient from another's

    @property
    def variable_store(self) -> dict[str, Any]:  # type: ignore[override]
        return _Forgetful()

    @variable_store.setter
    def variable_store(self, _: Any) -> None:
        pass

    @property
    def seed(self) -> int | None:
        """The seed of `tf.set_random_seed`; setting it begins the sequence of ops' seeds anew."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed
        self.random = None if seed is None else random.Random(seed)

    @property
    def variables(self) -> list[Any]:
        return []

    @variables.setter
    def variables(self, _: Any) -> None:
        pass

    # -- computing --------------------------------------------------------------------------------------------------
    def execute(self, definition: Any, args: tuple[Any, ...], attrs: dict[str, Any], label: str) -> Operation:
        """Checks and converts the arguments as a graph would, then computes."""
        try:
            with self.name_scope(label):
                inputs, bound = definition._check(args, attrs, label)
        except TypeError as e:
            if not hasattr(e, "mismatch"):
                raise
            raise self._differing(definition, label, *e.mismatch) from None
        types = [definition._result_type(r, bound, attrs, inputs) for r in definition._result_rules(attrs, inputs)]
        return self._run(definition, inputs, attrs, types, label)

    def _differing(self, definition: Any, label: str, shown: str, got: DType, want: DType) -> Exception:
        names = [c_name(t.base_dtype.name) for t in (want, got)]
        place = [p.name for p in definition.params].index(shown)
        text = f"cannot compute {definition.type} as input #{place}(zero-based) was expected to be a {names[0]} tensor but is a {names[1]} tensor"
        return self._fault(definition, label, text, f"Convert one of them: tf.cast(..., tf.{want.base_dtype.name}).")

    def add(self, name: str, definition: Any, inputs: Any, attrs: dict[str, Any], outputs: Any, control_inputs: Any = ()) -> Operation:
        """Computes what a graph would keep: constants, and ops that are put together by hand."""
        if definition.type == "VariableV2":
            label = name.rstrip("/") if name.endswith("/") else self.unique_name(name)
            place = EagerPlace(label, attrs["dtype"].as_ref, TensorShape(attrs["shape"]))
            return place.op
        return self._run(definition, tuple(inputs), attrs, [dtype for dtype, _ in outputs], name)

    def _run(self, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], types: list[DType], label: str) -> Operation:
        if definition.type == "VariableV2":
            return self.add(label, definition, inputs, attrs, ())
        self._fits(definition, inputs, attrs, label)
        values = self._values(definition, inputs, attrs, label)
        places = _places(definition, inputs)
        for place, value in zip(places, values, strict=False):
            place.array = np.asarray(value, place.dtype.base_dtype.np)[()]
            place._shape = TensorShape.of(np.shape(value))
        rest = iter(values[len(places):])
        outputs = [EagerTensor(_exact(values[0] if t.is_ref else next(rest), t), t.base_dtype) for t in types]
        node = EagerOperation(self, label.rstrip("/"), definition, inputs, attrs, outputs)
        for tape in recording.tapes:
            tape.note(node)
        return node

    def _fits(self, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], label: str) -> None:
        """Raises where the shapes do not go together, as the kernels of TensorFlow do."""
        if not inputs or not definition.results:
            return
        try:
            definition.infer(Call([x._shape for x in inputs], inputs, attrs, static_value))
        except ShapeError as e:
            text = _size_mismatch(definition, inputs) or str(e)
            raise self._fault(definition, label, text) from None

    def _values(self, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], label: str) -> list[Any]:
        """What the kernel gives, as a list."""
        arguments = [self._argument(definition, i, x, label) for i, x in enumerate(inputs)]
        named = {k: v for k, v in kernel_attributes(attrs).items() if k in definition.attributes}
        if definition.state:
            named[definition.state] = int.from_bytes(os.urandom(6), "little") if attrs.get("seed", 1) == 0 == attrs.get("seed2", 1) else 0
        try:
            found = definition.kernel(numpy_namespace(), *arguments, **named)
        except OpError as e:
            raise self._fault(definition, label, e.message, e.hint, type(e)) from None
        except (ArithmeticError, TypeError, ValueError, IndexError) as e:
            text = _size_mismatch(definition, inputs) or str(e).split("\n")[0]
            raise self._fault(definition, label, text) from None
        if definition.state:
            return list(found[:-1])  # the last is where the next run's random numbers begin
        return list(found) if definition.many_results else [found] if definition.results else []

    def _argument(self, definition: Any, i: int, x: Tensor, label: str) -> Any:
        value = x.array  # type: ignore[attr-defined]
        if definition.ready:
            return value is not None
        if definition.is_place_only(i):
            return None
        if value is None:
            raise self._fault(definition, label, f"Attempting to use uninitialized value {x.op.name}")
        return ints(value) if definition.is_host(i) else value

    def _fault(self, definition: Any, label: str, text: str, hint: str = "", kind: Any = InvalidArgumentError) -> Exception:
        """TensorFlow's error of eager mode, which names the op's type and, where one was given, its name."""
        name = f" name: {label}" if label.endswith("/") else ""
        error: Exception = kind(None, None, f"{text} [Op:{definition.type}]{name}")
        error.hint = hint  # type: ignore[attr-defined]
        return error

    # -- what means little without a graph --------------------------------------------------------------------------
    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        return f"{self._scope}/{name}" if self._scope else name

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """Everything runs in the order of the program already."""
        if callable(control_inputs):
            control_inputs()
        yield

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Everything is computed in one place."""
        yield

    def add_to_collection(self, name: Any, value: Any) -> None:
        """In eager mode objects keep what is theirs; only the global step is found by its collection."""
        if name == GraphKeys.GLOBAL_STEP:
            super().add_to_collection(name, value)

    def get_collection_ref(self, name: Any) -> list[Any]:
        return []

    def op_seeds(self, op_seed: int | None) -> tuple[int | None, int | None]:
        """The seeds of an op that runs now: successive ops differ and the program as a whole repeats."""
        if self.seed is not None:
            assert self.random is not None
            return self.seed, self.random.randint(0, 2**31 - 1) if op_seed is None else op_seed
        return (None, None) if op_seed is None else (87654321, op_seed)


class _Recording(threading.local):
    """The tapes that are running, outermost first."""

    def __init__(self) -> None:
        self.tapes: list[Any] = []


recording = _Recording()


def static_value(tensor: Tensor) -> Any:
    """The value of a tensor of eager mode is always known."""
    return getattr(tensor, "array", None)


def _places(definition: Any, inputs: tuple[Tensor, ...]) -> list[Any]:
    """The places among the inputs that an op writes."""
    if not definition.writes:
        return []
    if definition.writes is True:
        return [inputs[0]]
    names = [p.name for p in definition.params]
    return [inputs[names.index(n)] for n in definition.writes]


def _exact(value: Any, dtype: DType) -> Any:
    """A kernel's result as an array or NumPy scalar of the op's dtype."""
    if dtype.base_dtype is string or dtype.base_dtype.name in ("variant", "resource"):
        return value
    array = np.asarray(value, dtype.base_dtype.np)
    if array.ndim == 0:
        return array[()]
    return array if array.flags.writeable else array.copy()


def _size_mismatch(definition: OpDef, inputs: tuple[Tensor, ...]) -> str | None:
    values: list[Any] = [getattr(x, "array", None) for x in inputs]
    if definition.type == "MatMul":
        shapes = ["[" + ",".join(map(str, np.shape(v))) + "]" for v in values]
        return f"Matrix size-incompatible: In[0]: {shapes[0]}, In[1]: {shapes[1]}"
    return faults.mismatch(definition, {}, values)


def eager_graph() -> EagerGraph:
    """The one graph of eager mode."""
    global _graph
    if _graph is None:
        _graph = EagerGraph()
    return _graph


_graph: EagerGraph | None = None


def executing_eagerly() -> bool:
    """Whether an op that is called now computes at once.

    >>> print(tf.executing_eagerly())
    False
    """
    return graphs.get_default_graph().eager


def enable_eager_execution(config: Any = None, device_policy: Any = None, execution_mode: Any = None) -> None:
    """Turns eager mode on for the rest of the program. Raises ValueError once the default graph has nodes.

    >>> import tfnb as tf
    >>> with tf.contrib.eager.eager_mode():
    ...     print(tf.constant([1, 2]) + 1)
    tf.Tensor([2 3], shape=(2,), dtype=int32)
    """
    if graphs.foot() is eager_graph():
        return
    if graphs.foot().version:
        raise teach(ValueError("tf.enable_eager_execution must be called at program startup."),
                    "Restart the kernel and call it in the first cell, or work inside `with tf.contrib.eager.eager_mode():`.")  # fmt: skip
    graphs.set_foot(eager_graph())


def disable_eager_execution() -> None:
    """Back to building graphs, from an empty one.

    >>> tf.disable_eager_execution()
    >>> print(tf.executing_eagerly())
    False
    """
    if graphs.foot() is eager_graph():
        graphs.set_foot(Graph())


@contextlib.contextmanager
def eager_mode() -> Iterator[None]:
    """Ops made inside compute at once."""
    with eager_graph().as_default():
        yield


@contextlib.contextmanager
def graph_mode() -> Iterator[None]:
    """Ops made inside are nodes of a new graph."""
    with Graph().as_default():
        yield


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Ops made inside leave control dependencies and functions under construction.

    >>> with tf.name_scope("inner"), tf.init_scope():
    ...     print(tf.constant(1.0, name="x").name)
    inner/x:0
    """
    with graphs.get_default_graph().outermost().control_dependencies(None):
        yield
