"""Branches and loops in TensorFlow 1 code: tf.cond and tf.while_loop, with functions for the branches, the test and the body.

    def cond_true():                                 def while_test(i, total):        def while_body(i, total):
        mul = ...                                        less = ...                       ...
        return mul                                       return less                      return [add, add_1]
    merge = tf.cond(p, cond_true, cond_false)        i, total = tf.while_loop(while_test, while_body, [zero, start])

What one side of a branch does not make is a zero there: nothing looks at it where that side was taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.engine import regions
from tfnb.engine.exporting_tf1_names import Names
from tfnb.engine.exporting_tf1_places import Listing, Place, Side, shared, sides
from tfnb.engine.nesting import Branch, Cycle
from tfnb.engine.program import Program
from tfnb.engine.regions import Unit

__all__ = ["FlowNames", "written_out"]

Lines = list[str]
ELSEWHERE = "\0"  # a scope that no node's name begins with


class FlowNames(Names):
    """Names as they are known in the function that is written at the moment, `here`; nodes are named within its `scope`."""

    def __init__(self, program: Program, listing: Listing) -> None:
        super().__init__(program, set(listing.places))
        self.listing = listing
        self.here: Place = ()
        self.scope = ""
        self.local: dict[Tensor, str] = {}  # names in the function at hand of what has a name around it, too
        self._returned: dict[Tensor, str] = {}
        self._done: dict[int, str] = {}

    def of(self, tensor: Tensor) -> str:
        t = self.listing.origin(tensor)
        if t in self.local:
            return self.local[t]
        if t in self.listing.fed or t.op in self.given:
            return super().of(t)
        if t.op.type in regions.MERGE:
            return self.op(t.op) if t.value_index == 0 else self.returned(t)
        return super().of(t) if self.listing.hidden(t, self.here) is None else self.returned(t)

    def returned(self, t: Tensor) -> str:
        """The name of a tensor outside of the function that makes it."""
        if t not in self._returned:
            self._returned[t] = self.op(t.op) if len(t.op.outputs) == 1 else self.free(f"{self.op(t.op)}_{t.value_index}")
        return self._returned[t]

    def done(self, branch: int) -> str:
        """The name of what is there when a branch has done what others wait for."""
        if branch not in self._done:
            self._done[branch] = self.free("cond_done")
        return self._done[branch]

    def waits(self, op: Operation) -> list[str]:
        return list(dict.fromkeys(map(self.after, self.listing.waits(op))))

    def after(self, op: Operation) -> str:
        n = self.listing.hidden(op, self.here)
        return super().after(op) if n is None else self.done(self.listing.places[op][n].item)

    def fetched(self, op: Operation) -> str:
        return f"{self.of(op.outputs[0])}.op" if op.type in regions.FLOW else super().fetched(op)

    def node(self, op: Operation) -> str:
        return super().node(op).removeprefix(self.scope)


def written_out(names: FlowNames, lines: Callable[[Operation], Lines]) -> Lines:
    """The listing's text; `lines` writes one node. Raises ValueError for a fetch from inside of a branch or loop."""
    for f in names.program.fetches:
        inside = names.listing.places.get(f, ()) if isinstance(f, Operation) else names.listing.places.get(names.listing.origin(f).op, ())
        if inside:
            raise ValueError(f"{f.name} has a value inside of a branch or loop only: fetch what comes out of it.")
    return _Writer(names, lines).block(names.listing.tree, ())


class _Writer:
    def __init__(self, names: FlowNames, lines: Callable[[Operation], Lines]) -> None:
        self.names, self.listing, self.lines = names, names.listing, lines
        self.known: dict[Tensor, list[Place]] = {}  # outputs of Merges, and where they have a value by now
        self.arrived: dict[tuple[Tensor, Place], str] = {}
        self.wanted = {x for u in self.listing.units for x in self.listing.reads(u)}

    def block(self, block: list[Any], place: Place) -> Lines:
        out: Lines = []
        for item in block:
            self.names.here = place
            if isinstance(item, int):
                out += self.unit(self.listing.units[item], place)
            else:
                out += self.branch(item, place) if isinstance(item, Branch) else self.cycle(item, place)
        self.names.here = place
        return out

    def unit(self, unit: Unit, place: Place) -> Lines:
        if unit.arrival is not None:
            return self.arrival(unit, place)
        return [] if unit.op.type in regions.FLOW else self.lines(unit.op)

    # -- branches -----------------------------------------------------------------------------------------------------
    def outputs(self, merge: Operation) -> list[Tensor]:
        """What is used of a Merge: its value, rarely which of the inputs it was."""
        return [t for t in merge.outputs if t.value_index == 0 or t in self.wanted]

    def arrival(self, unit: Unit, place: Place) -> Lines:
        """What a side gives a Merge is returned by its function; it has a line if the same function looks at it."""
        value = self.names.of(unit.op.inputs[unit.arrival or 0])
        out = []
        for t in self.outputs(unit.op):
            text = value if t.value_index == 0 else f"tf.constant({unit.arrival})"
            if place and t in self.within:
                name = self.assigned(t, place)
                out.append(f"{name} = {text}")
                self.names.local |= {t: name} if name != self.names.of(t) else {}
                self.known.setdefault(t, []).append(place)
            else:
                self.arrived[t, place] = text
        return out

    def assigned(self, t: Tensor, place: Place) -> str:
        """The name that a function gives a value: one of its own where it also looks at what the name is around it."""
        outside = any(len(p) < len(place) and shared(p, place) == p for p in self.known.get(t, ()))
        return self.names.free(self.names.of(t)) if outside else self.names.of(t)

    within: frozenset[Tensor] = frozenset()  # what is looked at in the function being written

    def branch(self, item: Branch, place: Place) -> Lines:
        key, outs = id(item), self.outs(item, place)
        awaited = key in self.listing.awaited
        given = [self.assigned(t, place) for t in outs]
        targets = given + [self.names.done(key)] * awaited
        if not targets:
            return []
        pred = self.names.of(item.pred)
        base, call, scope = self.called(next((found[1] for t in outs for found in [re.fullmatch(r"(.*)/Merge(_\d+)?", t.op.name)] if found), ""), "cond")
        labels = {"then": self.names.free(f"{base}_{'true' if item.value else 'false'}"),
                  "other": self.names.free(f"{base}_{'false' if item.value else 'true'}")}  # fmt: skip
        lines: Lines = []
        outer = self.names.scope, self.within
        for which, block in sides(item):
            self.names.scope = scope
            self.within = frozenset(x for inner in block for u in self.listing.inside(inner) for x in self.listing.reads(u))
            lines += [f"def {labels[which]}():", *_indented(self.side(item, which, block, (place, outs)))]
        (self.names.scope, self.within), self.names.here = outer, place
        for t, name in zip(outs, given, strict=True):
            self.known.setdefault(t, []).append(place)
            self.names.local |= {t: name} if name != self.names.of(t) else {}
        true, false = (labels["then"], labels["other"])[:: 1 if item.value else -1]
        return [*lines, f"{', '.join(targets)} = tf.cond({pred}, {true}, {false}{call})"]

    def outs(self, item: Branch, place: Place) -> list[Tensor]:
        """What comes out of a branch: the Merges that it ends in, then what is looked at outside beside them."""
        merges = dict.fromkeys(u.op for u in self.listing.inside(item) if u.arrival is not None and len(self.listing.places[u.op]) <= len(place))
        return [*(t for m in merges for t in self.outputs(m)), *(t for t in self.listing.values.get(id(item), ()) if t.op not in merges)]

    def side(self, item: Branch, which: str, block: list[Any], around: tuple[Place, list[Tensor]]) -> Lines:
        place, outs = around
        inner = (*place, Side(id(item), which))
        local = self.names.local.copy()
        lines = self.block(block, inner)
        results = [self.result(t, inner) for t in outs]
        if id(item) in self.listing.awaited:
            waits = [self.names.after(c) for c in self.listing.awaited[id(item)] if self.listing.places[c][len(place)] == inner[-1]]
            lines += [f"with tf.control_dependencies([{', '.join(waits)}]):", "    done = tf.constant(True)"] if waits else []
            results.append("done" if waits else "tf.constant(True)")
        self.names.local = local
        listed = ", ".join(results)
        return [*lines, f"return {listed}" if len(results) == 1 else f"return [{listed}]"]

    def result(self, t: Tensor, inner: Place) -> str:
        """What a side returns for something that comes out of the branch."""
        own = self.listing.places[t.op]
        if t.op.type in regions.MERGE and (t, inner) in self.arrived:
            return self.arrived[t, inner]
        if shared(own, inner) == inner or any(shared(p, inner) == p for p in self.known.get(t, ())):
            return self.names.of(t)
        if t.dtype.base_dtype.name == "resource":
            raise ValueError(f"{t.name} comes out of one side of a branch only: it has no value on the other.")
        return f"tf.zeros({t.shape.as_list() if t.shape.is_fully_defined() else []}, tf.{t.dtype.base_dtype.name})"

    # -- loops --------------------------------------------------------------------------------------------------------
    def cycle(self, item: Cycle, place: Place) -> Lines:
        names, merges = self.names, self.listing.loops[item.frame]
        params = [names.op(m) for m in merges]
        enters = [self.listing.starts[m] for m in merges]
        starts = [names.of(e.inputs[0]) for e in enters]
        base, call, scope = self.called(item.frame.rpartition("/")[0], "while")
        test, body = names.free(f"{base}_test"), names.free(f"{base}_body")
        outer = names.scope, self.within
        names.scope, self.within = scope, frozenset()
        head = self.block(item.head, (*place, Side(id(item), "head")))
        again = names.of(item.again.pred) if item.again.value else f"tf.logical_not({names.of(item.again.pred)})"
        lines = [f"def {test}({', '.join(params)}):", *_indented([*head, f"return {again}"])]
        turn = [*(head if id(item) in self.listing.repeated else []), *self.block(item.body, (*place, Side(id(item), "body")))]
        results = [self.following(m, turn) for m in merges]
        turn.append(f"return [{', '.join(results)}]")
        lines += [f"def {body}({', '.join(params)}):", *_indented(turn)]
        (names.scope, self.within), names.here = outer, place
        call = self.invariants(merges, enters) + call
        return [*lines, f"{', '.join(params)} = tf.while_loop({test}, {body}, [{', '.join(starts)}]{call})"]

    def following(self, merge: Operation, lines: Lines) -> str:
        """A variable's value for the next time round; what that has to wait for is added to the lines."""
        onward = next(x.op for x in merge.inputs if x.op.type in regions.NEXT)
        value, waits = self.names.of(onward.inputs[0]), self.names.waits(onward)
        if not waits:
            return value
        name = self.names.free(f"{value}_next")
        lines += [f"with tf.control_dependencies([{', '.join(waits)}]):", f"    {name} = tf.identity({value})"]
        return name

    def invariants(self, merges: list[Operation], enters: list[Operation]) -> str:
        """The shapes that a loop's variables keep, where they are not those of the start."""
        kept = [m.outputs[0].shape.sizes for m in merges]
        if kept == [e.inputs[0].shape.sizes for e in enters]:
            return ""
        return f", shape_invariants=[{', '.join(f'tf.TensorShape({n if n is None else list(n)})' for n in kept)}]"

    def called(self, scope: str, otherwise: str) -> tuple[str, str, str]:
        """Of a branch or loop: a word for its functions, the argument that gives its name, and the scope of its nodes."""
        inner = scope.removeprefix(self.names.scope) if scope.startswith(self.names.scope) else ""
        if not inner:
            return otherwise, "", ELSEWHERE
        word = re.sub(r"\W", "_", inner.rpartition("/")[2])
        return word if word.isidentifier() else otherwise, f", name={inner!r}", f"{scope}/"


def _indented(lines: Lines) -> Lines:
    return [f"    {part}" for line in lines for part in line.split("\n")]
