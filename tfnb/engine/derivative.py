"""The chain rule in numbers, at one edge of a stepped run: what the op's gradient does, and whether differences agree.

    card = chain_rule(stepper, "hidden/Relu", 0)       the edge from the op's input 0 to the op
    card.upstream  dL/dy    card.jacobian  dy/dx    card.downstream  dL/dx    card.numeric  dL/dx by differences    card.passed

The op alone is built again in a graph of its own, in float64 where it can be, and its gradient rule is asked there.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Graph, Operation, Tensor
from tfnb.engine.session import Session
from tfnb.engine.stepper import Stepper
from tfnb.gradients import gradients, rule_of

__all__ = ["LocalDerivative", "chain_rule", "formula"]

JACOBIAN = 1024  # elements of a Jacobian that is shown in full
CHECKED = 64  # elements of x that are moved for the check
RTOL, ATOL = {"float64": 1e-4, "float32": 2e-2}, {"float64": 1e-6, "float32": 2e-3}


class LocalDerivative(NamedTuple):
    """One edge of the backward pass. `jacobian` is None where it is large, `upstream` is ones where the run has none.

    Arrays have the shapes of y (`upstream`), x (`downstream`) and y.shape + x.shape (`jacobian`). `numeric` holds NaN
    where an element was not tried. `kinks` are elements of x where the slopes of the two sides differ: no check there.
    """

    op: str
    type: str
    input: str
    output: str
    formula: str
    source: str
    upstream: np.ndarray
    given: bool
    downstream: np.ndarray | None
    jacobian: np.ndarray | None
    numeric: np.ndarray | None
    kinks: int
    error: float
    tolerance: float
    passed: bool
    note: str = ""

    def __str__(self) -> str:
        if self.downstream is None:
            return f"{self.input} -> {self.output} ({self.type}): {self.note}"
        verdict = "differences agree" if self.passed else "DIFFERENCES DISAGREE"
        return f"d {self.output} / d {self.input} ({self.type}): {self.formula}; {verdict}, largest error {self.error:.2g}"


def chain_rule(stepper: Stepper, node: Operation | str, input: int = 0, output: int | None = None) -> LocalDerivative:
    """The local derivative of an op of the run with respect to one of its inputs, at the values of the run so far.

    A backward node stands for the forward op that it was made for. Raises ValueError where a value is not there yet.

    >>> x = tf.constant([3.0, -1.0], name="x")
    >>> y = tf.square(x, name="y")
    >>> run = sess.step(tf.gradients(y, x))
    >>> run.last()
    >>> card = tf.chain_rule(run, "y")
    >>> card.downstream, card.passed
    (array([ 6., -2.]), True)
    """
    op = stepper.program.graph.get_operation_by_name(node) if isinstance(node, str) else node
    op = op.forward or op
    if not 0 <= input < len(op.inputs):
        raise ValueError(f"{op.name} has {len(op.inputs)} inputs; there is no input {input}.")
    values = [_value(stepper, x) for x in op.inputs]
    place = output if output is not None else _differentiable(op)
    if place is None or not op.inputs[input].dtype.is_floating:
        return _without(op, input, place or 0, "Whole numbers have no derivative." if place is not None else "None of its results has a gradient.")
    dy = _upstream(stepper, op, place)
    try:
        return _at(op, input, place, values, dy)
    except (LookupError, TypeError, ValueError) as e:
        return _without(op, input, place, str(e).split("\n")[0])


def formula(op: Operation, input: int = 0) -> tuple[str, str]:
    """What the op's gradient rule returns for one input, as text, and the whole rule's source."""
    try:
        rule = rule_of(op)
    except LookupError:
        rule = None
    if rule is None:
        return "", ""
    try:
        source = textwrap.dedent(inspect.getsource(rule))
        tree = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return "", ""
    returns = [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    if not returns:
        return "", source
    value = returns[-1].value
    if isinstance(value, (ast.Tuple, ast.List)) and input < len(value.elts) and not any(isinstance(e, ast.Starred) for e in value.elts):
        value = value.elts[input]
    return ast.unparse(value) if value is not None else "", source


def _value(stepper: Stepper, x: Tensor) -> np.ndarray:
    from tfnb.engine.program import value_name

    value = stepper.held(value_name(stepper.program, x))
    if value is None and x.op.type == "Const":
        value = x.op.value
    if value is None:
        raise ValueError(f"{x.name} has no value yet: run past it first.")
    return np.asarray(value)


def _differentiable(op: Operation) -> int | None:
    return next((t.value_index for t in op.outputs if t.dtype.is_floating), None)


def _upstream(stepper: Stepper, op: Operation, place: int) -> np.ndarray | None:
    """The gradient of the op's output in this run, by its first backward pass: what its backward nodes take from those of the ops behind it."""
    y = op.outputs[place]
    own = {i.op for i in stepper.program.instructions if i.op.forward is op}
    found: dict[Tensor, None] = {}
    for node in own:
        for x in node.inputs:
            later = x.op not in own and (x.op.forward is not None or "gradients" in x.op.name) and x.op.forward is not op
            if later and x.dtype is y.dtype.base_dtype and x.op.type != "Const" and x.shape.is_compatible_with(y.shape):
                found[x] = None
    values = (stepper.held(stepper.program.names.get(x, "")) for x in found)  # more than one where the run has several backward passes
    return next((np.asarray(v) for v in values if v is not None), None)


def _without(op: Operation, input: int, place: int, note: str) -> LocalDerivative:
    text, source = formula(op, input)
    output = op.outputs[place].name if op.outputs else op.name
    empty = np.zeros(0)
    return LocalDerivative(op.name, op.type, op.inputs[input].name, output, text, source, empty, False, None, None, None, 0, 0.0, 0.0, False, note)


class _Local:
    """The op alone: y as a function of x, and its vector-Jacobian product, both on NumPy."""

    def __init__(self, op: Operation, input: int, place: int, values: list[np.ndarray], dtype: Any) -> None:
        wide = lambda v: v.astype(dtype) if v.dtype.kind == "f" else v
        with Graph().as_default() as graph:
            from tfnb.ops.sources import constant, placeholder

            xs = []
            for i, (x, v) in enumerate(zip(op.inputs, values, strict=True)):
                is_moved = i == input
                xs.append(placeholder(wide(v).dtype, v.shape) if is_moved else constant(wide(v), x.dtype.base_dtype if v.dtype.kind != "f" else None))
            made = op.definition.node(tuple(xs), dict(op.attrs))
            made.gradient_override = op.gradient_override
            self.x, self.y = xs[input], made.outputs[place]
            self.dy = placeholder(self.y.dtype.base_dtype, self.y.shape)
            self.dx = gradients(self.y, self.x, grad_ys=self.dy)[0]
        self.session = Session(graph=graph)

    def function(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.session.run(self.y, {self.x: x}))

    def product(self, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
        if self.dx is None:
            return np.zeros_like(x)
        from tfnb.core.op import convert_to_tensor

        with self.session.graph.as_default():
            dx = convert_to_tensor(self.dx)
        return np.asarray(self.session.run(dx, {self.x: x, self.dy: dy}))


def _built(op: Operation, input: int, place: int, values: list[np.ndarray]) -> tuple[_Local, str]:
    """The op alone, in double precision where its kernel takes that."""
    try:
        local = _Local(op, input, place, values, np.float64)
        if local.y.dtype.name == "float64":
            local.function(values[input].astype(np.float64))
            return local, "float64"
    except (LookupError, TypeError, ValueError):
        pass
    return _Local(op, input, place, values, values[input].dtype), "float32"


def _at(op: Operation, input: int, place: int, values: list[np.ndarray], dy: np.ndarray | None) -> LocalDerivative:
    if op.definition.state or op.definition.writes:
        return _without(op, input, place, "It changes what the session keeps; it is no function of its inputs alone.")
    local, precision = _built(op, input, place, values)
    kind = np.float64 if precision == "float64" else values[input].dtype
    x = values[input].astype(kind)
    y = local.function(x)
    given = dy is not None and dy.shape == y.shape
    up = np.asarray(dy, kind) if given and dy is not None else np.ones(y.shape, kind)
    text, source = formula(op, input)
    names = (op.name, op.type, op.inputs[input].name, op.outputs[place].name, text, source)
    if local.dx is None:
        return _without(op, input, place, "The gradient rule gives none for this input.")
    down = local.product(x, up)
    jacobian = _jacobian(local, x, y) if x.size * y.size <= JACOBIAN else None
    numeric, kinks, tried = _differences(local.function, x, up, 1e-6 if precision == "float64" else 1e-2)
    tolerance = RTOL[precision] * max(float(np.abs(down[tried]).max(initial=0.0)), 1.0) + ATOL[precision]
    error = float(np.abs(numeric[tried] - down[tried]).max(initial=0.0))
    note = "" if given else "The run has no gradient of the result yet: dL/dy is taken as ones."
    return LocalDerivative(*names, up, given, down, jacobian, numeric, kinks, error, tolerance, bool(error <= tolerance), note)


def _jacobian(local: _Local, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    rows = [local.product(x, row.reshape(y.shape)) for row in np.eye(y.size, dtype=y.dtype)]
    return np.reshape(rows, (*y.shape, *x.shape))


def _differences(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, dy: np.ndarray, h: float) -> tuple[np.ndarray, int, np.ndarray]:
    """dL/dx by central differences; the number of kinks among the tried elements; which elements count."""
    numeric, used = np.full(x.shape, np.nan), np.zeros(x.shape, bool)
    chosen = range(x.size) if x.size <= CHECKED else np.random.default_rng(0).choice(x.size, CHECKED, replace=False)
    middle = f(x)
    kinks = 0
    for i in chosen:
        at = np.unravel_index(i, x.shape)
        step = h * max(1.0, abs(float(x[at])))
        sides = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * step
            sides.append(float(np.sum((f(moved) - middle) * dy)) / (sign * step))
        right, left = sides
        numeric[at] = (right + left) / 2
        is_kink = abs(right - left) > 0.1 * max(abs(right), abs(left), 1e-3)
        kinks += is_kink
        used[at] = not is_kink
    return numeric, kinks, used
