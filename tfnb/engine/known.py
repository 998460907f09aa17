"""What is known of a step's values once the shapes of its arguments are: shapes, constants, arrays of one number.

    known = Known(program, code, {"x": (32, 3), "w": (3,)}, xp)
    known.visit(instruction, statement)     in order; then known.shape["h"], known.value.get("n"), known.uniform("ones")
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.rules import Call, ShapeError
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.core.static import static_value
from tfnb.engine.codegen import Code
from tfnb.engine.passes import computed
from tfnb.engine.program import Instruction, Program, variable_of, written

__all__ = ["COMPACT", "Known"]

COMPACT = frozenset("Abs Add AddV2 Exp Log Maximum Minimum Mul Neg RealDiv Sqrt Square SquaredDifference Sub Tanh".split())
"""Ops that work element by element and give a new array without gaps."""

_REPEATS = ("SpreadLike", "Fill", "Tile", "BroadcastTo", "Reshape")  # of one number, they give that number everywhere
_BINARY = ("Add", "AddV2", "Sub", "Mul", "RealDiv")

Shape = tuple[int, ...]


class Known:
    """Follows a step line by line, without running it: only what depends on constants and shapes is computed."""

    def __init__(self, program: Program, code: Code, arguments: dict[str, Shape], xp: Any) -> None:
        self.program = program
        self.fed = set(program.feeds)
        self.shape: dict[str, Shape] = {k: np.shape(v) for k, v in program.constants.items()} | arguments
        self.value: dict[str, Any] = dict(program.constants)
        self.scope: dict[str, Any] = {**code.env, "xp": xp}
        self.plain: set[str] = set()  # values whose elements lie one after the other, in C's order
        self._repeated: dict[str, Any] = {}  # by name, the number that an array not computed is full of

    def name(self, tensor: Tensor) -> str:
        """What the step calls a tensor's value: for what is read from a variable, the variable's name."""
        variable = None if tensor in self.fed else variable_of(tensor)
        return self.program.names.get(tensor if variable is None else variable.outputs[0], "")

    def names(self, ins: Instruction) -> list[str]:
        """The names of an instruction's inputs."""
        return [self.name(x) for x in ins.op.inputs]

    def visit(self, ins: Instruction, statement: str) -> None:
        """Takes notice of what an instruction gives."""
        self._note_shapes(ins)
        values = self._shape_asked(ins) or computed(self.program, ins, statement, set(self.value), self.scope)
        if values is not None:
            self.value.update(zip(ins.names, values, strict=True))
            self.scope.update(zip(ins.names, values, strict=True))
            self.shape.update((n, np.shape(v)) for n, v in zip(ins.names, values, strict=True))
        elif (number := self._number(ins)) is not None:
            self._repeated[ins.name] = number
        if self._is_plain(ins):
            self.plain.add(ins.name)

    # -- shapes -------------------------------------------------------------------------------------------------
    def _note_shapes(self, ins: Instruction) -> None:
        op = ins.op
        shapes = self._inferred(ins)
        for t in op.outputs:
            if (name := self.program.names.get(t)) in ins.names and name:
                self._note(name, shapes[t.value_index] if t.value_index < len(shapes) else None)
        for i, variable in enumerate(written(op)):
            is_first = i == 0 and bool(op.outputs) and op.outputs[0].dtype.is_ref
            self._note(self.program.names[variable.outputs[0]], shapes[0] if is_first and shapes else None)

    def _inferred(self, ins: Instruction) -> list[TensorShape]:
        op = ins.op
        if not op.outputs:
            return []
        found = [self.shape.get(n) for n in self.names(ins)]
        call = Call([unknown_shape() if s is None else TensorShape.of(s) for s in found], op.inputs, op.attrs, self._value_of)
        try:
            return op.definition.infer(call)  # type: ignore[no-any-return]
        except (ShapeError, TypeError, ValueError, IndexError):  # it fails in the run, where there is a place to say so
            return []

    def _value_of(self, tensor: Tensor) -> Any:
        name = self.name(tensor)
        if name in self.value:
            return np.asarray(self.value[name])
        return None if tensor in self.fed else static_value(tensor)

    def _note(self, name: str, shape: TensorShape | None) -> None:
        sizes = None if shape is None else shape.sizes
        self.value.pop(name, None)
        self.plain.discard(name)
        self._repeated.pop(name, None)
        if sizes is None or None in sizes:
            self.shape.pop(name, None)
        else:
            self.shape[name] = tuple(sizes)  # type: ignore[arg-type]

    def _shape_asked(self, ins: Instruction) -> list[Any] | None:
        """The value of a node that asks for a shape that is known."""
        op = ins.op
        if op.type not in ("Shape", "Rank", "Size") or op.outputs[0] in self.fed or not ins.names:
            return None
        shape = self.shape.get(self.name(op.inputs[0]))
        if shape is None:
            return None
        kind: Any = op.outputs[0].dtype.np
        return [np.array(shape, kind) if op.type == "Shape" else kind(len(shape) if op.type == "Rank" else math.prod(shape))]

    # -- arrays that are full of one number ------------------------------------------------------------------------
    def uniform(self, name: str) -> Any:
        """The number that all elements of a value are, as a scalar of its dtype; None where there is no such."""
        if name in self._repeated:
            return self._repeated[name]
        value = self.value.get(name)
        if value is None or getattr(value, "dtype", np.dtype(object)).kind not in "fiu" or not np.size(value):
            return None
        flat = np.ravel(value)
        return flat[0] if flat.tobytes() == flat[:1].tobytes() * flat.size else None

    def _number(self, ins: Instruction) -> Any:
        op, names = ins.op, self.names(ins)
        if len(ins.names) != 1 or ins.name not in self.shape or op.outputs[0] in self.fed:
            return None
        if op.type in _REPEATS and op.inputs:
            return self.uniform(names[1 if op.type == "Fill" else 0])
        if op.type in _BINARY:
            x, y = map(self.uniform, names)
            if x is None or y is None or op.type == "RealDiv" and x.dtype.kind != "f":
                return None
            with np.errstate(all="ignore"):
                return x + y if op.type in ("Add", "AddV2") else x - y if op.type == "Sub" else x * y if op.type == "Mul" else x / y
        return None

    # -- how elements lie -------------------------------------------------------------------------------------------
    def _is_plain(self, ins: Instruction) -> bool:
        """Whether the result is known to lie in C's order, whatever the arguments do."""
        op, shape = ins.op, self.shape.get(ins.name)
        if shape is None or len(ins.names) != 1:
            return False
        if op.type == "MatMul":
            return True
        if op.type not in COMPACT:
            return False
        names = self.names(ins)
        wide = [n for n in names if n not in self.shape or _axes(self.shape[n]) > 1]
        return _axes(shape) <= 1 or bool(wide) and all(n in self.plain and self.shape[n] == shape for n in wide)


def _axes(shape: Shape) -> int:
    """How many axes have more than one place."""
    return sum(n != 1 for n in shape)
