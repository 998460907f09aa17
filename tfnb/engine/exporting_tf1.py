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
from tfnb.core.op_list import Signature, raw_name, signature
from tfnb.core.shapes import TensorShape
from tfnb.engine.bundling import value_text
from tfnb.engine.program import VARIABLES, Program, needed, ordered

__all__ = ["tf1_listing"]


def tf1_listing(program: Program) -> str:
    """The listing. Raises ValueError for branches and loops, whose nodes only TensorFlow's own functions can make."""
    if program.structured:
        raise ValueError("Branches and loops are not listed: export the graph with tf.train.write_graph instead.")
    fed = set(program.feeds)
    targets = [f if isinstance(f, Operation) else f.op for f in program.fetches if f not in fed]
    nodes = ordered(needed(targets, fed) | {t.op for t in fed}, fed)
    names = Names(program, set(nodes))
    lines = [line for op in nodes for line in _lines(op, names, fed)]
    fetched = ", ".join(names.of(f) if isinstance(f, Tensor) else names.op(f) for f in program.fetches)
    return "\n".join(["import numpy as np", "import tensorflow as tf  # 1.15", "", *(line for line in lines if line), "", f"fetches = [{fetched}]", ""])


class Names:
    """Python names of operations: that of their first output in the step, else made of the node's name.

    `nodes` are the names of those in the graph whose own are not to be used, `given` what stands for an input.
    """

    def __init__(self, program: Program, listed: set[Operation]) -> None:
        self._program, self._listed = program, listed
        self._ops: dict[Operation, str] = {}
        self.nodes: dict[Operation, str] = {}
        self.given: dict[Operation, str] = {}
        self._used = {"tf", "np", "fetches"}

    def op(self, op: Operation) -> str:
        if op not in self._ops:
            name = self._program.names.get(op.outputs[0], "") if op.outputs else ""
            name = name if name and name not in self._used else "".join(c if c.isalnum() else "_" for c in self.nodes.get(op, op.name))
            while name in self._used or not name.isidentifier():
                name = f"_{name}"
            self._used.add(name)
            self._ops[op] = name
        return self._ops[op]

    def stand_in(self, other: Operation, op: Operation) -> None:
        """Lets `other` have the names of `op`."""
        self._ops[other], self.nodes[other] = self.op(op), op.name

    def waits(self, op: Operation) -> list[str]:
        """What an operation waits for: gates that hold nothing back are not listed (ADR 15)."""
        return [self.op(c) for c in op.control_inputs if c in self._listed]

    def of(self, tensor: Tensor) -> str:
        if tensor.op in self.given:
            return self.given[tensor.op]
        name = self.op(tensor.op)
        return f"{name}[{tensor.value_index}]" if len(tensor.op.outputs) > 1 else name


def _lines(op: Operation, names: Names, fed: set[Tensor]) -> list[str]:
    """The lines of a node: of those that it is written as where TensorFlow lacks the op."""
    if not has_stand_in(op) or fed & set(op.outputs):
        return [_line(op, names, fed)]
    result, scratch = built(op)
    names.given |= {scratch.get_operation_by_name(f"input_{i}"): names.of(x) for i, x in enumerate(op.inputs)}
    names.stand_in(result, op)
    parts = [o for o in scratch.get_operations() if o not in names.given]
    names.nodes |= {o: f"{op.name}/{o.name}" for o in parts if o is not result}
    waits = names.waits(op)
    return [_line(o, names, fed, waits if o is result else ()) for o in parts]


def _line(op: Operation, names: Names, fed: set[Tensor], also: Iterable[str] = ()) -> str:
    name = names.op(op)
    waits = [*names.waits(op), *also]
    text = f"{name} = {_call(op, names, fed)}"
    return f"with tf.control_dependencies([{', '.join(waits)}]):\n    {text}" if waits else text


def _call(op: Operation, names: Names, fed: set[Tensor]) -> str:
    node = names.nodes.get(op, op.name)
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
