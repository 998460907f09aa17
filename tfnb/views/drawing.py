"""A picture with what a reader may ask of it, as plain data: what a notebook keeps and a kernel answers with.

    drawing(picture)["nodes"]["hidden/MatMul"]     {"kind": "op", "inputs": [...], "attrs": {...}, "cell": 3, "line": 2, ...}
    drawing(picture)["edges"][0]                   {"source": "x", "target": "hidden/MatMul", "tensors": [...]}

The other half is labextension/src/protocol.ts; both check VERSION.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.views import colour, fold, style
from tfnb.views.dot import Picture
from tfnb.views.outline import Edge, Node, Outline

__all__ = ["VERSION", "drawing", "fact"]

VERSION = 2
MOST, LONG = 12, 90  # tensors of a box or an arrow that are listed; letters of an attribute's value


def drawing(picture: Picture) -> dict[str, Any]:
    """The data of a picture."""
    outline, showing = picture.outline, picture.showing
    chosen = showing.colouring
    return {
        "version": VERSION, "title": picture.title, "svg": picture.svg or "", "direction": showing.direction,
        "nodes": {node.id: _node(node, outline, picture) for node in outline.nodes.values()},
        "edges": [_edge(e) for e in outline.edges], "out": sorted(showing.out),
        "scopes": {s.name: {"title": s.title, "scope": s.parent, "ops": s.ops, "parameters": s.parameters} for s in outline.scopes.values()},
        "colour": {"name": chosen.name, "title": chosen.title, "legend": [list(entry) for entry in chosen.legend], "note": chosen.note},
        "colourings": colour.COLOURINGS,
    }  # fmt: skip


def fact(tensor: Tensor) -> dict[str, Any]:
    """A tensor's name, shape, dtype and bytes; None bytes where they are not known."""
    sizes, width = tensor.shape.sizes, getattr(tensor.dtype.base_dtype, "size", 0)
    known = sizes is not None and None not in sizes and width
    return {"name": tensor.name, "shape": style.shape_text(tensor), "dtype": tensor.dtype.base_dtype.name,
            "bytes": math.prod(sizes or ()) * width if known else None}  # fmt: skip


def _edge(edge: Edge) -> dict[str, Any]:
    return {"source": edge.source, "target": edge.target, "control": edge.control, "tensors": [fact(t) for t in edge.tensors[:MOST]],
            "more": max(0, len(edge.tensors) - MOST)}  # fmt: skip


def _node(node: Node, outline: Outline, picture: Picture) -> dict[str, Any]:
    op, showing = node.op, picture.showing
    paint = showing.colouring.nodes.get(node.id)
    found: dict[str, Any] = {
        "kind": node.kind, "word": style.FORMS[node.kind].word, "closed": node.closed, "ops": len(node.ops), "times": node.times,
        "title": node.title or op.name.rpartition("/")[2], "scope": node.scope, "parameters": node.parameters or fold.parameters(op),
        "says": paint.text if paint else "", "marked": any(o in showing.marked for o in node.ops),
        "faded": showing.wanted is not None and not any(o in showing.wanted for o in node.ops),
        "where": str(op.where or ""), "cell": op.where.cell if op.where else None, "line": op.where.line if op.where else None,
        "code": op.where.text if op.where else "",
    }  # fmt: skip
    if node.closed:
        return found | {"type": node.group, "doc": _contents(node)}
    return found | {"type": op.type, "doc": op.doc, "device": op.device, "attrs": _attributes(op),
                    "inputs": [fact(x) | {"box": outline.box_of.get(x.op.name, "")} for x in op.inputs[:MOST]],
                    "waits": [c.name for c in op.control_inputs[:MOST]],
                    "outputs": [fact(y) | {"users": _users(y, outline)} for y in op.outputs[:MOST]]}  # fmt: skip


def _contents(node: Node) -> str:
    """What a closed box holds, most frequent types first."""
    common = Counter(op.definition.type for op in node.ops).most_common()
    more = len(common) - 6
    return ", ".join(f"{t} ×{n}" if n > 1 else t for t, n in common[:6]) + (f" and {more} more types" if more > 0 else "")


def _users(tensor: Tensor, outline: Outline) -> list[str]:
    return list(dict.fromkeys(outline.box_of.get(c.name, "") for c in tensor.consumers()))[:MOST]


def _attributes(op: Operation) -> dict[str, str]:
    return {k: _short(v) for k, v in op.attrs.items()}


def _short(value: Any) -> str:
    """An attribute in one line; of a large array its shape and range."""
    if isinstance(value, np.ndarray) and value.size > MOST:
        around = f", {value.min():.4g} to {value.max():.4g}" if value.dtype.kind in "fiu" else ""
        return f"{value.dtype} array of shape {value.shape}{around}"
    text = getattr(value, "name", None) if hasattr(value, "as_datatype_enum") else None
    text = text or " ".join(str(value).split())
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
