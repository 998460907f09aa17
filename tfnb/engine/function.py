"""tf.function: a Python function traced into a graph once for each signature, then run as a compiled step.

    @tf.function
    def f(x): return x * x
    f(tf.constant(2.0))              traces for float32 (), runs
    f(tf.constant(3.0))              runs the same step

Variables and tensors from outside are captured: the graph gets a node that stands for each.
"""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import teach
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.op import OpDef, convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.engine.autograph import converted, explained, has_effect
from tfnb.engine.eager import EagerOperation, EagerPlace, EagerTensor, eager_graph, recording
from tfnb.engine.program import variable_of, written
from tfnb.engine.session import Session
from tfnb.gradients import gradients
from tfnb.ops.sources import placeholder
from tfnb.ops.state import variable_op

__all__ = ["TensorSpec", "function"]


class TensorSpec:
    """A tensor's dtype, shape and name, as part of an `input_signature`.

    >>> tf.TensorSpec([None, 3], tf.float32).shape
    TensorShape([Dimension(None), Dimension(3)])
    """

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape, self.dtype, self.name = TensorShape(shape), as_dtype(dtype), name

    def accepts(self, tensor: Tensor) -> bool:
        return tensor.dtype is self.dtype and self.shape.is_compatible_with(tensor.shape)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


class FuncGraph(Graph):
    """The graph of a function. Tensors from outside become placeholders, variables from outside become variables."""

    building_function = True

    def __init__(self, name: str, may_create: bool = True) -> None:
        super().__init__()
        self.name = name
        self.may_create, self.created = may_create, False
        self.captures: dict[Tensor, Tensor] = {}
        self.writers: dict[Operation, Operation] = {}

    def add(self, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], outputs: Any,
            control_inputs: Any = ()) -> Operation:  # fmt: skip
        """Adds a node; one that reads a variable runs after the last that wrote it."""
        inside = tuple(x if x.graph is self else self.capture(x) for x in inputs)
        places = [v for v in map(variable_of, inside) if v is not None]
        before = [self.writers[v] for v in places if v in self.writers]
        node = super().add(name, definition, inside, attrs, outputs, (*control_inputs, *before))
        if definition.writes and node.flow is None:
            self.writers.update((v, node) for v in written(node))
        return node

    def capture(self, tensor: Tensor) -> Tensor:
        """What stands in this graph for a tensor of another."""
        if tensor not in self.captures:
            with self.as_default(), self.name_scope(None), self.control_dependencies(None):
                self.captures[tensor] = self._stand_in(tensor)
        return self.captures[tensor]

    def _stand_in(self, tensor: Tensor) -> Tensor:
        if isinstance(tensor, EagerPlace):
            return variable_op(dtype=tensor.dtype.base_dtype, shape=tensor.shape, name=tensor.label)  # type: ignore[no-any-return]
        if not isinstance(tensor, EagerTensor):
            raise teach(TypeError("An op outside of the function building code is being passed\na \"Graph\" tensor."),
                        "Return the value from the function that made it instead of keeping it in a list or attribute.")  # fmt: skip
        return placeholder(tensor.dtype, tensor.shape, name="captured")

    def outermost(self) -> Graph:
        if not self.may_create:
            raise ValueError("tf.function-decorated function tried to create variables on non-first call.")
        self.created = True
        return eager_graph()


class Step(NamedTuple):
    """A traced computation: placeholders for what is given, tensors for what comes out, ops that run for their effect."""

    graph: FuncGraph
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    effects: tuple[Operation, ...]
    session: Session

    @property
    def places(self) -> list[tuple[EagerPlace, str]]:
        """The variables from outside and their names in the graph."""
        return [(t, inner.op.name) for t, inner in self.graph.captures.items() if isinstance(t, EagerPlace)]

    @property
    def captured(self) -> list[tuple[EagerTensor, Tensor]]:
        """The tensors from outside and the placeholders for them."""
        return [(t, inner) for t, inner in self.graph.captures.items() if not isinstance(t, EagerPlace)]  # type: ignore[misc]

    def run(self, given: list[EagerTensor]) -> list[EagerTensor]:
        """The outputs for the given inputs; variables from outside are read and written."""
        before = {name: place.array for place, name in self.places}
        outputs = self._compute(given, before)
        for place, name in self.places:
            place.array = self.session._values.get(name)
        if recording.tapes:
            self._record(given, before, outputs)
        return outputs

    def _compute(self, given: list[EagerTensor], values: dict[str, Any]) -> list[EagerTensor]:
        session = self.session
        session._values = {name: value for name, value in values.items() if value is not None}
        feeds = dict(zip(self.inputs, (x.array for x in given), strict=True))
        feeds.update((inner, outer.array) for outer, inner in self.captured)
        found = session.run([*self.outputs, *self.effects], feeds)
        return [EagerTensor(v, t.dtype.base_dtype) for v, t in zip(found, self.outputs, strict=False)]

    def _record(self, given: list[EagerTensor], values: dict[str, Any], outputs: list[EagerTensor]) -> None:
        """Tells the tapes of the whole call as of one op, whose gradient is a graph too."""
        sources = [*self.inputs, *self.graph.captures.values()]
        actual = (*given, *self.graph.captures)

        def rule(node: Operation, *dys: Any) -> list[Any]:
            known = [(y, dy) for y, dy in zip(self.outputs, dys, strict=True) if dy is not None]
            return self._backward(tuple(y for y, _ in known), sources, given, values, [dy for _, dy in known])

        definition = OpDef(_call_kernel, "PartitionedCall", "same", {})
        definition.gradient(rule)
        node = EagerOperation(eager_graph(), "PartitionedCall", definition, actual, {}, list(outputs))
        for tape in recording.tapes:
            tape.note(node)

    def _backward(self, ys: tuple[Tensor, ...], sources: list[Tensor], given: list[Any], values: dict[str, Any], dys: list[Any]) -> list[Any]:
        """The gradients with respect to all sources, computed with the variables as they were before the call."""
        key = (ys, tuple(sources))
        if key not in _backwards.setdefault(self.graph, {}):
            _backwards[self.graph][key] = self._gradient_step(ys, sources)
        step, places = _backwards[self.graph][key]
        now = {name: place.array for place, name in self.places}
        for place, name in self.places:
            place.array = values[name]
        try:
            found = iter(step.run([*given, *dys]))
        finally:
            for place, name in self.places:
                place.array = now[name]
        return [next(found) if there else None for there in places]

    def _gradient_step(self, ys: tuple[Tensor, ...], sources: list[Tensor]) -> tuple[Step, list[bool]]:
        with self.graph.as_default(), self.graph.name_scope(None):
            seeds = tuple(placeholder(y.dtype, y.shape, name="grad_ys") for y in ys)
            found = [None if g is None else convert_to_tensor(g) for g in gradients(list(ys), sources, list(seeds))]
        there = [g for g in found if g is not None]
        step = Step(self.graph, (*self.inputs, *seeds), tuple(there), (), Session(graph=self.graph))
        return step, [g is not None for g in found]


_backwards: weakref.WeakKeyDictionary[Graph, dict[Any, tuple[Step, list[bool]]]] = weakref.WeakKeyDictionary()


def _call_kernel(xp: Any) -> None:
    """A traced function, called."""


class ConcreteFunction:
    """One trace of a function: a graph for one signature. Call it with tensors of that signature."""

    def __init__(self, step: Step, structure: Any) -> None:
        self._step, self._structure = step, structure

    @property
    def graph(self) -> Graph:
        return self._step.graph

    @property
    def inputs(self) -> list[Tensor]:
        return list(self._step.inputs)

    @property
    def outputs(self) -> list[Tensor]:
        return list(self._step.outputs)

    def __call__(self, *args: Any) -> Any:
        given = [convert_to_tensor(a, t.dtype) for a, t in zip(args, self._step.inputs, strict=True)]
        return _packed(self._structure, iter(self._step.run(given)))  # type: ignore[arg-type]


class Function:
    """What `tf.function` makes: traces the Python function once per signature and runs the traced graphs."""

    def __init__(self, python_function: Callable[..., Any], input_signature: Any = None, autograph: bool = True) -> None:
        self.python_function = python_function
        self.input_signature = None if input_signature is None else list(input_signature)
        self._body = converted(python_function) if autograph else python_function
        self._traces: dict[Any, ConcreteFunction] = {}
        self._signature = inspect.signature(python_function)
        self._settled = False  # whether the first call, which may make variables, has been traced
        functools.update_wrapper(self, python_function)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        bound = instance.__dict__.get(self._slot)
        if bound is None:
            method = self.python_function.__get__(instance, owner)
            bound = instance.__dict__[self._slot] = Function(method, self.input_signature)
        return bound

    @property
    def _slot(self) -> str:
        return f"_tf_function_{self.python_function.__name__}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not get_default_graph().eager:
            return self._body(*args, **kwargs)  # in a graph, its nodes are added to that graph
        trace, tensors = self._traced(args, kwargs)
        return trace(*tensors)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The trace for these arguments, which may be TensorSpecs."""
        return self._traced(args if args or kwargs else tuple(self.input_signature or ()), kwargs)[0]

    def _traced(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[ConcreteFunction, list[Any]]:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        leaves = _leaves(bound.arguments)
        if self.input_signature is not None:
            leaves = self._signed(list(bound.arguments.values()) if len(bound.arguments) == len(self.input_signature) else leaves)
            bound.arguments.update(zip(bound.arguments, leaves, strict=False))
        tensors = [x if isinstance(x, Tensor) else convert_to_tensor(x) if isinstance(x, np.ndarray) else x for x in leaves]
        key = tuple(_key(self.input_signature[i] if self.input_signature is not None else x) for i, x in enumerate(tensors))
        if key not in self._traces:
            self._traces[key] = self._trace(bound, tensors)
        return self._traces[key], [t for t in tensors if isinstance(t, Tensor)]

    def _signed(self, leaves: list[Any]) -> list[Any]:
        specs = self.input_signature or []
        tensors = [x if isinstance(x, (Tensor, TensorSpec)) else convert_to_tensor(x, s.dtype) for x, s in zip(leaves, specs, strict=False)]
        if len(leaves) != len(specs) or not all(s.accepts(t) for s, t in zip(specs, tensors, strict=True)):
            shown = ",\n    ".join(map(str, leaves))
            wanted = ",\n    ".join(map(repr, specs))
            raise ValueError(f"Python inputs incompatible with input_signature:\n  inputs: (\n    {shown})\n  input_signature: (\n    {wanted})")
        return tensors

    def _trace(self, bound: inspect.BoundArguments, leaves: list[Any]) -> ConcreteFunction:
        made = self._traced_once(bound, leaves, may_create=not self._settled)
        if made._step.graph.created:  # type: ignore[attr-defined]
            made = self._traced_once(bound, leaves, may_create=False)  # variables are made by the first call alone
        self._settled = True
        return made

    def _traced_once(self, bound: inspect.BoundArguments, leaves: list[Any], may_create: bool) -> ConcreteFunction:
        graph = FuncGraph(self.python_function.__name__, may_create)
        names = iter(_names(bound.arguments))
        with graph.as_default():
            specs = self.input_signature or leaves
            stand_ins = [placeholder(s.dtype.base_dtype, s.shape, name=next(names)) if isinstance(s, (Tensor, TensorSpec)) else next(names) and s
                         for s in specs]  # fmt: skip
            given = _packed({k: v for k, v in bound.arguments.items()}, iter(stand_ins))
            call = inspect.BoundArguments(bound.signature, given)
            try:
                result = self._body(*call.args, **call.kwargs)
            except Exception as e:
                raise explained(e) from None
            leaves_out = [None if r is None else _inside(graph, r) for r in _leaves(result)]
        outputs = tuple(t for t in leaves_out if t is not None)
        structure = _packed(result, iter(_PLACE if t is not None else None for t in leaves_out))
        inputs = tuple(s for s in stand_ins if isinstance(s, Tensor))
        return ConcreteFunction(Step(graph, inputs, outputs, _effects(graph), Session(graph=graph)), structure)

    def __repr__(self) -> str:
        return f"<tf.function {self.python_function.__name__!r} with {len(self._traces)} traces>"


class _Place:
    """Where in a result a tensor stands."""


_PLACE = _Place()


def _inside(graph: FuncGraph, value: Any) -> Tensor:
    tensor = convert_to_tensor(value)
    return tensor if tensor.graph is graph else graph.capture(tensor)


def _effects(graph: Graph) -> tuple[Operation, ...]:
    """The operations that run though nothing asks for their outputs: assignments, prints, assertions."""
    return tuple(o for o in graph.get_operations() if o.flow is None and has_effect(o))


def _key(value: Any) -> Any:
    """What tells one signature from another: dtype and shape of a tensor, the value of a Python number or string."""
    if isinstance(value, (Tensor, TensorSpec)):
        sizes = value.shape.as_list() if value.shape.ndims is not None else None
        return "tensor", value.dtype.base_dtype.name, None if sizes is None else tuple(sizes)
    try:
        hash(value)
    except TypeError:
        return type(value), id(value)
    return type(value), value


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in _leaves(v)]
    return [leaf for v in value for leaf in _leaves(v)] if isinstance(value, (list, tuple)) else [value]


def _names(arguments: Any, prefix: str = "args") -> list[str]:
    """A placeholder's name for each leaf: the argument's."""
    if isinstance(arguments, dict):
        return [n for k, v in arguments.items() for n in _names(v, str(k))]
    return [n for v in arguments for n in _names(v, prefix)] if isinstance(arguments, (list, tuple)) else [prefix]


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    """The structure with the leaves in their places; where the structure says None, None stays."""
    if isinstance(structure, dict):
        return type(structure)((k, _packed(v, leaves)) for k, v in structure.items())
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(_packed(v, leaves) for v in structure))
    if isinstance(structure, (list, tuple)):
        return type(structure)(_packed(v, leaves) for v in structure)
    return None if structure is None else next(leaves)


def function(func: Any = None, input_signature: Any = None, autograph: bool = True, experimental_autograph_options: Any = None,
             experimental_relax_shapes: bool = False, **_: Any) -> Any:  # fmt: skip
    """Makes a function that is traced into a graph once per signature; `if`, `while` and `for` on tensors become nodes.

    >>> import tfnb as tf
    >>> @tf.function
    ... def collatz(n):
    ...     steps = 0
    ...     while n > 1:
    ...         n = n // 2 if tf.equal(n % 2, 0) else 3 * n + 1  # n == 0 asks for identity, as in 1.15
    ...         steps += 1
    ...     return steps
    >>> with tf.contrib.eager.eager_mode():
    ...     print(collatz(tf.constant(6)).numpy())
    8
    """
    if func is None:
        return lambda f: Function(f, input_signature, autograph)
    return Function(func, input_signature, autograph)
