"""A run on several devices as a picture: a box around each device, and _Send and _Recv where a value changes hands.

    draw_parts(sess.plan(loss, [x]))          a picture of the parts of a plan that is cut (engine/segments.py)
"""

from __future__ import annotations

import re
from typing import Any

import graphviz

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.blocks import looked_at, taken
from tfnb.engine.program import variable_of
from tfnb.engine.segments import SegmentedStep, short
from tfnb.views import fold
from tfnb.views.render import render
from tfnb.views.style import FORMS, LIGHT, shape_text, style_sheet

__all__ = ["Parts", "draw_parts"]

ROOM = {shape: {"margin": "0.2,0.16"} for shape in ("larrow", "rarrow")}  # the shaft, not the head, has to hold the words


class Parts:
    """A drawn plan. `svg` is None where no Graphviz is installed; `text` is the plan with its copies in any case."""

    def __init__(self, source: str, title: str, text: str) -> None:
        self.source, self.title, self.text = source, title, text
        self.svg = render(source, title, style_sheet())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.text}
        return bundle if self.svg is None else {**bundle, "image/svg+xml": self.svg}

    def __repr__(self) -> str:
        return self.text


def draw_parts(plan: Any) -> Parts:
    """The picture of a plan whose step is in segments. Raises TypeError for a plan in one piece."""
    step = plan.step
    if not isinstance(step, SegmentedStep):
        raise TypeError("This plan runs on one device: draw its graph instead, with tf.show(fetches=...).")
    drawing = _Drawing(step)
    return Parts(drawing.dot.source, f"A run in {plan.path}", plan.text)


class _Drawing:
    """Fills one cluster for each device, part by part; knows which box holds a value on a device by then."""

    def __init__(self, step: SegmentedStep) -> None:
        self.program = step.program
        devices = list(dict.fromkeys(d for s in step.segments for d in (*(c.source for c in s.part.copies), s.part.device)))
        self.clusters = {d: graphviz.Digraph("cluster_" + short(d).replace(":", "_")) for d in devices}
        self.at: dict[tuple[str, str], str] = {}
        self.edges: dict[tuple[str, str], str] = {}
        number = 0
        for segment in step.segments:
            for copy in segment.part.copies:
                self._copy(copy, number)
                number += 2
            for ins in segment.part.program.instructions:
                self._instruction(ins, segment.part.device)
        self.dot = self._joined()

    def _joined(self) -> graphviz.Digraph:
        dot = graphviz.Digraph("parts")
        dot.attr(rankdir="BT", bgcolor="white", pad="0.2", nodesep="0.3", ranksep="0.35", fontname="Helvetica", fontsize="12")
        dot.attr("node", fontname="Helvetica", fontsize="11", height="0.3", margin="0.12,0.05")
        dot.attr("edge", fontname="Helvetica", fontsize="9", arrowsize="0.6", color=LIGHT["edge"][1])
        for device, cluster in self.clusters.items():
            fill, line = LIGHT["scope"]
            cluster.attr(label=graphviz.escape(short(device)), labeljust="l", style="rounded,filled", fillcolor=fill, color=line, tooltip=device)
            cluster.attr(**{"class": "kind-scope"})
            dot.subgraph(cluster)
        for (source, target), label in self.edges.items():
            crossing = source.startswith("send ") and target.startswith("recv ")
            dot.edge(source, target, **({"style": "dashed", "penwidth": "1.6"} if crossing else {"label": graphviz.escape(label)}))
        return dot

    def _copy(self, copy: Any, number: int) -> None:
        """A pair of boxes; the value is at the second from now on."""
        source = self._place(copy.name, copy.tensor, copy.source)
        send, recv = f"send {number}", f"recv {number + 1}"
        for box, device, word, shape, n in ((send, copy.source, "_Send", "rarrow", number), (recv, copy.target, "_Recv", "larrow", number + 1)):
            node = f"{copy.tensor.op.name}/_{n}"
            self._box(box, device, f"{word}\n{copy.name}", "mark", shape, f"{node}: {word} of {copy.name}, {short(copy.source)} to {short(copy.target)}")
        self.edges[source, send] = shape_text(copy.tensor)
        self.edges[send, recv] = ""
        self.at[copy.name, copy.target] = recv

    def _instruction(self, ins: Any, device: str) -> None:
        op, box = ins.op, f"node {ins.op.name}"
        self._box(box, device, _label(op), fold.kind_of(op), FORMS[fold.kind_of(op)].shape, f"{op.name}: {op.type}")
        for x in looked_at(self.program, ins) if ins.arrival is not None else taken(ins):  # what decides is drawn where it decides
            variable = variable_of(x) if x not in self.program.feeds else None
            name = self.program.names.get(x if variable is None else variable.outputs[0])
            if name is not None and name not in self.program.constants:
                before = self._place(name, x, device)
                self.edges[before, box] = shape_text(x)
        for name in ins.names:
            self.at[name, device] = box

    def _place(self, name: str, tensor: Tensor, device: str) -> str:
        """The box that holds a value on a device; what is fed and variables get one when they are first met."""
        if (name, device) not in self.at:
            op = variable_of(tensor) or tensor.op
            box = self.at[name, device] = f"value {name} {short(device)}".replace(":", "_")
            kind = fold.kind_of(op)
            self._box(box, device, f"{_short(op)}\n{shape_text(op.outputs[0])}", kind, FORMS[kind].shape, f"{op.name}: {op.type}")
        return self.at[name, device]

    def _box(self, box: str, device: str, label: str, kind: str, shape: str, tip: str) -> None:
        fill, line = LIGHT[kind]
        style = FORMS[kind].style if kind in FORMS else "filled"
        options = {"class": f"node kind-{kind}", **ROOM.get(shape, {})}
        self.clusters[device].node(box, label=graphviz.escape(label).replace("\n", "\\n"), shape=shape, style=style, fillcolor=fill, color=line,
                                   fontcolor=LIGHT["ink"][1], tooltip=graphviz.escape(tip), **options)  # fmt: skip


def _short(op: Operation) -> str:
    return op.name.rpartition("/")[2]


def _label(op: Operation) -> str:
    kind, name = fold.short_type(op), _short(op)
    sign = "∂ " if fold.kind_of(op) == "gradient" else ""
    return sign + (kind if re.fullmatch(re.escape(kind) + r"(_\d+)?", name, re.I) else f"{name}\n{kind}")
