"""GraphDef: a graph as TensorFlow's message, for printing, for files and for other programs.

    graph_def(g).node[0]                name: "a"  op: "Const"  attr {...}
    node_def(op), attribute(op, "T")    one node, one of its attributes

What a NodeDef must hold beside tfnb's own attributes (dtypes, counts) is told by TensorFlow's signatures (op_list.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfnb.core import protos
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.expansion import expanded, has_stand_in
from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.core.op_list import Arg, Signature, signature
from tfnb.core.shapes import as_shape
from tfnb.core.tensor_proto import shape_proto, write_tensor

__all__ = ["attribute", "graph_def", "node_def"]

PRODUCER = 134  # the version of graphs that TensorFlow 1.15 writes

RENAMED = {("Split", "num_split"): "num", ("SplitV", "num_split"): "num", ("SparseSplit", "num_split"): "num", ("DynamicPartition", "num_partitions"): "num",
           ("IdentityN", "T"): "Tout", ("DecodeCSV", "OUT_TYPE"): "Tout"}  # fmt: skip
"""Attributes that tfnb's definitions call otherwise."""


def order(op_type: str, names: tuple[str, ...], count: int) -> list[int]:
    """Where TensorFlow's inputs stand among tfnb's, which puts a list of inputs last."""
    sig = signature(op_type)
    wanted = [a.name for a in sig.inputs] if sig else list(names)
    if wanted == list(names) or sorted(wanted) != sorted(names):
        return list(range(count))
    many = count - len(names) + 1  # inputs of the one list, the last of tfnb's
    places = {name: [i] if i < len(names) - 1 else list(range(i, i + many)) for i, name in enumerate(names)}
    return [i for name in wanted for i in places[name]]


def graph_def(graph: Graph, add_shapes: bool = False) -> Any:
    """The whole graph as a GraphDef, its nodes in the order in which they were made. What TensorFlow lacks is expanded."""
    out = protos.GraphDef()
    out.versions.producer = PRODUCER
    ops = graph.get_operations()
    taken = {op.name.lower() for op in ops}
    framed = any(op.type in ("Enter", "RefEnter") for op in ops)
    for op in ops:
        if has_stand_in(op):
            expanded(op, lambda o, node: _write(o, node, add_shapes), out, taken, framed)
        else:
            _write(op, out.node.add(), add_shapes)
    return out


def node_def(op: Operation) -> Any:
    """One operation as a NodeDef."""
    out = protos.NodeDef()
    _write(op, out, False)
    return out


def _write(op: Operation, out: Any, add_shapes: bool) -> None:
    out.name, out.op, out.device = op.name, op.type, op.device
    inputs = inputs_of(op)
    out.input.extend(x.op.name if x.value_index == 0 else x.name for x in inputs)
    out.input.extend("^" + c.name for c in op.control_inputs)
    for name, kind, value in attributes_of(op, inputs):
        put(out.attr[name], kind, value)
    together = op.colocation_groups()
    if together != [b"loc:@" + op.name.encode()] or "_class" in (op.marks or {}):
        out.attr["_class"].list.s.extend(together)
    if op.gradient_override:
        out.attr["_gradient_op_type"].s = op.gradient_override.encode()
    for name, mark in (op.marks or {}).items():
        if name != "_class":
            out.attr[name].CopyFrom(mark)
    if add_shapes and op.outputs:
        out.attr["_output_shapes"].list.shape.extend(shape_proto(t.shape) for t in op.outputs)


def inputs_of(op: Operation) -> list[Tensor]:
    """The inputs in TensorFlow's order."""
    names = tuple(p.name for p in op.definition.params)
    return [op.inputs[i] for i in order(op.type, names, len(op.inputs))]


def attributes_of(op: Operation, inputs: list[Tensor]) -> list[tuple[str, str, Any]]:
    """Name, kind and value of every attribute of the NodeDef."""
    sig = signature(op.type)
    if sig is None:
        return [(k, _kind(v), v) for k, v in op.attrs.items() if _kind(v)]
    derived = _derived(op, sig, inputs)
    out = []
    for name, (kind, default) in sig.attrs.items():
        value = op.attrs.get(RENAMED.get((op.type, name), name))
        value = derived.get(name, default) if value is None else value
        if value is None and kind == "shape":
            value = as_shape(None)
        if value is not None and not (kind == "tensor" and isinstance(value, str)):
            out.append((name, kind, value))
    return out


def _derived(op: Operation, sig: Signature, inputs: list[Tensor]) -> dict[str, Any]:
    """What the inputs and outputs tell: their dtypes and how many they are."""
    out: dict[str, Any] = {}
    for args, tensors in ((sig.outputs, op.outputs), (sig.inputs, inputs)):  # an input's word counts
        for arg, own in parted(args, tensors, {**out, **op.attrs}):
            found = [t.dtype.base_dtype for t in own]
            if arg.many_types:
                out[arg.type] = found
            elif arg.type in sig.attrs and found:
                out[arg.type] = found[0]
            if arg.count:
                out[arg.count] = len(own)
    return out


def parted(args: tuple[Arg, ...], tensors: list[Tensor], known: dict[str, Any]) -> Iterator[tuple[Arg, list[Tensor]]]:
    """Each argument with the tensors that are its own; `known` are attributes, some of which say how many they are."""
    told: dict[str, Any] = {}
    at = 0
    for i, arg in enumerate(args):
        n = _length(arg, args[i + 1 :], len(tensors) - at, {**told, **known})
        own = tensors[at : at + n]
        at += n
        told[arg.count or arg.type] = n if arg.count else own
        yield arg, own


def _length(arg: Arg, later: tuple[Arg, ...], left: int, known: dict[str, Any]) -> int:
    if not arg.count and not arg.many_types:
        return 1
    said = known.get(arg.count or arg.type)
    if said is not None:
        return int(said) if arg.count else len(said)
    same = 1 + sum(bool(a.count) and a.count == arg.count for a in later)
    return int(left - sum(not (a.count or a.many_types) for a in later)) // same


def _kind(value: Any) -> str:
    """How an attribute of an op that TensorFlow has not is written; empty for what cannot be."""
    kinds = ((bool, "bool"), (int, "int"), (float, "float"), (str, "string"), (bytes, "string"), (DType, "type"))
    return next((k for t, k in kinds if isinstance(value, t)), "")


def put(attr: Any, kind: str, value: Any) -> None:
    """Writes a value into an AttrValue."""
    if kind.startswith("list("):
        attr.list.SetInParent()
        for v in value if isinstance(value, (list, tuple)) else [value]:
            _put_listed(attr.list, kind[5:-1], v)
    elif kind == "shape":
        attr.shape.CopyFrom(shape_proto(None if isinstance(value, str) else value))
    elif kind == "tensor":
        write_tensor(attr.tensor, np.asarray(value))
    elif kind == "func":
        attr.func.name = str(getattr(value, "name", value))
    else:
        setattr(attr, {"type": "type", "int": "i", "float": "f", "bool": "b", "string": "s"}[kind], _plain(kind, value))


def _put_listed(into: Any, kind: str, value: Any) -> None:
    if kind == "shape":
        into.shape.append(shape_proto(None if isinstance(value, str) else value))
    elif kind == "func":
        into.func.add(name=str(getattr(value, "name", value)))
    else:
        getattr(into, {"type": "type", "int": "i", "float": "f", "bool": "b", "string": "s"}[kind]).append(_plain(kind, value))


def _plain(kind: str, value: Any) -> Any:
    if kind == "type":
        return as_dtype(value).enum
    if kind == "string":
        return value if isinstance(value, bytes) else str(value).encode()
    return {"int": int, "float": float, "bool": bool}[kind](value)


def attribute(op: Operation, name: str) -> Any:
    """`op.get_attr`: dtypes as DType, strings as bytes, shapes and tensors as messages."""
    attr = node_def(op).attr
    if name not in attr:
        raise ValueError(f"Operation '{op.name}' has no attr named '{name}'.")
    return value_of(attr[name])


def value_of(attr: Any) -> Any:
    """The value of an AttrValue as `get_attr` gives it."""
    kind = attr.WhichOneof("value")
    if kind == "list":
        field = next((f for f in ("s", "i", "f", "b", "type", "shape", "tensor", "func") if getattr(attr.list, f)), None)
        values = list(getattr(attr.list, field)) if field else []
        return [as_dtype(v) for v in values] if field == "type" else values
    value = getattr(attr, kind) if kind else []
    return as_dtype(value) if kind == "type" else value
