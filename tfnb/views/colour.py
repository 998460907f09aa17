"""What boxes are filled by: their kind, or a measure or class of each, which the box then says in words or numbers, too.

    by("flops")(outline).nodes["MatMul"]        Paint("step-5", "2.0 MFLOP, 98 %")
    by("time", trace)(outline).legend           (("step-0", "below 1 % of all"), ...)

What needs a traced run says so in `note` where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tfnb.core.graph import Operation
from tfnb.engine import costs
from tfnb.engine.trace import Trace
from tfnb.views import fold
from tfnb.views.outline import Node, Outline

__all__ = ["COLOURINGS", "KINDS", "Colouring", "Paint", "by", "quantity"]

COLOURINGS = {
    "kind": "kind of node", "structure": "equal structure", "device": "device", "direction": "forward or backward", "flops": "floating-point work",
    "bytes": "bytes moved", "intensity": "work per byte", "time": "measured time", "memory": "measured memory", "health": "health of values",
    "flow": "gradient flow",
}  # fmt: skip
SHARES = (0.01, 0.05, 0.10, 0.25, 0.50)
UNTRACED = "No run has been traced yet: sess.trace(fetches, feed_dict), or %trace FETCH, measures one."


class Paint(NamedTuple):
    """A box's fill (a class of the style sheet) and what it says beside it."""

    paint: str
    text: str


class Colouring(NamedTuple):
    """How all boxes are filled; `legend` explains the fills that are used, `edges` are labels of arrows."""

    name: str = "kind"
    title: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    nodes: Mapping[str, Paint] = {}
    edges: Mapping[tuple[str, str], str] = {}
    note: str = ""


KINDS = Colouring()


def by(name: str, trace: Trace | None = None, device: str = "") -> Callable[[Outline], Colouring]:
    """The colouring of this name. Raises ValueError for one that is not known."""
    if name not in COLOURINGS:
        raise ValueError(f"No colouring is called {name!r}; there are {', '.join(COLOURINGS)}.")
    if name in ("time", "memory", "health", "flow") and trace is None:
        return lambda outline: Colouring(name, COLOURINGS[name], note=UNTRACED)
    return lambda outline: _MADE[name](outline, trace, device)


def quantity(number: float, unit: str) -> str:
    """1.5 MB, 2.0 GFLOP, 340 µs: three digits at most before the point."""
    if unit == "s":
        for size, word in ((1.0, "s"), (1e-3, "ms")):
            if number >= size:
                return f"{number / size:.3g} {word}"
        return f"{number * 1e6:.3g} µs"
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}{unit}"
    return f"{number:.3g} {unit}"


# -- classes ----------------------------------------------------------------------------------------------------------
def _classes(outline: Outline, name: str, word: Callable[[Node], str], note: str = "") -> Colouring:
    """Boxes by a word of theirs; those without one keep the fill of their kind."""
    words = {box: w for box, node in outline.nodes.items() if (w := word(node))}
    order = list(dict.fromkeys(words.values()))
    paints = {w: f"class-{i % 8}" for i, w in enumerate(order)}
    legend = tuple((paints[w], f"{w} ({sum(v == w for v in words.values())})") for w in order)
    return Colouring(name, COLOURINGS[name], legend, {box: Paint(paints[w], w) for box, w in words.items()}, note=note)


def _kind(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    return KINDS


def _structure(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    """Groups that hold the same operations, wired alike, bear the same letter."""
    of = {box: n.template for box, n in outline.nodes.items() if n.closed and n.template is not None}
    of |= {box: t for box, n in outline.nodes.items() if not n.closed and (t := getattr(outline.scopes.get(n.scope), "template", None)) is not None}
    letters = {t: _letter(i) for i, t in enumerate(dict.fromkeys(of.values()))}
    return _classes(outline, "structure", lambda n: f"like {letters[of[n.id]]}" if n.id in of else "")


def _letter(i: int) -> str:
    return chr(65 + i) if i < 26 else _letter(i // 26 - 1) + chr(65 + i % 26)


def _device(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    def word(node: Node) -> str:
        asked = {op.device for op in node.ops if op.device}
        return ", ".join(sorted(d.removeprefix("/device:").removeprefix("/") for d in asked)) or device or "where the session is"

    return _classes(outline, "device", word)


def _direction(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    words = {"gradient": "∂ backward", "update": "update"}
    return _classes(outline, "direction", lambda n: words.get(n.kind, "forward"))


def _health(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    """Of a box's values the worst verdict that the traced run came to."""
    assert trace is not None
    order = ("NaN", "Inf", "dead", "saturated", "healthy")

    def word(node: Node) -> str:
        found = [trace.health[op].verdict for op in node.ops if op in trace.health]
        return next((v for v in order if v in found), "")

    return _classes(outline, "health", word, "" if trace.health else UNTRACED)


# -- measures ---------------------------------------------------------------------------------------------------------
def _measured(outline: Outline, name: str, numbers: Mapping[Operation, float], unit: str, note: str = "") -> Colouring:
    """Boxes by their share of the whole, in six steps."""
    sums = {box: sum(numbers.get(op, 0) for op in node.ops) for box, node in outline.nodes.items()}
    whole = sum(sums.values()) or 1.0
    nodes = {}
    for box, number in sums.items():
        share = number / whole
        text = f"{quantity(number, unit)}, {100 * share:.2g} %" if number else ""
        nodes[box] = Paint(f"step-{sum(share >= s for s in SHARES)}", text)
    words = ["below 1 %", *(f"{100 * a:.0f}-{100 * b:.0f} %" for a, b in zip(SHARES, SHARES[1:], strict=False)), "50 % or more"]
    legend = tuple((f"step-{i}", w) for i, w in enumerate(words))
    return Colouring(name, f"{COLOURINGS[name]}: share of {quantity(whole if any(sums.values()) else 0, unit)}", legend, nodes, note=note)


PER_EXAMPLE = "Sizes that are not known yet (?) count as 1."


def _cost(name: str, number: Callable[[costs.Cost], float], unit: str) -> Callable[..., Colouring]:
    def colouring(outline: Outline, trace: Trace | None, device: str) -> Colouring:
        sizes = costs.static_sizes if trace is None else trace.sizes
        found = {op: number(costs.cost(op, sizes)) for n in outline.nodes.values() for op in n.ops if not fold.is_initial(op)}
        return _measured(outline, name, found, unit, PER_EXAMPLE if trace is None else "With the sizes of the traced run.")

    return colouring


def _intensity(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    """FLOP per byte of each box; few means that memory is what it waits for."""
    sizes = costs.static_sizes if trace is None else trace.sizes
    bounds, nodes = (0.1, 0.5, 2, 8, 32), {}
    for box, node in outline.nodes.items():
        total = costs.total(costs.cost(op, sizes) for op in node.ops if not fold.is_initial(op))
        if total.flops:
            nodes[box] = Paint(f"step-{sum(total.intensity >= b for b in bounds)}", f"{total.intensity:.2g} FLOP/B")
    words = ["below 0.1", *(f"{a}-{b}" for a, b in zip(bounds, bounds[1:], strict=False)), "32 or more"]
    legend = tuple((f"step-{i}", w + " FLOP per byte") for i, w in enumerate(words))
    return Colouring("intensity", COLOURINGS["intensity"], legend, nodes, note=PER_EXAMPLE if trace is None else "")


def _time(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    assert trace is not None
    return _measured(outline, "time", {s.op: s.seconds for s in trace.steps}, "s", f"Traced on {trace.device}, one statement at a time.")


def _memory(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    assert trace is not None
    return _measured(outline, "memory", {s.op: float(s.nbytes) for s in trace.steps}, "B", "Bytes of the values that each node made.")


def _flow(outline: Outline, trace: Trace | None, device: str) -> Colouring:
    """On each arrow the mean size of what flows forward and of its gradient; boxes by their gradient's."""
    assert trace is not None
    edges, sizes = {}, {}
    for e in outline.edges:
        found = [trace.flow[t] for t in e.tensors if t in trace.flow]
        if found:
            forward, backward = (sum(f[i] for f in found) / len(found) for i in (0, 1))
            edges[e.source, e.target] = f"|x| {forward:.2g}  |∂| {backward:.2g}"
            sizes[e.source] = max(sizes.get(e.source, 0.0), backward)
    bounds = (1e-7, 1e-5, 1e-3, 1e-1, 10.0)
    nodes = {box: Paint(f"step-{sum(v >= b for b in bounds)}", f"|∂| {v:.2g}") for box, v in sizes.items()}
    words = ["below 1e-7: vanishes", *(f"{a:g} to {b:g}" for a, b in zip(bounds, bounds[1:], strict=False)), "10 or more: explodes"]
    note = "" if edges else "The traced run computed no gradients: fetch the training op, too."
    return Colouring("flow", "mean size of the gradient", tuple((f"step-{i}", w) for i, w in enumerate(words)), nodes, edges, note)


_MADE: dict[str, Callable[..., Colouring]] = {
    "kind": _kind, "structure": _structure, "device": _device, "direction": _direction, "intensity": _intensity, "time": _time, "memory": _memory,
    "health": _health, "flow": _flow, "flops": _cost("flops", lambda c: float(c.flops), "FLOP"), "bytes": _cost("bytes", lambda c: float(c.moved), "B"),
}  # fmt: skip
