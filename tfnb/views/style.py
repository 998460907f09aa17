"""How each kind of thing looks: a shape and a word first, a colour of the Okabe-Ito palette second.

    FORMS["placeholder"]          Form(shape="invhouse", ...)
    box_lines(node)               ["x", "?×784 f32"]
    style_sheet()                 the picture's CSS, for light and dark pages
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import log10, prod
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.views import fold
from tfnb.views.outline import Edge, Node

__all__ = ["DARK", "FORMS", "LIGHT", "PAINTS", "Form", "box_lines", "dtype_text", "edge_label", "edge_width", "shape_text", "style_sheet", "themed"]


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
         "mark": ("#FFF3D6", "#8A6400"), "ink": ("#FFFFFF", "#1F2328"), "edge": ("#FFFFFF", "#4F5E6C"),
         "added": ("#E2F4EC", "#00795A"), "removed": ("#FDF0E7", "#B84E00"), "changed": ("#F3E3EE", "#A8558A"), "current": ("#FFFFFF", "#7A3E9D")}  # fmt: skip
DARK = {"placeholder": ("#12344A", "#6CC0F0"), "constant": ("#22272E", "#B9C2CC"), "variable": ("#0F3A2D", "#4FD3A8"),
        "fixed": ("#18302A", "#4FD3A8"), "op": ("#22272E", "#B9C2CC"), "gradient": ("#452510", "#FF9C55"),
        "update": ("#42273A", "#E79AC9"), "group": ("#2B3038", "#B9C2CC"), "scope": ("#1A1F26", "#6B7787"),
        "mark": ("#4A3A0C", "#F0C040"), "ink": ("#111519", "#ECEFF3"), "edge": ("#111519", "#A5B2C0"),
        "added": ("#0F3A2D", "#4FD3A8"), "removed": ("#452510", "#FF9C55"), "changed": ("#42273A", "#E79AC9"), "current": ("#111519", "#D9A6F5")}  # fmt: skip

# what the other colourings fill boxes with: six steps of a measure, eight classes; each box says its number or class in words, too
PAINTS = (*(f"step-{i}" for i in range(6)), *(f"class-{i}" for i in range(8)))
for _table, _fills in ((LIGHT, "#F4F8FC #D9E9F6 #B7D6EE #8FC0E4 #66A8D8 #4593CA #E3F1FB #FDF0E7 #E2F4EC #F3E3EE #FFF3D6 #E8E6F7 #F2F2F2 #DDF3F3"),
                       (DARK, "#161D25 #14293B #123752 #0F466B #0C5686 #0866A3 #12344A #452510 #0F3A2D #42273A #4A3A0C #2C2850 #2B3038 #103B3D")):  # fmt: skip
    _table.update({paint: (fill, _table["op"][1]) for paint, fill in zip(PAINTS, _fills.split(), strict=True)})

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
    if value.ndim == 0 and isinstance(value[()], bytes):
        text = value[()].decode("utf-8", "replace")
        return f"“{text[:20]}…”" if len(text) > 21 else f"“{text}”"
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
    head = ("∂ " if node.kind == "gradient" else "") + node.title + (f" ×{node.times}" if node.times > 1 else " …")
    updates = Counter(o.type.removeprefix("Apply") for o in node.ops if getattr(o.definition, "writes", False) and o.type != "Assign")
    if node.kind == "update" and updates:
        return [head, ", ".join(f"{t} × {n}" for t, n in updates.most_common(2))]
    count = f"{len(node.ops):,} nodes" if len(node.ops) > 1 else "1 node"
    return [head, count] + ([f"{node.parameters:,} parameters"] if node.parameters else [])


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


MANY = 50  # tensors of an arrow that its width is told from


def edge_width(edge: Edge) -> float:
    """Thicker for more bytes, by their logarithm; unknown sizes count as one."""
    sizes = [prod(n or 1 for n in x.shape.sizes or ()) for x in edge.tensors[:MANY]]
    return round(0.9 + 0.28 * log10(max(1.0, float(sum(sizes)) * 4)), 2) if sizes else 1.0


# pages that say whether they are light or dark: JupyterLab's, VS Code's, Colab's and those of Sphinx (labextension/style/theme.css has the same)
_LIGHT_PAGE = ':is(body[data-jp-theme-light="true"],body.vscode-light,body.vscode-high-contrast-light,html[theme="light"],[data-theme="light"])'
_DARK_PAGE = (':is(body[data-jp-theme-light="false"],body.vscode-dark,body.vscode-high-contrast:not(.vscode-high-contrast-light),html[theme="dark"],'
              '[data-theme="dark"])')  # fmt: skip


def themed(rules: Callable[[str, Any], str], light: Any, dark: Any) -> str:
    """CSS that follows the page's theme, or the system's where the page has none.

    `rules(page, colours)` makes the rules of one theme; each of its selectors begins with `page`.
    """
    system = rules("", light) + "@media (prefers-color-scheme:dark){" + rules("", dark) + "}"
    return system + rules(_LIGHT_PAGE + " ", light) + rules(_DARK_PAGE + " ", dark)


def style_sheet() -> str:
    """The picture's CSS: colours are custom properties that follow the theme."""
    def block(page: str, colours: dict[str, tuple[str, str]]) -> str:
        return f"{page}.tfnb-picture{{" + "".join(f"--tfnb-{k}-fill:{f};--tfnb-{k}-line:{c};" for k, (f, c) in colours.items()) + "}"

    rules = [".tfnb-picture{font-family:Helvetica,Arial,'Liberation Sans',sans-serif}", themed(block, LIGHT, DARK)]
    for kind in (*FORMS, "scope", "mark"):
        rules.append(f".tfnb-picture .kind-{kind} :is(path,polygon,ellipse,polyline){{fill:var(--tfnb-{kind}-fill);stroke:var(--tfnb-{kind}-line)}}")
    for paint in (*PAINTS, "added", "removed", "changed"):
        rules.append(f".tfnb-picture .{paint} :is(path,polygon,ellipse){{fill:var(--tfnb-{paint}-fill)}}")
    return "\n".join([*rules, *_FIXED_RULES])


_FIXED_RULES = (
    ".tfnb-picture>g>polygon:first-of-type{fill:var(--tfnb-ink-fill);stroke:none}",
    ".tfnb-picture text{fill:var(--tfnb-ink-line)}",
    ".tfnb-picture .node text~text{font-size:10px}",
    ".tfnb-picture .edge path{stroke:var(--tfnb-edge-line)}",
    ".tfnb-picture .edge polygon{fill:var(--tfnb-edge-line);stroke:var(--tfnb-edge-line)}",
    ".tfnb-picture .edge text{fill:var(--tfnb-edge-line)}",
    ".tfnb-picture .faded{opacity:.35}",
    ".tfnb-picture .node.marked :is(path,polygon,ellipse,polyline){stroke:var(--tfnb-mark-line);stroke-width:2.2}",
    ".tfnb-picture .node.added :is(path,polygon,ellipse,polyline){stroke:var(--tfnb-added-line);stroke-width:2.5}",
    ".tfnb-picture .node.removed :is(path,polygon,ellipse,polyline){stroke:var(--tfnb-removed-line);stroke-width:1.5;stroke-dasharray:5 3}",
    ".tfnb-picture .node.changed :is(path,polygon,ellipse,polyline){stroke:var(--tfnb-changed-line);stroke-width:2.5}",
    ".tfnb-picture .node.current :is(path,polygon,ellipse,polyline){stroke:var(--tfnb-current-line);stroke-width:3.5}",
)
