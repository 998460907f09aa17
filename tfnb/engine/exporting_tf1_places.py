"""Where the nodes of a run with branches and loops stand in a listing: in which function of a tf.cond or tf.while_loop.

    Listing(nodes, fed).tree          the blocks of nesting.py, branches of one condition together where nothing keeps them apart
    listing.values[id(branch)]        what is made in a branch and looked at elsewhere: its function has to return it

What TensorFlow's functions make themselves (Switch, Enter, the Identities of a loop's variables) has no place.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any, NamedTuple

from tfnb.core.graph import Operation, Tensor
from tfnb.engine import regions
from tfnb.engine.nesting import Branch, Cycle, nest
from tfnb.engine.program import no_line
from tfnb.engine.regions import Unit

__all__ = ["Listing", "Place", "Side", "shared", "sides"]


class Side(NamedTuple):
    """One function of a branch (then, other) or of a loop (head, body)."""

    item: int  # its id
    which: str


Place = tuple[Side, ...]


class Listing:
    """What is known of the nodes of a run with branches and loops: where each stands, and what has to come out of a branch."""

    def __init__(self, nodes: set[Operation], fed: set[Tensor]) -> None:
        self.fed = fed
        units = [u for u in regions.schedule(nodes, fed) if not no_line(u) and not self._is_parameter(u.op)]
        self.units = self._with_constants_for_all(units)
        self.tree = self._together(nest([u.path for u in self.units]))
        self.places: dict[Operation, Place] = {}
        self.items: dict[int, Any] = {}
        self.loops: dict[str, list[Operation]] = {}  # the Merges of each frame
        self.starts: dict[Operation, Operation] = {}  # the Enter of each of them
        self.values: dict[int, dict[Tensor, None]] = {}  # of each branch: what is looked at outside of it
        self.awaited: dict[int, dict[Operation, None]] = {}  # of each branch: what is waited for outside of it
        self.repeated: set[int] = set()  # loops whose body looks at what the test computes
        self._locate(self.tree, ())
        self._look_outside(self.tree, ())

    # -- what a tensor is called by --------------------------------------------------------------------------------
    def _is_parameter(self, op: Operation) -> bool:
        """The Identity by which a loop's body gets a variable of the loop: a parameter of the function."""
        x = op.inputs[0] if op.type == "Identity" and op.inputs[0] not in self.fed else None
        return x is not None and x.op.type in regions.SWITCH and regions.is_loop_merge(x.op.inputs[0].op)

    def origin(self, tensor: Tensor) -> Tensor:
        """The tensor that a node of the listing makes and whose value this one has."""
        found = regions.source(tensor, self.fed)
        while found not in self.fed and self._is_parameter(found.op):
            found = regions.source(found.op.inputs[0], self.fed)
        return found

    def _with_constants_for_all(self, units: list[Unit]) -> list[Unit]:
        """The units with those constants first that are looked at outside of the branch or loop they stand in."""
        own = {u.op: u.path for u in units if u.op.type == "Const" and u.path}
        roaming = {x.op for u in units for x in self.reads(u) if x.op in own and u.path[: len(own[x.op])] != own[x.op]}
        return [*(u._replace(path=()) for u in units if u.op in roaming), *(u for u in units if u.op not in roaming)]

    def reads(self, unit: Unit) -> list[Tensor]:
        given = unit.op.inputs if unit.arrival is None else [unit.op.inputs[unit.arrival]]
        return [self.origin(x) for x in given]

    def waits(self, op: Operation) -> list[Operation]:
        """What an operation waits for besides its inputs; what makes a branch or a loop wait, TensorFlow adds itself."""
        out: dict[Operation, None] = {}
        for c in map(self._after, op.control_inputs if op.type not in regions.ENTER else ()):
            if c in self.places and (c not in self.starts or not self._within(op, c)):
                out[c] = None
        return list(out)

    def _after(self, op: Operation) -> Operation:
        return self.origin(op.outputs[0]).op if op.type in regions.EXIT else op

    def _within(self, op: Operation, merge: Operation) -> bool:
        """Whether an operation is inside of the loop that a variable belongs to."""
        at, loop = self.places.get(op, ()), self.places[merge]
        frame = self.starts[merge].attrs["frame_name"]
        inner = at[len(loop)] if len(at) > len(loop) and at[: len(loop)] == loop else None
        return inner is not None and getattr(self.items[inner.item], "frame", "") == frame

    # -- one condition, one branch -----------------------------------------------------------------------------------
    def _together(self, block: list[Any]) -> list[Any]:
        """Branches of one condition that nothing keeps apart, as one."""
        block = [self._inner(item) for item in block]
        i = 0
        while i < len(block):
            j = next((j for j in range(i + 1, len(block)) if _same_condition(block[i], block[j])), None)
            between = block[i + 1 : j] if j is not None else []
            if j is None:
                i += 1
            elif not any(self._uses(b) & self._makes(block[i]) for b in between):
                block[j : j + 1] = [self._inner(_joined(block[i], block[j]))]
                del block[i]
            elif not any(self._uses(block[j]) & self._makes(b) for b in between):
                block[i] = self._inner(_joined(block[i], block[j]))
                del block[j]
            else:
                i += 1
        return block

    def _inner(self, item: Any) -> Any:
        if isinstance(item, Branch):
            return item._replace(then=self._together(item.then), other=self._together(item.other))
        return item._replace(head=self._together(item.head), body=self._together(item.body)) if isinstance(item, Cycle) else item

    def inside(self, item: Any) -> Iterable[Unit]:
        """All units of an item of the tree."""
        if isinstance(item, int):
            yield self.units[item]
            return
        for block in item[2:4] if isinstance(item, Branch) else (item.head, item.body):
            for inner in block:
                yield from self.inside(inner)

    def _makes(self, item: Any) -> set[Operation]:
        made = {u.op for u in self.inside(item)}
        return made | {c for op in made if op.type in regions.ENTER for c in op.outputs[0].consumers()}

    def _uses(self, item: Any) -> set[Operation]:
        units = list(self.inside(item))
        tests = {self.origin(s.pred).op for u in units for s in u.path if isinstance(s, regions.Literal)}
        return {x.op for u in units for x in self.reads(u)} | {self._after(c) for u in units for c in u.op.control_inputs} | tests

    # -- where each node stands, and what has to be known elsewhere -----------------------------------------------------
    def _locate(self, block: list[Any], place: Place) -> None:
        for item in block:
            if isinstance(item, int):
                self._put(self.units[item], place)
                continue
            self.items[id(item)] = item
            for which, inner in sides(item):
                self._locate(inner, (*place, Side(id(item), which)))

    def _put(self, unit: Unit, place: Place) -> None:
        op = unit.op
        if unit.arrival is not None:  # a Merge is known where all that arrives at it is
            self.places[op] = shared(self.places.get(op, place), place)
        elif op.type in regions.ENTER:
            merge = next(c for c in op.outputs[0].consumers() if c.type in regions.MERGE)
            self.places[merge], self.starts[merge] = place, op
            self.loops.setdefault(op.attrs["frame_name"], []).append(merge)
        elif op.type not in regions.NEXT:
            self.places[op] = place

    def _look_outside(self, block: list[Any], place: Place) -> None:
        for item in block:
            if isinstance(item, int):
                unit = self.units[item]
                for x in self.reads(unit):
                    self.need(x, place)
                for c in self.waits(unit.op):
                    self.need(c, place)
                continue
            cycle = isinstance(item, Cycle)
            self.need(self.origin(item.again.pred if cycle else item.pred), (*place, Side(id(item), "head")) if cycle else place)
            for which, inner in sides(item):
                self._look_outside(inner, (*place, Side(id(item), which)))

    def need(self, thing: Tensor | Operation, place: Place) -> None:
        """Sees to it that what stands in a branch is known at a place outside of it."""
        found = self.hidden(thing, place)
        if found is None:
            return
        own, n = self.places[_op(thing)], found
        item = self.items[own[n].item]
        if isinstance(item, Cycle):
            raise ValueError(f"{_op(thing).name} has a value inside of the loop {item.frame} only.")
        known: dict[Any, None] = (self.values if isinstance(thing, Tensor) else self.awaited).setdefault(id(item), {})
        known[thing] = None
        self.need(thing, own[: n + 1])

    def hidden(self, thing: Tensor | Operation, place: Place) -> int | None:
        """At which depth of its own place something is in a function that a place is not in; None where it is known."""
        own = self.places.get(_op(thing), ())
        n = len(shared(own, place))
        if n == len(own):
            return None
        if n == len(own) - 1 and own[n].which == "head" and len(place) > n and place[n] == Side(own[n].item, "body"):
            self.repeated.add(own[n].item)
            return None
        return n


def sides(item: Branch | Cycle) -> tuple[tuple[str, list[Any]], ...]:
    """The blocks of an item by the names of their sides."""
    return (("then", item.then), ("other", item.other)) if isinstance(item, Branch) else (("head", item.head), ("body", item.body))


def _op(thing: Tensor | Operation) -> Operation:
    return thing.op if isinstance(thing, Tensor) else thing


def shared(a: Place, b: Place) -> Place:
    return tuple(x for x, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _same_condition(a: Any, b: Any) -> bool:
    return isinstance(a, Branch) and isinstance(b, Branch) and a.pred is b.pred


def _joined(a: Branch, b: Branch) -> Branch:
    then, other = (b.then, b.other) if a.value == b.value else (b.other, b.then)
    return a._replace(then=[*a.then, *then], other=[*a.other, *other])
