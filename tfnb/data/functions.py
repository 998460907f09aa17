"""Functions of elements: what `map`, `filter` and `flat_map` are given, traced once into a small graph of its own.

    f = Traced(lambda x, y: x + y, structure, "Dataset_map")
    f.captured                        tensors of the outer graph that the function uses: inputs of the dataset's node
    f.bound(values)(1, 2)             (3,)     the graph's compiled step, called for each element
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.dtypes import variant
from tfnb.core.errors import OperatorNotAllowedInGraphError, OpError
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.data.structures import Described, Leaf, flatten, leaf_of, pack
from tfnb.ops.sources import placeholder

__all__ = ["Traced"]


class ElementGraph(Graph):
    """The graph of such a function. A tensor from outside is a placeholder here."""

    building_function = True

    def __init__(self, outer: Graph) -> None:
        super().__init__()
        self.seed = outer.seed
        self.captures: dict[Tensor, Tensor] = {}

    def add(self, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], outputs: Any,
            control_inputs: Any = ()) -> Operation:  # fmt: skip
        inside = tuple(x if x.graph is self else self.capture(x) for x in inputs)
        return super().add(name, definition, inside, attrs, outputs, control_inputs)

    def capture(self, tensor: Tensor) -> Tensor:
        """What stands in this graph for a tensor of another."""
        if tensor not in self.captures:
            with self.as_default(), self.name_scope(None), self.control_dependencies(None):
                self.captures[tensor] = placeholder(tensor.dtype.base_dtype, tensor.shape, name="captured")
        return self.captures[tensor]


class Traced:
    """A Python function of an element, as a graph."""

    def __init__(self, function: Callable[..., Any], structure: Any, name: str) -> None:
        self.name = f"{name}_{getattr(function, '__name__', 'function')}"
        outer = get_default_graph()
        self.graph = ElementGraph(outer)
        with self.graph.as_default():
            self.inputs = [placeholder(leaf.dtype if leaf.inside is None else variant, leaf.shape, name="args")
                           for leaf in flatten(structure)]  # fmt: skip
            given = pack(structure, [_given(t, leaf) for t, leaf in zip(self.inputs, flatten(structure), strict=True)])
            result = _called(function, given)
            self.result = _tensors(result)
            self.outputs = [self._inside(t) for t in flatten(self.result)]
        self.structure = pack(self.result, [_leaf(v) for v in flatten(self.result)])
        self.captured = [t for t in self.graph.captures]

    def _inside(self, value: Any) -> Tensor:
        tensor = getattr(value, "_variant_tensor", value)
        return tensor if tensor.graph is self.graph else self.graph.capture(tensor)

    def bound(self, values: Any) -> Callable[..., tuple[Any, ...]]:
        """The function with the values of what it captured; random ops in it count for themselves."""
        session, plan = self._planned()
        program, step, values = plan.program, plan.step, tuple(values)

        def call(*element: Any) -> tuple[Any, ...]:
            try:
                with np.errstate(all="ignore"):
                    results, changed = step(*element, *values, *session.kept(program))
            except Exception as e:
                raise _outward(session._explain(e, plan)) from e
            if changed:
                session.keep(program, changed, ())
            return tuple(results)

        return call


    def _planned(self) -> tuple[Any, Any]:
        """A session of its own, and the compiled step from the inputs and captures to the outputs."""
        from tfnb.engine.backends import backend
        from tfnb.engine.codegen import generate
        from tfnb.engine.program import build
        from tfnb.engine.session import Plan, Session

        places = [*self.inputs, *(self.graph.captures[t] for t in self.captured)]
        program = build(self.graph, self.outputs, places)
        code, numpy = generate(program), backend("cpu:numpy")
        return Session(graph=self.graph), Plan(program, code, numpy.compile(program, code), numpy.name)


def _called(function: Callable[..., Any], given: Any) -> Any:
    """The function's result; one with `if` or `while` on tensors is rewritten first."""
    args = given if isinstance(given, tuple) and not hasattr(given, "_fields") else (given,)
    try:
        return function(*args)
    except OperatorNotAllowedInGraphError:
        from tfnb.engine.autograph import converted

        return converted(function)(*args)


def _given(tensor: Tensor, leaf: Leaf) -> Any:
    if leaf.inside is None:
        return tensor
    from tfnb.data.dataset import Dataset

    return Dataset(tensor, leaf.inside)


def _tensors(result: Any) -> Any:
    """What a function returned, with values made tensors; a list is a tuple if it holds tensors."""
    if isinstance(result, list):
        result = tuple(result) if any(isinstance(v, Tensor) for v in result) else convert_to_tensor(result)
    keep = lambda v: v if isinstance(v, Tensor) or hasattr(v, "_variant_tensor") else convert_to_tensor(v)
    return pack(result, [keep(v) for v in flatten(result)])


def _leaf(value: Any) -> Leaf:
    if hasattr(value, "_variant_tensor"):
        return Leaf(variant, TensorShape.of(()), type(value), value._structure)
    return leaf_of(value)


def _outward(error: Exception) -> Exception:
    """An error inside the function, as one of the node that asks for the element."""
    if not isinstance(error, OpError):
        return error
    inner = error.op
    where = f" (defined at {inner.where})" if inner is not None and inner.where else ""
    note = f"\n\t [[node {inner.name}{where} ]]" if inner is not None else ""
    return type(error)(None, None, error.message + note)


def described(structure: Any) -> dict[str, Any]:
    """The attributes that every dataset node has."""
    types, shapes = Described.of(structure)
    return {"output_types": types, "output_shapes": shapes}


