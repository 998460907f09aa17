"""tf.raw_ops: each op under TensorFlow's own name and with its own parameters, as exported TensorFlow 1 code calls it.

    y = tf.raw_ops.MatMul(a=x, b=w, transpose_b=True, name="product")
"""

from __future__ import annotations

import functools
import typing  # not its Any: that is the name of an op

from tfnb.core.graph_def import RENAMED, order
from tfnb.core.op import convert_to_tensor, registry
from tfnb.core.op_list import known_types, raw_name, signature
from tfnb.core.shapes import as_shape

__all__: list[str] = []


def __getattr__(name: str) -> typing.Any:
    if name.startswith("_") or signature(name) is None or name not in registry:
        raise AttributeError(f"module 'tfnb.raw_ops' has no attribute {name!r}")
    made = functools.partial(_call, name)
    made.__doc__ = registry[name].doc
    return made


def __dir__() -> list[str]:
    return sorted(known_types() & set(registry))


def _call(type_: str, /, *, name: str | None = None, **given: typing.Any) -> typing.Any:
    """Adds a node of this type; its output, or the list of its outputs. Raises TypeError for a parameter that it has not."""
    sig, definition = signature(type_), registry[type_]
    assert sig is not None
    inputs: list[typing.Any] = []
    attrs: dict[str, typing.Any] = {}
    for arg in sig.inputs:
        called = raw_name(type_, arg.name)
        if called not in given:
            raise TypeError(f"{type_}() missing required argument: {called!r}")
        value = given.pop(called)
        own = [convert_to_tensor(v) for v in value] if arg.count or arg.many_types else [value]
        if arg.count in definition.attributes:
            attrs[arg.count] = len(own)
        if arg.type in definition.attributes:
            dtypes = [convert_to_tensor(v).dtype.base_dtype for v in own]
            attrs[arg.type] = dtypes if arg.many_types else dtypes[0]
        inputs += own
    kinds = {raw_name(type_, k): (RENAMED.get((type_, k), k), kind) for k, (kind, _) in sig.attrs.items()}
    for k, v in given.items():
        called, kind = kinds.get(k, (k, ""))
        attrs[called] = as_shape(v) if kind == "shape" and v is not None else v
    names = tuple(p.name for p in definition.params)
    at = order(type_, names, len(inputs))
    placed = [value for _, value in sorted(zip(at, inputs, strict=True), key=lambda pair: pair[0])]
    node = definition.node(tuple(placed), attrs, name or type_)
    return node.outputs[0] if len(node.outputs) == 1 else list(node.outputs) or node
