"""Reverse mode: the gradient of a graph is more graph.

    dx, dw = gradients(loss, [x, w])

Walks from `ys` back to `xs`, asks each op's gradient rule for the gradients of its inputs and adds up
where a tensor was used more than once (Griewank and Walther, Evaluating Derivatives, chapter 3).
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tfnb.core import where
from tfnb.core.errors import teach
from tfnb.core.garbage import kept_alive
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.ops import elementwise
from tfnb.ops.sources import tuple as gate

__all__ = ["AggregationMethod", "NoGradient", "NotDifferentiable", "RegisterGradient", "UnconnectedGradients", "gradients", "hessians"]

_overrides: dict[str, Callable[..., Any]] = {}


class AggregationMethod:
    """Ways to add gradients up; tfnb always uses AddN.

    >>> tf.AggregationMethod.ADD_N
    0
    """

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients:
    """What a gradient is where y does not depend on x.

    >>> x, y = tf.constant(1.0), tf.constant(2.0)
    >>> print(tf.gradients(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0].eval())
    0.0
    """

    NONE = "none"
    ZERO = "zero"


class RegisterGradient:
    """Registers a gradient `f(op, grad)` under a name, for `Graph.gradient_override_map`.

    >>> @tf.RegisterGradient("Doubled")
    ... def doubled(op, dy):
    ...     return 2 * dy
    >>> x = tf.constant(1.0)
    >>> with tf.get_default_graph().gradient_override_map({"Identity": "Doubled"}):
    ...     y = tf.identity(x)
    >>> print(tf.gradients(y, x)[0].eval())
    2.0
    """

    def __init__(self, op_type: str) -> None:
        self._name = op_type

    def __call__(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        if self._name in _overrides:
            raise KeyError(f"Registering two gradient with name '{self._name}'!")
        _overrides[self._name] = rule
        return rule


def NotDifferentiable(op_type: str) -> None:  # noqa: N802 - TensorFlow's name
    """Says that an op has no gradient on purpose.

    >>> tf.NoGradient("MyOp")
    """
    _overrides[op_type] = lambda node, *dys: [None] * len(node.inputs)


NoGradient = NotDifferentiable


class Options(NamedTuple):
    """How gradients are made. `gated`: those of one op are used once all of them are there, as optimizers ask for.

    `colocated`: they are computed on the device of the op that they are the gradients of.
    """

    gated: bool = False
    colocated: bool = False

    def near(self, op: Operation) -> contextlib.AbstractContextManager[None]:
        return op.graph.colocate_with(op) if self.colocated else contextlib.nullcontext()


def gradients(ys: Any, xs: Any, grad_ys: Any = None, name: str = "gradients", colocate_gradients_with_ops: bool = False,
              gate_gradients: bool = False, aggregation_method: Any = None, stop_gradients: Any = None,
              unconnected_gradients: Any = UnconnectedGradients.NONE) -> list[Any]:  # fmt: skip
    """d(sum of ys)/dx for each x, as new tensors; None for an x that no y depends on.

    Raises LookupError for an op on the way that has no gradient.

    >>> x = tf.constant(3.0)
    >>> print(*sess.run(tf.gradients(x * x, x)))
    6.0
    """
    if get_default_graph().eager:
        raise teach(RuntimeError("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."),
                    "with tf.GradientTape() as tape: y = ...   then   tape.gradient(y, x)")  # fmt: skip
    if unconnected_gradients not in (UnconnectedGradients.NONE, UnconnectedGradients.ZERO):
        raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}")
    ys, xs_listed = _listed(ys), _listed(xs)
    roots = [_source(y) for y in ys]
    targets = [_source(x) for x in xs_listed]
    stops = {_source(t) for t in _listed(stop_gradients)} if stop_gradients is not None else set()
    graph = roots[0].graph if roots else get_default_graph()
    for t in [*roots, *targets]:
        if t.graph is not graph:
            raise ValueError(f"{t} must be from the same graph as {roots[0]}.")
    with graph.as_default(), name_scope(name, "gradients"), _made_at(graph, where.here()), kept_alive():
        options = Options(gate_gradients, colocate_gradients_with_ops)
        if grad_ys is not None and len(_listed(grad_ys)) != len(roots):
            raise ValueError(f"Passed {len(_listed(grad_ys))} grad_ys for {len(roots)} ys")
        seeds = _seeds(roots, _listed(grad_ys) if grad_ys is not None else [None] * len(roots), options)
        base = None if graph.flow is None else graph.flow.while_context()
        found = _backward(roots, seeds, targets, stops, base, options)
    if unconnected_gradients == UnconnectedGradients.ZERO:
        from tfnb.ops.arrays import zeros_like

        found = [zeros_like(t) if g is None else g for g, t in zip(found, targets, strict=True)]
    return found


@contextlib.contextmanager
def _made_at(graph: Graph, place: where.Where | None) -> Iterator[None]:
    """Inside, what is made belongs to this line, without a search for it each time."""
    before, graph.made_at = graph.made_at, place
    try:
        yield
    finally:
        graph.made_at = before


def hessians(ys: Any, xs: Any, name: str = "hessians", **_: Any) -> list[Tensor]:
    """Second derivatives of the scalar `ys` with respect to each x of one axis or more; shape x.shape + x.shape.

    >>> x = tf.constant([1.0, 2.0])
    >>> print(tf.hessians(tf.reduce_sum(x**3), x)[0].eval())
    [[ 6.  0.]
     [ 0. 12.]]
    """
    from tfnb.ops import arrays

    out = []
    for y, x in zip(_listed(ys), _listed(xs), strict=False):
        first = arrays.reshape(gradients(y, x)[0], [-1])
        size = first.shape.as_list()[0]
        rows = [gradients(first[i], x)[0] for i in range(size)]
        out.append(arrays.reshape(arrays.stack(rows), x.shape.as_list() * 2))
    return out


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _source(value: Any) -> Tensor:
    """The tensor to differentiate by: a variable stands for the place it is read from."""
    value = getattr(value, "_ref_tensor", value)
    return value if isinstance(value, Tensor) else convert_to_tensor(value)


def _seeds(roots: list[Tensor], given: list[Any], options: Options = Options()) -> list[Any]:  # noqa: B008 - immutable
    from tfnb.ops import arrays

    out = []
    for i, (y, g) in enumerate(zip(roots, given, strict=True)):
        if g is None:
            if not (y.dtype.is_floating or y.dtype.is_complex or y.dtype.is_integer):
                raise TypeError(f"Gradients of tensors must be floating or integer, got {y.dtype.base_dtype.name}")
            with options.near(y.op):
                sizes = arrays.shape(y)
                out.append(arrays.fill(sizes, arrays.constant(1, y.dtype.base_dtype, name=f"grad_ys_{i}")))
        else:
            out.append(convert_to_tensor(g, y.dtype.base_dtype, name=f"grad_ys_{i}"))
    return out


def between(roots: Iterable[Tensor], targets: Iterable[Tensor], stops: set[Tensor], base: Any = None) -> set[Operation]:
    """The operations on a path from a target to a root; `base` is the loop whose body they are in, if any."""
    above: set[Operation] = set()
    stack = [y.op for y in roots]
    while stack:  # ancestors of the roots
        node = stack.pop()
        if node not in above:
            above.add(node)
            if base is None or not _is_border(node, base):
                stack += [x.op for x in node.inputs]
    reached: set[Operation] = {t.op for t in targets}
    stack = [c for t in targets if _carries(t) for c in t.consumers()]
    while stack:  # descendants of the targets among them
        node = stack.pop()
        if node in above and node not in reached:
            reached.add(node)
            stack += [c for t in node.outputs if t not in stops and _carries(t) for c in t.consumers()]
    path: set[Operation] = set()
    stack = [y.op for y in roots]
    while stack:  # of these, what a gradient from the roots can come to
        node = stack.pop()
        if node in reached and node in above and node not in path:
            path.add(node)
            stack += [x.op for x in node.inputs]
    return path


def _carries(t: Tensor) -> bool:
    """Whether a gradient passes through a tensor of this dtype: none through whole numbers, truth values and texts."""
    return t.dtype.is_floating or t.dtype.is_complex or t.dtype.base_dtype.name in ("resource", "variant")


def _is_border(node: Operation, loop: Any) -> bool:
    """Whether a node brings a value into a loop's body."""
    return node.flow is loop and (node.type in ("Enter", "RefEnter") or node.type == "Switch" and node.inputs[1].op.type == "LoopCond")


def _backward(roots: list[Tensor], seeds: list[Any], targets: list[Tensor], stops: set[Tensor], base: Any = None,
              options: Options = Options()) -> list[Any]:  # noqa: B008 - immutable
    """The gradients of the targets. A loop is one step of the walk; `base` is the loop whose body is walked, if any."""
    path = between(roots, targets, stops, base)
    loops = _loops(path, base)
    sums: dict[Tensor, list[Any]] = defaultdict(list)
    for y, dy in zip(roots, seeds, strict=True):
        sums[y].append(dy)
    wanted = set(targets)
    inside: dict[Any, list[Operation]] = defaultdict(list)
    for node, loop in loops.items():
        inside[loop].append(node)
    pending = _uses(path, loops)
    ready = [unit for unit in dict.fromkeys(loops.get(y.op, y.op) for y in roots) if pending.get(unit) == 0]
    results: dict[Tensor, Any] = {}
    while ready:
        unit = ready.pop()
        if isinstance(unit, Operation):
            members = [unit]
            _step(unit, sums, path, wanted, stops, results, options)
        else:
            members = inside[unit]
            _through_loop(unit, sums, path, wanted, results, options)
        for n in members:
            for x in n.inputs:
                before = x.op
                if before not in path:
                    continue
                if loops:
                    before = loops.get(before, before)
                    if before is unit:
                        continue
                pending[before] -= 1
                if pending[before] == 0:
                    ready.append(before)
    return [results.get(t) for t in targets]


def _uses(path: set[Operation], loops: dict[Operation, Any]) -> dict[Any, int]:
    """How often the results of each operation, or of each loop as a whole, are used on the path."""
    uses: dict[Any, int] = defaultdict(int)
    for node in path:
        unit = loops.get(node, node) if loops else node
        count = 0
        for t in node.outputs:
            for c in t._consumers:
                if c in path and (not loops or loops.get(c, c) is not unit):
                    count += 1
        uses[unit] += count
    return uses


def _step(node: Operation, sums: dict[Tensor, list[Any]], path: set[Operation], wanted: set[Tensor], stops: set[Tensor],
          results: dict[Tensor, Any], options: Options) -> None:  # fmt: skip
    """Passes one node: from the gradients of its outputs to those of its inputs."""
    dys = []
    for t in node.outputs:
        dy = _total(sums, t)
        dys.append(dy)
        if t in wanted:
            results[t] = dy
    if stops and all(t in stops for t in node.outputs):
        return
    for x in node.inputs:
        if x.op in path:
            _propagate(node, dys, sums, path, options)
            return


def _loops(path: set[Operation], base: Any) -> dict[Operation, Any]:
    """The loop that each operation on the path belongs to, seen from `base`."""
    inside = [n for n in path if n.flow is not None and n.flow is not base]
    if not inside:
        return {}
    from tfnb.loop_gradients import loop_around

    return {n: loop for n in inside if (loop := loop_around(n, base)) is not None}


def _through_loop(loop: Any, sums: dict[Tensor, list[Any]], path: set[Operation], wanted: set[Tensor], results: dict[Tensor, Any],
                  options: Options) -> None:  # fmt: skip
    """Passes a loop: from the gradients of its results to those of what it uses."""
    from tfnb.loop_gradients import differentiate_loop

    exits = [t for n in path if n.flow is loop and n.type in ("Exit", "RefExit") for t in n.outputs]
    totals = {t: _total(sums, t) for t in sorted(exits, key=lambda t: t.op.index)}
    results.update({t: dy for t, dy in totals.items() if t in wanted})
    if all(dy is None for dy in totals.values()) or not loop.back_prop:
        return

    def body(roots: list[Tensor], seeds: list[Any], targets: list[Tensor], base: Any) -> list[Any]:
        return _backward(roots, seeds, targets, set(), base, options)

    for x, dx in differentiate_loop(loop, totals.get, path, body).items():
        if x.op in path and dx is not None:
            sums[x].append(dx)


def _propagate(node: Operation, dys: list[Any], sums: dict[Tensor, list[Any]], path: set[Operation], options: Options) -> None:
    """Adds the gradients of one node's inputs to the sums."""
    rule = None if dys.count(None) == len(dys) else rule_of(node)
    if rule is None:
        return
    graph = node.graph
    before, scope = (graph.differentiating, graph.made_at), graph.enter_scope(node.name + "_grad")
    graph.differentiating = node
    if _is_users(rule, node):
        graph.made_at = None  # each node is on its own line
    try:
        if options.colocated:
            with graph.colocate_with(node):
                dxs = _ruled(node, rule, dys, options)
        else:
            dxs = _ruled(node, rule, dys, options)
    finally:
        graph.differentiating, graph.made_at = before
        graph.leave_scope(scope)
    if len(dxs) != len(node.inputs):
        raise ValueError(f"Num gradients {len(dxs)} generated for op {node.node_def} do not match num inputs {len(node.inputs)}")
    for x, dx in zip(node.inputs, dxs, strict=True):
        if dx is not None and x.op in path:
            if isinstance(dx, Tensor):
                graph.gradient_of[dx] = x
                if dx._shape is not x._shape:
                    dx.set_shape(x._shape)
            sums[x].append(dx)


def _given(node: Operation, dys: list[Any]) -> list[Any]:
    """The gradients of a node's outputs as its rule wants them: dense, and zeros where one of several is missing."""
    if len(dys) == 1 and type(dys[0]) is Tensor:
        return dys
    many = len(dys) > 1 and node.type not in ("Switch", "RefSwitch")
    dense = [_zeros(t) if dy is None and many and _differentiable(t) else dy for t, dy in zip(node.outputs, dys, strict=True)]
    return [dy.to_tensor() if isinstance(dy, IndexedSlices) and node.type != "Identity" else dy for dy in dense]


def _ruled(node: Operation, rule: Callable[..., Any], dys: list[Any], options: Options) -> list[Any]:
    """What a node's rule makes of the gradients of its outputs."""
    dxs = rule(node, *_given(node, dys))
    dxs = list(dxs) if isinstance(dxs, (list, tuple)) else [dxs]
    return gate(dxs) if options.gated and sum(dx is not None for dx in dxs) > 1 else dxs


def _is_users(rule: Callable[..., Any], node: Operation) -> bool:
    """Whether a rule is of the user's own making."""
    code = getattr(rule, "__code__", None)
    return code is None or bool(node.gradient_override) or not where.is_ours(code)


def rule_of(node: Operation) -> Callable[..., Any] | None:
    """The function that differentiates a node: a registered one in the place of the op's own. Raises LookupError for an op without."""
    if node.gradient_override:
        return _overrides[node.gradient_override]
    rule = _overrides.get(node.type) or node.definition.gradient_rule
    if rule is None and node.definition.differentiable and any(_differentiable(t) for t in node.outputs):
        hint = f"Stop the gradient with tf.stop_gradient, or register one with @tf.RegisterGradient({node.type!r})."
        raise teach(LookupError(f"No gradient defined for operation '{node.name}' (op type: {node.type})"), hint, node.where)
    return rule


def _differentiable(t: Tensor) -> bool:
    return t.dtype.is_floating or t.dtype.is_complex or t.dtype.name == "resource"


def _zeros(t: Tensor) -> Tensor:
    from tfnb.ops.arrays import zeros_like

    return zeros_like(t)


def _total(sums: dict[Tensor, list[Any]], t: Tensor) -> Any:
    parts = sums.pop(t, None)
    if parts is None or len(parts) == 1:
        return parts and parts[0]
    if all(isinstance(p, IndexedSlices) for p in parts):
        from tfnb.ops import arrays
        mixed = len({p.indices.dtype for p in parts}) > 1  # a table looked up by words of int32 and by an argmax of int64
        rows = [elementwise.cast(p.indices, "int64") if mixed else p.indices for p in parts]
        return IndexedSlices(arrays.concat([p.values for p in parts], 0), arrays.concat(rows, 0), parts[0].dense_shape)
    dense = [p.to_tensor() if isinstance(p, IndexedSlices) else p for p in parts]
    with dense[0].graph.colocate_with(dense[0].op, ignore_existing=True):
        return elementwise.add_n(dense)
