"""Errors as lessons: TensorFlow's first line stays, beside it a sentence of cause, the part of the graph, and a mend.

    told = explain(error)           Explained(cause="The variable W has no value in this session.", mend=..., code=..., svg=...)

What is told comes from the error's first line, which is TensorFlow's own, so that the same rules hold for both.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import graphviz

from tfnb.core.graph import Graph, Operation, get_default_graph
from tfnb.views.explained import RULES
from tfnb.views.fold import kind_of, owners, short_type
from tfnb.views.runs import shape_text

__all__ = ["Explained", "explain"]

_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
WRONG, INK = "#B71C1C", "#4A5866"
FILLS = {"placeholder": ("invhouse", "#E3F1FB", "#0072B2"), "constant": ("ellipse", "#FFFFFF", "#4D4D4D"), "variable": ("cylinder", "#E2F4EC", "#009E73")}
INPUTS = 4  # of the failing node that are drawn


class Explained(NamedTuple):
    """`code` is what may be inserted as a cell; `dot` is the part of the graph, empty where no node is at fault."""

    first_line: str
    cause: str
    mend: str
    code: str
    node: str
    where: Any
    dot: str


def explain(error: BaseException, graphs: Iterable[Graph] = ()) -> Explained | None:
    """What there is to say about an error; None for one that is not about graphs and sessions.

    `graphs` are searched, after the default graph, for a node that only the message names.
    """
    if not _is_ours(error):
        return None
    line = str(error).split("\n")[0]
    op, place, hint = getattr(error, "op", None), getattr(error, "where", None), getattr(error, "hint", "")
    rule, found = next(((r, m) for r in RULES if (m := re.search(r.pattern, str(error)))), (None, None))
    if rule is None and op is None and not place and not hint:
        return None
    words = {k: v or "" for k, v in found.groupdict().items()} if found else {}
    op = op if isinstance(op, Operation) else _named(words, graphs)
    cause = rule.cause.format(**words) if rule else "" if op is None else f"The node {op.name} ({op.type}) could not be computed."
    mend, code = (rule.mend.format(**words), rule.code.format(**_as_code(words))) if rule else ("", "")
    name = op.name if op is not None else ""
    return Explained(line, cause, mend or hint, code, name, place or getattr(op, "where", None), _part(op, words))


def _is_ours(error: BaseException) -> bool:
    """Whether it came out of tfnb: what Python says of the student's own code needs no graph to explain it."""
    frames = error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_code.co_filename.startswith((_LIBRARY, "<tfnb step")):
            return True
        frames = frames.tb_next
    return error.__traceback__ is None or bool(getattr(error, "hint", "")) or hasattr(error, "op")


def _named(words: dict[str, str], graphs: Iterable[Graph]) -> Operation | None:
    """The node that the message names."""
    name = (words.get("name") or words.get("tensor") or "").split(":")[0]
    for graph in (get_default_graph(), *graphs) if name else ():
        with contextlib.suppress(KeyError, ValueError):
            return graph.get_operation_by_name(name)
    return None


def _as_code(words: dict[str, str]) -> dict[str, str]:
    """The message's words as they stand in code: a shape with ? as a list of numbers."""
    out = dict(words)
    for key in ("shape", "want", "got"):
        if words.get(key, "")[:1] in ("(", "["):
            sizes = [s.strip() for s in words[key].strip("()[]").split(",") if s.strip()]
            out[key] = "[" + ", ".join("1" if s == "?" else s for s in sizes) + "]"
            out[key + "_open"] = "[" + ", ".join("-1" if s == "?" else s for s in sizes) + "]"
    out["dtype"] = {"float": "float32", "double": "float64", "half": "float16"}.get(words.get("dtype", ""), words.get("dtype") or "float32")
    out.setdefault("shape", "[]")
    out["fed"] = (words.get("name") or "x") + ":0"
    return out


# -- the picture ------------------------------------------------------------------------------------------------------------
def _part(op: Operation | None, words: dict[str, str]) -> str:
    """The node at fault with what goes into it; of a node that could not be made, what would have gone in."""
    dot = graphviz.Digraph("part")
    dot.attr(rankdir="LR", bgcolor="transparent", pad="0.1", nodesep="0.2", ranksep="0.5")
    dot.attr("node", fontname="Helvetica", fontsize="11", height="0.32", margin="0.12,0.05", fontcolor="#1A1A1A")
    dot.attr("edge", fontname="Helvetica", fontsize="10", color=INK, fontcolor=WRONG, arrowsize="0.6")
    shapes = re.findall(r"\[([\d,? ]*)\]", words.get("shapes", ""))
    if op is not None:
        _around(dot, op, shapes)
    elif words.get("type") and shapes:
        for i, sizes in enumerate(shapes):
            dot.node(f"i{i}", f"input {i + 1}", shape="ellipse", style="filled", fillcolor="#FFFFFF", color=INK)
            dot.edge(f"i{i}", "at", label=_sizes(sizes))
        _lit(dot, "at", words["type"])
    else:
        return ""
    return str(dot.source)


def _around(dot: Any, op: Operation, shapes: list[str]) -> None:
    users = [c for t in op.outputs for c in t.consumers()]
    before = [x.op for x in op.inputs[:INPUTS]]
    further = [*(y.op for b in before for y in b.inputs[:1]), *(c for u in users for t in u.outputs for c in t.consumers())]
    owner = owners([*before, op, *users, *further], keep=[op])
    drawn: set[Operation] = set()
    for i, x in enumerate(op.inputs[:INPUTS]):
        top = owner.get(x.op, x.op)
        _plain(dot, top, drawn)
        sizes = _sizes(shapes[i]) if i < len(shapes) else shape_text(x.shape.sizes)
        dot.edge(_key(top), "at", label=sizes)
        for before in top.inputs[:2]:
            above = owner.get(before.op, before.op)
            if above is not top and above is not op:
                _plain(dot, above, drawn)
                dot.edge(_key(above), _key(top), fontcolor=INK)
    own = [u for u in users if owner.get(u, u) is op and u.type == "Identity"]  # a variable's read
    for user in [u for u in [*users, *(c for r in own for t in r.outputs for c in t.consumers())] if owner.get(u, u) is not op][:2]:
        _plain(dot, user, drawn)
        dot.edge("at", _key(user))
    shape, label = _form(op)
    _lit(dot, "at", label, shape)


def _plain(dot: Any, op: Operation, drawn: set[Operation]) -> None:
    if op in drawn:
        return
    drawn.add(op)
    _, fill, line = FILLS.get(kind_of(op), ("box", "#FFFFFF", "#4D4D4D"))
    shape, label = _form(op)
    dot.node(_key(op), _text(label), shape=shape, style="rounded,filled" if shape == "box" else "filled", fillcolor=fill, color=line)


def _form(op: Operation) -> tuple[str, str]:
    """The shape of a node, and its name with its type where the name does not say it."""
    shape = FILLS.get(kind_of(op), ("box", "", ""))[0]
    short, kind = op.name.rpartition("/")[2], short_type(op)
    return shape, short if shape != "box" or short.lower().startswith(kind.lower()) else f"{short}\n{kind}"


def _lit(dot: Any, key: str, label: str, shape: str = "box") -> None:
    style = "rounded,filled" if shape == "box" else "filled"
    dot.node(key, _text(label), shape=shape, style=style, fillcolor="#FDECEA", color=WRONG, penwidth="3", id="node:at")


def _key(op: Operation) -> str:
    return f"n{op.index}"


def _text(text: str) -> str:
    return graphviz.escape(text).replace("\n", "\\n")  # type: ignore[no-any-return]


def _sizes(text: str) -> str:
    return "×".join(n.strip() for n in text.split(",") if n.strip()) or "scalar"
