"""Ops that TensorFlow lacks, written as ops that it has, where a graph leaves tfnb.

    @sum_to_shape_of.expansion
    def sum_to_shape_of_expansion(node): ...          the same from tf.shape, tf.reduce_sum and tf.reshape

An expansion is built in a graph of its own, in which placeholders stand for the node's inputs, and copied from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.core.op import registry
from tfnb.core.op_list import signature

__all__ = ["built", "expanded", "has_stand_in"]


def has_stand_in(op: Operation) -> bool:
    """Whether TensorFlow lacks the op and its expansion is written instead."""
    return signature(op.type) is None and op.definition.expansion_rule is not None


def expanded(op: Operation, write: Callable[[Operation, Any], None], out: Any, taken: set[str], framed: bool) -> None:
    """Adds to the GraphDef `out` the nodes that compute what `op` does; the last has its name.

    `write(op, node)` fills one NodeDef. `taken` are the names in use, and grows. `framed` says that the node may stand in
    a loop: its constants wait for its input there.
    """
    inputs = {f"input_{i}": x for i, x in enumerate(op.inputs)}
    result, scratch = built(op)
    names = {o.name: name for o, name in _named(op, result, scratch, taken)}
    for o in scratch.get_operations():
        if o.name in inputs:
            continue
        node = out.node.add()
        write(o, node)
        node.name, node.device = names[o.name], op.device
        for i, text in enumerate(node.input):
            node.input[i] = _renamed(text, names, inputs)
        if framed and not o.inputs:
            node.input.append("^" + op.inputs[0].op.name)
        if o is result:
            node.input.extend("^" + c.name for c in op.control_inputs)


def built(op: Operation) -> tuple[Operation, Graph]:
    """The expansion of a node in a graph of its own, and the operation that stands for the node there."""
    scratch = Graph()
    with scratch.as_default():
        places = [_placeholder(scratch, f"input_{i}", x) for i, x in enumerate(op.inputs)]
        result = op.definition.expansion_rule(SimpleNamespace(inputs=places, attrs=op.attrs, outputs=op.outputs))
    return result.op, scratch


def _placeholder(graph: Graph, name: str, x: Tensor) -> Tensor:
    dtype = x.dtype.base_dtype
    return graph.add(name, registry["Placeholder"], (), {"dtype": dtype, "shape": x.shape}, [(dtype, x.shape)]).outputs[0]


def _named(op: Operation, result: Operation, scratch: Graph, taken: set[str]) -> Iterator[tuple[Operation, str]]:
    """The expansion's operations with names beside the node's own, none of them in use."""
    scope = op.name.rpartition("/")[0]
    for o in scratch.get_operations():
        yield o, op.name if o is result else _free(f"{scope}/{o.name}" if scope else o.name, taken)


def _free(name: str, taken: set[str]) -> str:
    n, found = 0, name
    while found.lower() in taken:
        n += 1
        found = f"{name}_{n}"
    taken.add(found.lower())
    return found


def _renamed(text: str, names: dict[str, str], inputs: dict[str, Tensor]) -> str:
    """An input's text in the graph that is written instead of the expansion's own."""
    name, colon, index = text.partition(":")
    if name in inputs:
        x = inputs[name]
        return x.op.name if x.value_index == 0 else x.name
    return ("^" if name.startswith("^") else "") + names[name.lstrip("^")] + colon + index
