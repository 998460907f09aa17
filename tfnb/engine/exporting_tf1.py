"""A run's part of the graph as TensorFlow 1 code: one line a node, by the names that its ops have in tf.raw_ops.

    x = tf.placeholder(tf.float32, [None, 3], name="x")
    product = tf.raw_ops.MatMul(a=x, b=w, transpose_a=False, transpose_b=False, name="product")

Real TensorFlow 1.15 runs it. Variables get no value here: restore a checkpoint, or run their initialisers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.expansion import built, has_stand_in
from tfnb.core.graph import Operation, Tensor
from tfnb.core.graph_def import RENAMED, inputs_of, parted
from tfnb.core.op import static_value
from tfnb.core.op_list import Signature, raw_name, signature
from tfnb.core.rules import Call
from tfnb.core.shapes import TensorShape
from tfnb.engine.bundling import value_text
from tfnb.engine.exporting_tf1_flow import FlowNames, written_out
from tfnb.engine.exporting_tf1_names import Names
from tfnb.engine.exporting_tf1_places import Listing
from tfnb.engine.program import VARIABLES, Program, needed, ordered

__all__ = ["tf1_listing"]


def tf1_listing(program: Program) -> str:
    """The listing. Raises ValueError for an op that TensorFlow lacks, and for a fetch from inside of a branch or loop."""
    fed = set(program.feeds)
    targets = [f if isinstance(f, Operation) else f.op for f in program.fetches if f not in fed]
    nodes = needed(targets, fed)
    given = [t.op for t in program.feeds if t.op not in nodes]
    if program.structured:
        flow = FlowNames(program, Listing(nodes, fed))
        names: Names = flow
        lines = written_out(flow, lambda op: _lines(op, flow, fed))
    else:
        names = Names(program, nodes | set(given))
        lines = [line for op in ordered(nodes, fed) for line in _lines(op, names, fed)]
    places = [_line(op, names, fed) for op in given]
    fetched = ", ".join(names.of(f) if isinstance(f, Tensor) else names.fetched(f) for f in program.fetches)
    return "\n".join(["import numpy as np", "import tensorflow as tf  # 1.15", "", *places, *lines, "", f"fetches = [{fetched}]", ""])


def _lines(op: Operation, names: Names, fed: set[Tensor]) -> list[str]:
    """The lines of a node: of those that it is written as where TensorFlow lacks the op."""
    if not has_stand_in(op) or fed & set(op.outputs):
        return [_line(op, names, fed), *_shapes(op, names, fed)]
    result, scratch = built(op)
    names.given |= {scratch.get_operation_by_name(f"input_{i}"): names.of(x) for i, x in enumerate(op.inputs)}
    names.stand_in(result, op)
    parts = [o for o in scratch.get_operations() if o not in names.given]
    names.nodes |= {o: f"{op.name}/{o.name}" for o in parts if o is not result}
    waits = names.waits(op)
    return [_line(o, names, fed, waits if o is result else ()) for o in parts]


def _shapes(op: Operation, names: Names, fed: set[Tensor]) -> Iterator[str]:
    """What is known of a shape beyond what the op itself tells: of a value from a stack, of what set_shape was called for."""
    if not op.inputs or fed & set(op.outputs):
        return
    told = op.definition.infer(Call([x.shape for x in op.inputs], op.inputs, op.attrs, static_value))
    for t, shape in zip(op.outputs, told, strict=False):
        if t.shape.sizes is not None and t.shape.sizes != shape.sizes:
            yield f"{names.of(t)}.set_shape({_shape(t)})"


def _line(op: Operation, names: Names, fed: set[Tensor], also: Iterable[str] = ()) -> str:
    name = names.op(op)
    waits = [*names.waits(op), *also]
    text = f"{name} = {_call(op, names, fed)}"
    return f"with tf.control_dependencies([{', '.join(waits)}]):\n    {text}" if waits else text


def _call(op: Operation, names: Names, fed: set[Tensor]) -> str:
    node = names.node(op)
    if op.type == "Placeholder" or op.outputs and op.outputs[0] in fed:
        return f"tf.placeholder({_dtype(op.outputs[0].dtype)}, {_shape(op.outputs[0])}, name={node!r})"
    if op.type == "Const":
        return f"tf.constant({_array(op.value)}, {_dtype(op.outputs[0].dtype)}, name={node!r})"
    if op.type in VARIABLES and op.type != "HashTableV2":
        raw = "VarHandleOp" if op.type == "VarHandleOp" else "VariableV2"
        return f"tf.raw_ops.{raw}(shape={op.attrs['shape']!s}, dtype={_dtype(as_dtype(op.attrs['dtype']))}, name={node!r})".replace("?", "None")
    if op.type in ("NoOp", "ControlTrigger"):
        return f"tf.no_op(name={node!r})"
    sig = signature(op.type)
    if sig is None:
        raise ValueError(f"{op.name} ({op.type}) is no op of TensorFlow 1.15: it is one that tfnb made.")
    given = [*_inputs(op, sig, names), *_attributes(op, sig)]
    return f"tf.raw_ops.{op.type}({', '.join([*(f'{raw_name(op.type, k)}={v}' for k, v in given), f'name={node!r}'])})"


def _inputs(op: Operation, sig: Signature, names: Names) -> Iterator[tuple[str, str]]:
    """TensorFlow's parameters, and what stands for each."""
    for arg, own in parted(sig.inputs, inputs_of(op), op.attrs):
        texts = [names.of(x) for x in own]
        yield arg.name, f"[{', '.join(texts)}]" if arg.count or arg.many_types else texts[0]


def _attributes(op: Operation, sig: Signature) -> Iterator[tuple[str, str]]:
    """The attributes that the inputs do not tell."""
    told = {a.type for a in sig.inputs} | {a.count for a in sig.inputs}
    for name in sig.attrs:
        own = RENAMED.get((op.type, name), name)
        if own in op.attrs and name not in told:
            yield name, _attribute(op.attrs[own])


def _dtype(dtype: DType) -> str:
    return f"tf.{dtype.base_dtype.name}"


def _shape(tensor: Tensor) -> str:
    return "None" if tensor.shape.ndims is None else repr(tensor.shape.as_list())


def _array(value: Any) -> str:
    array = np.asarray(value)
    if array.dtype == object or array.size <= 64:
        return repr(array.tolist())
    return f"np.array({array.ravel().tolist()!r}).reshape({list(array.shape)!r})"


def _attribute(value: Any) -> str:
    if isinstance(value, (DType, type)):
        return _dtype(as_dtype(value))
    if isinstance(value, TensorShape):
        return "None" if value.sizes is None else repr(value.as_list())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_attribute, value))}]"
    return value_text(value) or repr(str(value))
