"""Variable: a value that a session keeps between runs, as four nodes of the graph.

    v = Variable(0.0, name="v")       v/initial_value (Const), v (VariableV2), v/Assign, v/read (Identity)

Making one computes nothing: a session gives it its value when it runs `v.initializer`.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from typing import Any

from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.graph import Graph, GraphKeys, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor, registry
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import overloads, state
from tfnb.ops.control import cond
from tfnb.ops.elementwise import identity
from tfnb.ops.sliced import assign_slice
from tfnb.ops.sources import group

__all__ = [
    "Variable", "VariableAggregation", "VariableSynchronization", "all_variables", "assert_variables_initialized", "assign", "assign_add",
    "assign_sub", "count_up_to", "disable_resource_variables", "enable_resource_variables", "get_collection",
    "get_collection_ref", "add_to_collection", "add_to_collections", "global_variables",
    "global_variables_initializer", "initialize_all_variables", "initialize_local_variables", "initialize_variables",
    "is_variable_initialized", "local_variables", "local_variables_initializer", "model_variables", "moving_average_variables",
    "report_uninitialized_variables", "resource_variables_enabled", "scatter_add", "scatter_sub", "scatter_update",
    "trainable_variables", "variables_initializer",
]  # fmt: skip


_resource = [False]


def enable_resource_variables() -> None:
    """Variables made from now on are resource variables where `use_resource` is not said.

    >>> tf.enable_resource_variables()
    """
    _resource[0] = True


def disable_resource_variables() -> None:
    """New variables are classic ones again.

    >>> tf.disable_resource_variables()
    >>> print(tf.resource_variables_enabled())
    False
    """
    _resource[0] = False


def resource_variables_enabled() -> bool:
    """Whether new variables are resource variables.

    >>> print(tf.resource_variables_enabled())
    False
    """
    return _resource[0]


class VariableSynchronization:
    """Accepted for compatibility.

    >>> print(tf.VariableSynchronization.AUTO)
    0
    """

    AUTO, NONE, ON_WRITE, ON_READ = range(4)


class VariableAggregation:
    """Accepted for compatibility.

    >>> print(tf.VariableAggregation.MEAN)
    2
    """

    NONE, SUM, MEAN, ONLY_FIRST_REPLICA = range(4)


class Variable:
    """A variable of the default graph. `initial_value` is a value, a tensor, or a function that makes one.

    >>> v = tf.Variable([1.0, 2.0], name="v")
    >>> sess.run(v.initializer)
    >>> print(v.assign_add([1.0, 1.0]).eval())
    [2. 3.]
    """

    __array_priority__ = 100

    def __init__(self, initial_value: Any = None, trainable: bool | None = None, collections: Any = None, validate_shape: bool = True,
                 caching_device: Any = None, name: str | None = None, variable_def: Any = None, dtype: Any = None,
                 expected_shape: Any = None, import_scope: Any = None, constraint: Any = None, use_resource: Any = None,
                 synchronization: Any = None, aggregation: Any = None, shape: Any = None) -> None:  # fmt: skip
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        self.trainable = True if trainable is None else trainable
        self.constraint = constraint
        self.synchronization, self.aggregation = synchronization, aggregation
        self._is_resource = _resource[0] if use_resource is None else bool(use_resource)  # only shown: both kinds of variable work in one way here
        self._save_slice_info: Any = None
        keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
        if not isinstance(keys, (list, tuple, set)):
            raise ValueError(f"collections argument to Variable constructor must be a list, tuple, or set. Got {keys} of type {type(keys)}")
        if self.trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
            keys = [*keys, GraphKeys.TRAINABLE_VARIABLES]
        want = None if dtype is None else as_dtype(dtype).base_dtype
        here = get_default_graph()
        owner = here.outermost()
        around = here.get_name_scope() if owner is not here else ""
        with owner.as_default(), owner.control_dependencies(None), owner.name_scope(around + "/") if around else contextlib.nullcontext():
            self._build(initial_value, want, name, validate_shape)
        graph = self.graph
        graph.add_to_collections(list(keys), self)
        if graph.eager:
            self._ref_tensor.owner, self._ref_tensor.trainable = weakref.ref(self), self.trainable
        else:
            graph.variables.append(self)

    def _build(self, initial: Any, dtype: DType | None, name: str | None, validate_shape: bool) -> None:
        made_here = callable(initial) and not isinstance(initial, Tensor)
        with name_scope(name, "Variable", [] if made_here else [initial]) as scope:
            if made_here:
                with name_scope("Initializer"):
                    value = convert_to_tensor(initial(), dtype, name="initial_value")
            else:
                value = convert_to_tensor(initial, dtype, name="initial_value")
            if validate_shape and not value.shape.is_fully_defined():
                raise ValueError(f"initial_value must have a shape specified: {value}")
            shape = value.shape if validate_shape else unknown_shape()
            self._ref_tensor: Tensor = state.variable_op(dtype=value.dtype.base_dtype, shape=shape, name=scope)
            self._ref_tensor.op.is_resource = self._is_resource  # whose words an error uses
            self._initial_value = value
            start = _initialized(value, scope)
            self.initializer: Operation = state.assign_op(self._ref_tensor, start, validate_shape=validate_shape, name="Assign").op
            with self.graph.colocate_with(self.op):
                self._snapshot: Tensor = identity(self._ref_tensor, name="read")

    # -- what it is -----------------------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        return self._ref_tensor.name

    @property
    def op(self) -> Operation:
        return self._ref_tensor.op

    @property
    def graph(self) -> Graph:
        return self._ref_tensor.graph

    @property
    def dtype(self) -> DType:
        return self._ref_tensor.dtype.base_dtype if self._is_resource or self.graph.eager else self._ref_tensor.dtype

    @property
    def shape(self) -> TensorShape:
        return self._ref_tensor.shape

    def get_shape(self) -> TensorShape:
        return self.shape

    @property
    def device(self) -> str:
        return self._ref_tensor.device

    @property
    def _shared_name(self) -> str:
        return self.op.name

    @property
    def initial_value(self) -> Tensor:
        return self._initial_value

    def set_shape(self, shape: Any) -> None:
        self._ref_tensor.set_shape(shape)
        self._snapshot.set_shape(shape)

    def value(self) -> Tensor:
        """The tensor that reads the variable."""
        return self.read_value() if self.graph.eager else self._snapshot

    def numpy(self) -> Any:
        """The value, in eager mode. Raises NotImplementedError in a graph, where a session has it."""
        if not self.graph.eager:
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self.read_value().numpy()

    def read_value(self) -> Tensor:
        """A new tensor that reads the variable, in the control dependencies that hold here."""
        read = state.read_variable_op if self.graph.eager else identity
        return read(self._ref_tensor, name="read")  # type: ignore[no-any-return]

    def initialized_value(self) -> Tensor:
        """The variable's value if it has one, else its initial value.

        >>> v = tf.Variable(2.0)
        >>> print(v.initialized_value().eval())
        2.0
        """
        if self.graph.eager:
            return self.read_value()
        with self.graph.outermost().as_default(), self.graph.control_dependencies(None):
            return cond(is_variable_initialized(self), self.read_value, lambda: self.initial_value)  # type: ignore[no-any-return]

    def _as_tensor(self, dtype: Any = None, name: str | None = None) -> Tensor:
        return self.value()

    def _as_graph_element(self) -> Tensor:
        return self._ref_tensor

    def _children(self) -> list[tuple[str, Any]]:
        """A checkpoint saves the value itself (core/tracking.py)."""
        return []

    # -- changing it ----------------------------------------------------------------------------------------------
    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """The op that puts `value` into the variable; its output is the variable after that."""
        out = assign(self, value, use_locking=use_locking, name=name)
        return self._changed(out, read_value)

    def _changed(self, out: Tensor, read_value: bool) -> Any:
        """What an assignment gives: a tensor or an operation; in eager mode, where it is done, the variable."""
        return self if self.graph.eager else out if read_value else out.op

    def __getitem__(self, key: Any) -> Tensor:
        """A part of the value; in a graph, a slice's `assign` changes that part of the variable.

        >>> v = tf.Variable([1.0, 2.0, 3.0])
        >>> sess.run(v.initializer)
        >>> print(v[1:].assign([5.0, 6.0]).eval())
        [1. 5. 6.]
        """
        part = self.value()[key]
        if not self.graph.eager and part.op.type == "StridedSlice":
            part._assign = functools.partial(assign_slice, self, part)
        return part

    def assign_add(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        out = assign_add(self, delta, use_locking, name)
        return self._changed(out, read_value)

    def assign_sub(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        out = assign_sub(self, delta, use_locking, name)
        return self._changed(out, read_value)

    def count_up_to(self, limit: int) -> Tensor:
        return count_up_to(self, limit)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_update(self, sparse_delta.indices, sparse_delta.values, name=name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_add(self, sparse_delta.indices, sparse_delta.values, name=name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_sub(self, sparse_delta.indices, sparse_delta.values, name=name)

    def eval(self, session: Any = None) -> Any:
        """The value in the default session or the one given."""
        return self._snapshot.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Sets the value at once, in the default session or the one given, without a new node."""
        from tfnb.engine.session import get_default_session

        chosen = session or get_default_session()
        if chosen is None:
            raise ValueError("Either session argument should be provided or default session should be established")
        chosen.run(self.initializer, {self.initializer.inputs[1]: value})

    def __iter__(self) -> Any:
        raise TypeError("'Variable' object is not iterable.")

    def __repr__(self) -> str:
        value = f", numpy={self._ref_tensor._text(repr)}" if self.graph.eager else ""
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}{value}>"

    __str__ = __repr__

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def _operator(name: str) -> Any:
    def call(self: Variable, *args: Any, **named: Any) -> Any:
        return getattr(self.value(), name)(*args, **named)

    call.__name__ = name
    return call


def share_operators() -> None:
    """Gives variables the operators that tensors have."""
    for name in vars(Tensor):
        if name.startswith("__") and name not in vars(Variable) and callable(getattr(Tensor, name)) and name not in _OWN:
            setattr(Variable, name, _operator(name))


_OWN = {"__init__", "__class__", "__new__", "__weakref__", "__module__", "__doc__", "__slots__", "__array__", "__bool__", "__len__",
        "__nonzero__"}  # fmt: skip


def _initialized(value: Tensor, name: str) -> Tensor:
    """An initial value computed from other variables: the same from their `initialized_value`, in copies of the nodes between.

    The copies are called after the new variable: `name` is its scope, with a slash at its end.
    """
    by_place = {v.op: v for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES) for v in value.graph.get_collection(key)
                if isinstance(v, Variable)}  # fmt: skip
    made: dict[Operation, Operation] = {}

    def rebuilt(node: Operation) -> Operation:
        if node not in made:
            made[node] = node if node.type in _QUESTIONS else copied(node)
        return made[node]

    def copied(node: Operation) -> Operation:
        if node in by_place:
            return by_place[node].initialized_value().op
        inputs = tuple(x if rebuilt(x.op) is x.op else rebuilt(x.op).outputs[x.value_index] for x in node.inputs)
        if inputs == tuple(node.inputs):
            return node
        kind = registry["Switch"] if node.type == "RefSwitch" else node.definition
        outputs = [(t.dtype.base_dtype, t.shape) for t in node.outputs]
        copy = node.graph.add(f"{node.name}_{name}".replace(":", "_"), kind, inputs, dict(node.attrs), outputs)
        copy.marks = node.marks
        return copy

    if not by_place or _has_cycle(value.op):
        return value
    new = rebuilt(value.op)
    return value if new is value.op else new.outputs[value.value_index]


_QUESTIONS = ("IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp")


def _has_cycle(op: Operation) -> bool:
    """Whether a loop is among what an op is computed from."""
    seen = {op}
    stack = [op]
    while stack:
        for x in stack.pop().inputs:
            if x.op.type in ("Exit", "RefExit"):
                return True
            if x.op not in seen:
                seen.add(x.op)
                stack.append(x.op)
    return False


# -- the ops on variables -------------------------------------------------------------------------------------------------
def assign(ref: Any, value: Any, validate_shape: bool | None = None, use_locking: bool | None = None, name: str | None = None) -> Tensor:
    """Puts `value` into a variable when it is run. Raises ValueError for a value of another shape.

    >>> v = tf.Variable(1.0)
    >>> print(tf.assign(v, 5.0).eval())
    5.0
    """
    if isinstance(ref, Tensor) and hasattr(ref, "assign"):  # a slice of a variable
        return ref.assign(value, name=name)  # type: ignore[no-any-return]
    return state.assign_op(ref, value, validate_shape=validate_shape is not False, name=name)  # type: ignore[no-any-return]


def assign_add(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Tensor:
    """Adds `value` to a variable when it is run.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(tf.assign_add(v, 2.0).eval())
    3.0
    """
    return state.assign_add_op(ref, value, name=name)  # type: ignore[no-any-return]


def assign_sub(ref: Any, value: Any, use_locking: Any = None, name: str | None = None) -> Tensor:
    """Takes `value` from a variable when it is run.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> print(tf.assign_sub(v, 2.0).eval())
    -1.0
    """
    return state.assign_sub_op(ref, value, name=name)  # type: ignore[no-any-return]


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Adds one when it is run; gives the value before. Raises OutOfRangeError at `limit`.

    >>> v = tf.Variable(0)
    >>> sess.run(v.initializer)
    >>> print(tf.count_up_to(v, 3).eval())
    0
    """
    return state.count_up_to_op(ref, limit=limit, name=name)  # type: ignore[no-any-return]


def scatter_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Replaces the rows at `indices`.

    >>> v = tf.Variable([1, 2, 3])
    >>> sess.run(v.initializer)
    >>> print(tf.scatter_update(v, [0, 2], [9, 8]).eval())
    [9 2 8]
    """
    return state.scatter_update_op(ref, indices, updates, name=name)  # type: ignore[no-any-return]


def scatter_add(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
    """Adds to the rows at `indices`.

    >>> v = tf.Variable([1, 2, 3])
    >>> sess.run(v.initializer)
    >>> print(tf.scatter_add(v, [0, 2], [9, 8]).eval())
    [10  2 11]
    """
    return state.scatter_add_op(ref, indices, updates, name=name)  # type: ignore[no-any-return]


def scatter_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
    """Takes from the rows at `indices`.

    >>> v = tf.Variable([1, 2, 3])
    >>> sess.run(v.initializer)
    >>> print(tf.scatter_sub(v, [0, 2], [9, 8]).eval())
    [-8  2 -5]
    """
    return state.scatter_sub_op(ref, indices, updates, name=name)  # type: ignore[no-any-return]


def is_variable_initialized(ref: Any, name: str | None = None) -> Tensor:
    """Whether the variable has a value in the session that runs this.

    >>> v = tf.Variable(0)
    >>> print(tf.is_variable_initialized(v).eval())
    False
    """
    return state.is_variable_initialized_op(ref, name=name)  # type: ignore[no-any-return]


# -- collections ----------------------------------------------------------------------------------------------------------
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """What the default graph's collection holds.

    >>> v = tf.Variable(0, name="v")
    >>> len(tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES))
    1
    """
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """The list of a collection itself: what is appended to it is in the collection.

    >>> tf.get_collection_ref("mine").append(1)
    >>> print(tf.get_collection("mine"))
    [1]
    """
    return get_default_graph().get_collection_ref(key)


def add_to_collection(name: Any, value: Any) -> None:
    """Puts a value into a collection of the default graph.

    >>> tf.add_to_collection("mine", 1)
    >>> print(tf.get_collection("mine"))
    [1]
    """
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Puts a value into several collections, once each.

    >>> tf.add_to_collections(["a", "b"], 1)
    >>> print(tf.get_collection("a"), tf.get_collection("b"))
    [1] [1]
    """
    get_default_graph().add_to_collections(names, value)


def global_variables(scope: str | None = None) -> list[Variable]:
    """All variables that a program shares and saves.

    >>> v = tf.Variable(1.0, name="v")
    >>> print([v.name for v in tf.all_variables()])
    ['v:0']
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


all_variables = global_variables


def trainable_variables(scope: str | None = None) -> list[Variable]:
    """The variables that optimizers change.

    >>> v = tf.Variable(0.0, name="v")
    >>> [w.name for w in tf.trainable_variables()]
    ['v:0']
    """
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Variable]:
    """Variables of one process, such as those of metrics; not saved.

    >>> value, update = tf.metrics.mean([1.0])
    >>> print([v.op.name for v in tf.local_variables()])
    ['mean/total', 'mean/count']
    """
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Variable]:
    """The variables of a model, as contrib's layers note them down.

    >>> v = tf.contrib.framework.model_variable("v", [1])
    >>> print([v.op.name for v in tf.model_variables()])
    ['v']
    """
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Variable]:
    """The variables that have a moving average.

    >>> v = tf.Variable(1.0, name="v")
    >>> _ = tf.train.ExponentialMovingAverage(0.9).apply([v])
    >>> print([v.op.name for v in tf.moving_average_variables()])
    ['v']
    """
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """The operation that gives each of the variables its initial value.

    >>> v = tf.Variable(1.0)
    >>> sess.run(tf.initialize_variables([v]))
    >>> print(v.eval())
    1.0
    """
    return group(*[v.initializer for v in var_list], name=name)


def global_variables_initializer() -> Operation | None:
    """The operation that gives every global variable made so far its initial value.

    >>> v = tf.Variable(1.0)
    >>> sess.run(tf.global_variables_initializer())
    >>> print(v.eval())
    1.0
    """
    return None if get_default_graph().eager else variables_initializer(global_variables())


def local_variables_initializer() -> Operation | None:
    """An operation that gives every local variable its first value, as those of `tf.metrics`; None in eager mode.

    >>> mean, update = tf.metrics.mean([1.0, 2.0])
    >>> sess.run(tf.local_variables_initializer())
    >>> print(update.eval())
    1.5
    """
    return None if get_default_graph().eager else variables_initializer(local_variables())


initialize_all_variables, initialize_local_variables = global_variables_initializer, local_variables_initializer
initialize_variables = variables_initializer


def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Tensor:
    """The names of the variables without a value, a vector of strings.

    >>> v = tf.Variable(0, name="v")
    >>> print(tf.report_uninitialized_variables().eval())
    [b'v']
    """
    from tfnb.ops import arrays, choosing
    from tfnb.ops.compare import logical_not
    from tfnb.ops.sources import constant

    variables = global_variables() + local_variables() if var_list is None else list(var_list)
    with name_scope(name):
        if not variables:
            return constant([], as_dtype("string"))
        missing = logical_not(arrays.stack([is_variable_initialized(v) for v in variables]))
        return choosing.boolean_mask(constant([v.op.name for v in variables]), missing)  # type: ignore[no-any-return]


def assert_variables_initialized(var_list: Any = None) -> Operation:
    """An operation that fails where one of the variables has no value.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> sess.run(tf.assert_variables_initialized([v]))
    """
    variables = global_variables() + local_variables() if var_list is None else list(var_list)
    return group(*[identity(v._ref_tensor) for v in variables])


assert overloads  # tensors must have their operators before variables take them over
share_operators()
