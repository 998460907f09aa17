"""How each kind of thing looks: a shape and a word first, a colour of the Okabe-Ito palette second.

    FORMS["placeholder"]          Form(shape="invhouse", ...)
    box_lines(node)               ["x", "?×784 f32"]
"""

from __future__ import annotations

from collections import Counter
from math import log10
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.views import fold
from tfnb.views.outline import Edge, Node

__all__ = ["FORMS", "Form", "box_lines", "edge_label", "edge_width", "shape_text", "style_sheet"]


class Form(NamedTuple):
    """Shape, style and the word that the legend and a screen reader use."""

    shape: str
    style: str
    word: str
    peripheries: int = 1
    penwidth: float = 1.0


FORMS = {
    "placeholder": Form("invhouse", "filled", "placeholder"),
    "constant": Form("ellipse", "filled", "constant", penwidth=0.7),
    "variable": Form("cylinder", "filled", "trainable variable", penwidth=1.3),
    "fixed": Form("cylinder", "filled,dashed", "variable, not trained"),
    "op": Form("box", "rounded,filled", "operation"),
    "gradient": Form("box", "rounded,filled", "backward operation", peripheries=2),
    "update": Form("hexagon", "filled", "update of a variable"),
    "group": Form("box", "filled,dashed", "group of operations"),
}

# kind: (fill, line) in light and in dark; ink is the same for all, so that every text keeps its contrast
LIGHT = {"placeholder": ("#E3F1FB", "#0072B2"), "constant": ("#FFFFFF", "#4d4d4d"), "variable": ("#E2F4EC", "#00795A"),
         "fixed": ("#F3FAF7", "#00795A"), "op": ("#FFFFFF", "#4d4d4d"), "gradient": ("#FDF0E7", "#B84E00"),
         "update": ("#F3E3EE", "#A8558A"), "group": ("#F2F2F2", "#4d4d4d"), "scope": ("#F6F7F9", "#8894A2"),
         "mark": ("#FFF3D6", "#8A6400"), "ink": ("#FFFFFF", "#1F2328"), "edge": ("#FFFFFF", "#4F5E6C")}  # fmt: skip
DARK = {"placeholder": ("#12344A", "#6CC0F0"), "constant": ("#22272E", "#B9C2CC"), "variable": ("#0F3A2D", "#4FD3A8"),
        "fixed": ("#18302A", "#4FD3A8"), "op": ("#22272E", "#B9C2CC"), "gradient": ("#452510", "#FF9C55"),
        "update": ("#42273A", "#E79AC9"), "group": ("#2B3038", "#B9C2CC"), "scope": ("#1A1F26", "#6B7787"),
        "mark": ("#4A3A0C", "#F0C040"), "ink": ("#111519", "#ECEFF3"), "edge": ("#111519", "#A5B2C0")}  # fmt: skip

_SHORT = {"float": "f", "int": "i", "uint": "u", "complex": "c", "bfloat": "bf"}


def dtype_text(tensor: Tensor) -> str:
    """f32 for float32."""
    name = tensor.dtype.base_dtype.name
    letters = name.rstrip("0123456789")
    return _SHORT.get(letters, letters) + name[len(letters) :]


def shape_text(tensor: Tensor) -> str:
    """?×784, "scalar", or "shape unknown"."""
    sizes = tensor.shape.as_list() if tensor.shape.ndims is not None else None
    if sizes is None:
        return "any shape"
    return "×".join("?" if n is None else f"{n}" for n in sizes) if sizes else "scalar"


def value_text(op: Operation) -> str:
    """A constant's value where it is short, else its shape."""
    value = np.asarray(op.value)
    if value.size <= 4 and value.ndim <= 2:
        text = " ".join(str(value.tolist()).split()) if value.dtype != np.float32 else _floats(value)
        if len(text) <= 22:
            return text
    return f"{shape_text(op.outputs[0])} {dtype_text(op.outputs[0])}"


def _floats(value: np.ndarray) -> str:
    return np.array2string(value, precision=4, separator=", ", floatmode="maxprec").replace("\n", "")


def box_lines(node: Node) -> list[str]:
    """The words in a box: its name, then what it is and how large."""
    op = node.op
    if node.closed:
        return _closed_lines(node)
    short = op.name.rpartition("/")[2]
    if node.kind == "placeholder":
        return [short, f"{shape_text(op.outputs[0])} {dtype_text(op.outputs[0])}"]
    if node.kind == "constant":
        return [value_text(op)] + ([short] if not short.startswith("Const") else [])
    if node.kind in ("variable", "fixed"):
        count = fold.parameters(op)
        return [short, shape_text(op.outputs[0])] + ([f"{count:,}"] if count > 1 and op.outputs[0].shape.ndims != 1 else [])
    if node.kind == "update" and op.inputs:
        return [fold.short_type(op).removeprefix("Apply").removeprefix("Resource"), "writes " + op.inputs[0].op.name]
    if node.kind == "group":
        return [short, f"runs {len(op.control_inputs)}"] if op.control_inputs else [short]
    kind = fold.short_type(op)
    head = "∂ " if node.kind == "gradient" else ""
    same = short.lower().rstrip("_0123456789") in (kind.lower(), op.type.lower())
    return [head + (kind if same and short.isalpha() else short)] + ([] if same else [kind])


def _closed_lines(node: Node) -> list[str]:
    name = node.id[:-1].rpartition("/")[2]
    updates = Counter(o.type.removeprefix("Apply") for o in node.ops if getattr(o.definition, "writes", False) and o.type != "Assign")
    if node.kind == "update" and updates:
        return [name, ", ".join(f"{t} × {n}" for t, n in updates.most_common(2))]
    held = sum(fold.parameters(o) for o in node.ops)
    head = "∂ " if node.kind == "gradient" else ""
    count = f"{len(node.ops)} nodes" if len(node.ops) > 1 else "1 node"
    return [f"{head}{name} …", count] + ([f"{held:,} parameters"] if held else [])


def edge_label(edge: Edge, nodes: dict[str, Node]) -> str:
    """The shape that flows along an arrow; variables and constants carry theirs in the box."""
    if edge.control:
        return ""
    if len(edge.tensors) > 1:
        return f"{len(edge.tensors)} tensors"
    x = edge.tensors[0]
    if nodes[edge.source].kind in ("variable", "fixed") or nodes[edge.source].kind == "constant" and len(nodes) > 12:
        return ""
    kind = dtype_text(x)
    return shape_text(x) + ("" if kind == "f32" else f" {kind}")


def edge_width(edge: Edge) -> float:
    """Thicker for more bytes, by their logarithm; unknown sizes count as one."""
    sizes = [np.prod([n or 1 for n in x.shape.as_list()]) if x.shape.ndims is not None else 1 for x in edge.tensors]
    return round(0.9 + 0.28 * log10(max(1.0, float(sum(sizes)) * 4)), 2) if sizes else 1.0


def style_sheet(dark: bool) -> str:
    """The picture's CSS: colours are custom properties that follow the front end's theme, else the system's."""
    def block(colours: dict[str, tuple[str, str]]) -> str:
        return "".join(f"--tfnb-{k}-fill:{f};--tfnb-{k}-line:{c};" for k, (f, c) in colours.items())

    rules = [f".tfnb-graph{{{block(DARK if dark else LIGHT)}max-width:100%;height:auto;"
             "font-family:Helvetica,Arial,'Liberation Sans',sans-serif}"]  # fmt: skip
    if not dark:
        rules.append(f"@media (prefers-color-scheme:dark){{.tfnb-graph{{{block(DARK)}}}}}")
        rules.append(f'body[data-jp-theme-light="true"] .tfnb-graph{{{block(LIGHT)}}}')
        rules.append(f'body[data-jp-theme-light="false"] .tfnb-graph{{{block(DARK)}}}')
    for kind in (*FORMS, "scope", "mark"):
        rules.append(f".tfnb-graph .kind-{kind}>:is(path,polygon,ellipse){{fill:var(--tfnb-{kind}-fill);stroke:var(--tfnb-{kind}-line)}}")
    return "\n".join([*rules, *_FIXED_RULES])


_FIXED_RULES = (
    ".tfnb-graph>g>polygon:first-of-type{fill:var(--tfnb-ink-fill);stroke:none}",
    ".tfnb-graph text{fill:var(--tfnb-ink-line)}",
    ".tfnb-graph .node text~text{font-size:9px}",
    ".tfnb-graph .edge path{stroke:var(--tfnb-edge-line)}",
    ".tfnb-graph .edge polygon{fill:var(--tfnb-edge-line);stroke:var(--tfnb-edge-line)}",
    ".tfnb-graph .edge text{fill:var(--tfnb-edge-line);stroke:var(--tfnb-ink-fill);stroke-width:3px;paint-order:stroke}",
    ".tfnb-graph .todo{opacity:.55}.tfnb-graph .faded{opacity:.28}",
    ".tfnb-graph .node.current>:is(path,polygon,ellipse){stroke-width:4px}",
)


def colours(kind: str, dark: bool) -> tuple[str, str]:
    """Fill and line as attributes, for viewers that ignore CSS."""
    table: dict[str, Any] = DARK if dark else LIGHT
    return table[kind]  # type: ignore[no-any-return]
