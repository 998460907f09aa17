"""What all optimizers share: gradients of the loss, one update for each variable, and the slots they keep.

    train = GradientDescentOptimizer(0.1).minimize(loss)
    = apply_gradients(compute_gradients(loss))

Everything here only adds nodes: the step happens when a session runs `train`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.errors import teach
from tfnb.core.graph import GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.gradients import gradients
from tfnb.ops.sources import group
from tfnb.variables import Variable, assign_add, trainable_variables

__all__ = ["Optimizer"]

_FLOATS = ("float32", "float64", "float16", "bfloat16")


class Optimizer:
    """The base: a subclass says which slots it keeps and how one variable is updated.

    A subclass sets `settings` (names and values that become constants inside the optimizer's scope) and defines
    `_create_slots` and `_apply_dense`.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = range(3)

    def __init__(self, use_locking: bool = False, name: str = "") -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking, self._name = use_locking, name
        self.settings: dict[str, Any] = {}
        self._tensors: dict[str, Tensor] = {}
        self._slots: dict[str, dict[Variable, Variable]] = {}
        self._shared: dict[Any, Variable] = {}

    def get_name(self) -> str:
        return self._name

    # -- the three steps ------------------------------------------------------------------------------------------
    def minimize(self, loss: Any, global_step: Any = None, var_list: Any = None, gate_gradients: int = 1, aggregation_method: Any = None,
                 colocate_gradients_with_ops: bool = False, name: str | None = None, grad_loss: Any = None) -> Operation:  # fmt: skip
        """The operation that moves the variables one step towards a smaller `loss`.

        Raises ValueError where no variable is connected to the loss.
        """
        pairs = self.compute_gradients(loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss)
        if all(g is None for g, _ in pairs):
            text = ("No gradients provided for any variable, check your graph for ops that do not support gradients, "
                    f"between variables {[str(v) for _, v in pairs]} and loss {loss}.")  # fmt: skip
            raise teach(ValueError(text), "Build the loss from the variables; tf.argmax, tf.cast to int and Python values cut the path.")
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(self, loss: Any, var_list: Any = None, gate_gradients: int = 1, aggregation_method: Any = None,
                          colocate_gradients_with_ops: bool = False, grad_loss: Any = None) -> list[tuple[Any, Variable]]:  # fmt: skip
        """Pairs of gradient and variable; the gradient is None where the loss does not depend on the variable."""
        if gate_gradients not in (0, 1, 2):
            raise ValueError("gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  "
                             f"Not {gate_gradients}")  # fmt: skip
        loss = loss() if callable(loss) else loss
        _check_floating([loss] if grad_loss is None else [loss, grad_loss])
        variables = trainable_variables() if var_list is None else _flat(var_list)
        if not variables:
            raise teach(ValueError("No variables to optimize."), "Make a tf.Variable that is trainable before the optimizer.")
        for v in variables:
            if not isinstance(v, Variable):
                raise TypeError("Argument is not a variable", v)
        found = gradients(loss, variables, grad_ys=grad_loss)
        pairs = list(zip(found, variables, strict=True))
        _check_floating([v for g, v in pairs if g is not None])
        return pairs

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Operation:
        """The operation that updates each variable by its gradient and counts `global_step` up by one."""
        pairs = [(_gradient(g), v) for g, v in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        used = [(g, v) for g, v in pairs if g is not None]
        if not used:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        with control_dependencies(None):
            self._create_slots([v for _, v in used])
        with name_scope(name, self._name) as scope:
            self._prepare()
            updates = [self._updated(g, v) for g, v in used]
            if global_step is None:
                done = self._finish(updates, scope)
            else:
                with control_dependencies([self._finish(updates, "update")]):
                    done = assign_add(global_step, 1, name=scope).op
        train_ops = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
        if done not in train_ops:
            train_ops.append(done)
        return done

    def _updated(self, grad: Any, var: Variable) -> Operation:
        with name_scope("update_" + var.op.name):
            if isinstance(grad, IndexedSlices):
                update = self._apply_sparse_duplicate_indices(grad, var)
            else:
                update = self._apply_dense(grad, var)
            update = update.op if isinstance(update, Tensor) else update
            if var.constraint is None:
                return update  # type: ignore[no-any-return]
            with control_dependencies([update]):
                return var.assign(var.constraint(var)).op  # type: ignore[no-any-return]

    # -- what a subclass changes ----------------------------------------------------------------------------------
    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        """Makes the slots of the variables."""

    def _prepare(self) -> None:
        """Makes constants of the settings."""
        for key, value in self.settings.items():
            value = value() if callable(value) else value
            self._tensors[key] = convert_to_tensor(value, name=key)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Any:
        raise NotImplementedError

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Variable) -> Any:
        """Rows at equal indices are added up before the step, for a step may not be linear in the gradient."""
        from tfnb.ops import segments, sorting  # loaded by tfnb already; named here, where rows are rare

        unique = getattr(sorting, "unique", None)
        if unique is None or grad.dense_shape is None:
            return self._apply_dense(grad.to_tensor(), var)
        rows, place = unique(grad.indices)
        from tfnb.ops.arrays import shape

        values = segments.unsorted_segment_sum(grad.values, place, shape(rows)[0])
        return self._apply_sparse(IndexedSlices(values, rows, grad.dense_shape), var)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Any:
        """A step by a gradient of rows; where a subclass has no rule for rows, by the whole gradient."""
        return self._apply_dense(grad.to_tensor(), var)

    def _finish(self, update_ops: list[Operation], name_scope: str) -> Operation:
        return group(*update_ops, name=name_scope)

    def setting(self, key: str, var: Variable) -> Tensor:
        """A setting as a tensor of the variable's dtype."""
        from tfnb.ops.elementwise import cast

        tensor, want = self._tensors[key], var.dtype.base_dtype
        return tensor if tensor.dtype.base_dtype is want else cast(tensor, want)

    # -- slots ----------------------------------------------------------------------------------------------------
    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The variable that the optimizer keeps beside `var` under this name, such as 'momentum'."""
        return self._slots.get(name, {}).get(var)

    def get_slot_names(self) -> list[str]:
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All variables that the optimizer keeps."""
        graph = get_default_graph()
        kept = [v for slots in self._slots.values() for v in slots.values()] + list(self._shared.values())
        return sorted((v for v in kept if v.graph is graph), key=lambda v: v.name)

    def slot(self, var: Variable, name: str, initial: Any, suffix: str | None = None) -> Variable:
        """The slot, made at first; `initial` is a function of (shape, dtype), or a tensor."""
        slots = self._slots.setdefault(name, {})
        if var not in slots:
            slots[var] = make_slot(var, initial, suffix or self._name)
        return slots[var]

    def shared(self, name: str, initial: Any, beside: Variable) -> Variable:
        """A variable that the optimizer keeps once for the whole graph, such as beta1_power."""
        key = (name, beside.graph)
        if key not in self._shared:
            self._shared[key] = Variable(initial, name=name, trainable=False)
        return self._shared[key]


def make_slot(var: Variable, initial: Any, name: str) -> Variable:
    """A variable named <var>/<name> with the shape of `var`, not trainable."""
    dtype = var.dtype.base_dtype
    value: Any = initial
    if callable(initial) and not isinstance(initial, Tensor):
        make: Callable[..., Any] = initial

        def value() -> Any:
            return make(var.shape, dtype)

    with name_scope(None):
        return Variable(value, trainable=False, name=f"{var.op.name}/{name}")


def _gradient(grad: Any) -> Any:
    if grad is None or isinstance(grad, (Tensor, IndexedSlices)):
        return grad
    try:
        return convert_to_tensor(grad)
    except (TypeError, ValueError):
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {grad}") from None


def _check_floating(tensors: list[Any]) -> None:
    for t in tensors:
        dtype = t.dtype.base_dtype
        if dtype.name not in _FLOATS:
            valid = [as_dtype(n) for n in _FLOATS]
            raise ValueError(f"Invalid type {dtype!r} for {t.name}, expected: {valid}.")


def _flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [x for v in value for x in _flat(v)]
    if isinstance(value, dict):
        return [x for k in sorted(value) for x in _flat(value[k])]
    return [value]
