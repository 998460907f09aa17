"""Which operations are drawn as one: a reader meets a variable, not the four operations that TensorFlow makes of it.

    owners(graph.get_operations())     {v: v, v/Assign: v, v/read: v, v/initial_value: v, Sum/reduction_indices: Sum, ...}

Also what kind of thing each operation is; every view and the legend use these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tfnb.core.graph import GraphKeys, Operation
from tfnb.core.rules import HostInts

__all__ = ["VARIABLES", "is_initial", "kind_of", "owners", "parameters", "short_type", "slot_scope", "trainable_names"]

VARIABLES = ("VariableV2", "Variable", "VarHandleOp")
_GRADIENT_SCOPE = re.compile(r"^gradients(_\d+)?(/|$)")
_SAME_WORD = {"AddV2": "Add", "BatchMatMulV2": "BatchMatMul", "ConcatV2": "Concat", "PlaceholderWithDefault": "Placeholder"}
_INITIAL = re.compile(r"/(initial_value|Initializer)(/|$)")


def short_type(op: Operation) -> str:
    """An op's type as a student says it: Add for AddV2."""
    return _SAME_WORD.get(op.type, op.type)


def kind_of(op: Operation, trainable: set[str] | None = None) -> str:
    """One of placeholder, constant, variable, fixed (a variable no optimizer changes), gradient, update, group, op."""
    if op.type.startswith("Placeholder"):
        return "placeholder"
    if op.type in VARIABLES:
        return "variable" if trainable is None or op.name in trainable else "fixed"
    if op.type == "Const":
        return "constant"
    if op.type == "NoOp":
        return "group"
    if getattr(op.definition, "writes", False):
        return "update"
    if op.forward is not None or _GRADIENT_SCOPE.match(op.name):
        return "gradient"
    return "op"


def trainable_names(ops: Sequence[Operation]) -> set[str] | None:
    """Names of the variables that optimizers change; None when the graph keeps no such list."""
    if not ops:
        return set()
    graph = ops[0].graph
    if not graph.variables:
        return None
    listed = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    return {v.op.name for v in listed}


def parameters(op: Operation) -> int:
    """How many numbers a variable holds; 0 where its shape is not known."""
    return (op.outputs[0].shape.num_elements() or 0) if op.type in VARIABLES and op.outputs else 0


def is_initial(op: Operation) -> bool:
    """Whether an operation only computes or assigns a variable's initial value."""
    return bool(_INITIAL.search(op.name)) or op.type in ("Assign", "AssignVariableOp") and op.name.endswith("/Assign")


def owners(ops: Iterable[Operation], keep: Iterable[Operation] = ()) -> dict[Operation, Operation]:
    """For every operation the one that stands for it in a picture; `keep` are never folded away."""
    ops = list(ops)
    kept, owner = set(keep), {op: op for op in ops}
    users = _Users(ops)
    for op in ops:
        if op.type in VARIABLES:
            for part in _variable_parts(op, users):
                owner[part] = op if part not in kept else part
    for op in ops:
        if op.type == "Const" and op not in kept and owner[op] is op:
            readers = users[op]
            if len(readers) == 1 and not op.control_inputs and _is_setting(op, readers[0]):
                owner[op] = owner[readers[0]]
    return owner


class _Users(dict[Operation, list[Operation]]):
    """Of an operation those that need its values or wait for it; looked up for the few that are asked for."""

    def __init__(self, ops: list[Operation]) -> None:
        self._known = set(ops)
        self._after: dict[Operation, list[Operation]] = {}
        for op in ops:
            for before in op.control_inputs:
                self._after.setdefault(before, []).append(op)

    def __missing__(self, op: Operation) -> list[Operation]:
        found = [c for t in op.outputs for c in t._consumers if c in self._known] + self._after.get(op, [])
        self[op] = list(dict.fromkeys(found))
        return self[op]


def _variable_parts(variable: Operation, users: _Users) -> list[Operation]:
    """The read, the first assignment and what only computes the initial value."""
    prefix, parts = variable.name + "/", []
    for user in users[variable]:
        inside = user.name.startswith(prefix)
        if inside and user.type in ("Identity", "Assign", "ReadVariableOp", "AssignVariableOp", "VarIsInitializedOp"):
            parts.append(user)
            if user.type.startswith("Assign") and len(user.inputs) > 1:
                parts += _only_for(user, user.inputs[1].op, users)
    return parts


def _only_for(user: Operation, start: Operation, users: _Users) -> list[Operation]:
    """Ancestors of `user` from `start` on that nothing else needs; placeholders and variables stay visible."""
    found: dict[Operation, None] = {user: None}
    stack = [start]
    while stack:
        op = stack.pop()
        if op in found or op.type.startswith("Placeholder") or op.type in VARIABLES:
            continue
        if any(u not in found for u in users[op]):
            continue
        found[op] = None
        stack += [x.op for x in op.inputs] + op.control_inputs
    return [op for op in found if op is not user]


def _is_setting(const: Operation, reader: Operation) -> bool:
    """Whether a constant only says how its reader works: an axis, a shape, a permutation."""
    params = reader.definition.params
    if not params:
        return False
    rules = [params[min(i, len(params) - 1)].rule for i, x in enumerate(reader.inputs) if x.op is const]
    return bool(rules) and all(isinstance(r, HostInts) for r in rules)


def slot_scope(variable: Operation, variables: set[str]) -> str | None:
    """The scope of the optimizer that keeps this variable for itself (a momentum, a power of beta), else None.

    TensorFlow names a slot after the variable that it belongs to: `hidden/W/Momentum`.
    """
    parts = variable.name.split("/")
    is_slot = any("/".join(parts[:n]) in variables for n in range(1, len(parts)))
    if not is_slot and not re.search(r"(^|/)beta[12]_power(_\d+)?$", variable.name):
        return None
    for user in variable.outputs[0].consumers():
        if getattr(user.definition, "writes", False) and not user.name.startswith(variable.name + "/"):
            return user.name.split("/")[0] if "/" in user.name else None
    for read in variable.outputs[0].consumers():
        for user in read.outputs[0].consumers() if read.type == "Identity" else ():
            if getattr(user.definition, "writes", False) and "/" in user.name:
                return user.name.split("/")[0]
    return None
