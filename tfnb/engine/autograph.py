"""AutoGraph: Python's `if`, `while` and `for` on tensors become cond and while_loop.

The rewriting of the function's source is done by diastatic-malt (AutoGraph's transformer, kept as a library of its
own); what each rewritten statement does is said here. Statements on Python values stay Python.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from tfnb.core import where
from tfnb.core.errors import teach
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor

__all__ = ["converted", "explained", "to_code"]


def converted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its control flow rewritten; itself where that cannot be done (no source, not Python)."""
    if getattr(function, "_autograph_off", False) or importlib.util.find_spec("malt") is None:
        return function
    rewritten: list[Any] = []  # made at the first call: rewriting takes some milliseconds

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not rewritten:
            rewritten.append(_rewritten(function))
        try:
            return rewritten[0](*args, **kwargs)
        except Exception as e:
            _note(e, rewritten[0])
            raise

    return call


def do_not_convert(function: Any = None) -> Any:
    """Marks a function that AutoGraph leaves as it is.

    >>> @tf.autograph.experimental.do_not_convert
    ... def twice(x):
    ...     return 2 * x
    >>> print(twice(3))
    6
    """
    if function is None:
        return do_not_convert
    function._autograph_off = True
    return function


def to_code(entity: Callable[..., Any], recursive: bool = True, arg_values: Any = None, indentation: str = "  ", **_: Any) -> str:
    """The text of the rewritten function.

    >>> print("if" in tf.autograph.to_code(tf.function))
    True
    """
    return inspect.getsource(_rewritten(entity))


def _rewritten(function: Callable[..., Any]) -> Callable[..., Any]:
    from malt.core import converter
    from malt.pyct import errors

    bound_to = getattr(function, "__self__", None)
    plain: Any = getattr(function, "__func__", function)
    if not hasattr(plain, "__code__"):
        return function
    try:
        made, module, source_map = _transpiler().transform(plain, converter.ProgramContext(converter.ConversionOptions(recursive=True, optional_features=())))
    except (errors.PyCTError, NotImplementedError, OSError, ValueError):
        return function
    for (file, line), origin in source_map.items():
        where.rewritten.setdefault(file, {})[line] = origin.loc.filename, origin.loc.lineno, origin.function_name
    made.ag_module, made.ag_source_map = module, source_map
    return made if bound_to is None else functools.partial(made, bound_to)  # type: ignore[no-any-return]


@functools.cache
def _transpiler() -> Any:
    from malt.impl import api

    class Transpiler(api.PyToPy):  # type: ignore[misc]
        """The library's transformer with the statements' meanings given below."""

        def get_extra_locals(self) -> Any:
            found = super().get_extra_locals()
            found["ag__"].__dict__.update(
                if_stmt=if_stmt, while_stmt=while_stmt, for_stmt=for_stmt, if_exp=if_exp, and_=and_, or_=or_, not_=not_,
                assert_stmt=assert_stmt, converted_call=converted_call,
            )  # fmt: skip
            return found

    return Transpiler()


def converted_call(f: Any, args: Any, kwargs: Any, caller_fn_scope: Any = None, options: Any = None) -> Any:
    """A call in rewritten code: the user's own functions are rewritten too, libraries' are called as they are."""
    kwargs = kwargs or {}
    if f is range and any(isinstance(a, Tensor) for a in args):
        from tfnb.ops.movement import range as tensor_range

        return tensor_range(*args)
    if f is len and isinstance(args[0], Tensor):
        from tfnb.ops.arrays import shape

        return shape(args[0])[0]
    if f in (int, float) and isinstance(args[0], Tensor):
        from tfnb.ops.elementwise import cast

        return cast(args[0], "int32" if f is int else "float32")
    if f is super and not args:
        from malt.operators import py_builtins

        return py_builtins.super_in_original_context(f, args, caller_fn_scope)
    plain = getattr(f, "__func__", f)
    own = inspect.isfunction(plain) and not _of_a_library(plain) and not hasattr(plain, "ag_module")
    return converted(f)(*args, **kwargs) if own else f(*args, **kwargs)


def _of_a_library(function: Any) -> bool:
    """Whether a function belongs to tfnb or to what the rewriting library knows to leave alone."""
    from malt.impl import conversion

    name = (getattr(function, "__module__", None) or "").split(".")[0]
    return name in ("tfnb", "numpy", "functools") or function.__code__.co_filename == "<string>" or bool(conversion.is_allowlisted(function))


# -- statements -----------------------------------------------------------------------------------------------------------
def if_stmt(cond: Any, body: Any, orelse: Any, get_state: Any, set_state: Any, symbol_names: Any, nouts: int) -> None:
    """`if cond:` - a tf.cond whose results are the variables that the branches assign."""
    if not _symbolic(cond):
        body() if cond else orelse()
        return
    from tfnb.ops.control import cond as tensor_cond

    before = get_state()
    tried = [_specification(p, before, get_state, set_state, nouts) for p in (body, orelse)]
    like = [a if a is not None else b for a, b in zip(*tried, strict=True)]
    given = [i for i in range(nouts) if like[i] is not None]

    def branch(run: Any, which: str) -> Callable[[], Any]:
        def values() -> Any:
            after = get_state()
            unset = tuple(symbol_names[i] for i in given if _unset(after[i]) and not symbol_names[i].startswith(("retval_", "do_return")))
            if unset:
                raise ValueError(f"The following symbols must also be initialized in the {which} branch: {unset}. "
                                 "Alternatively, you may initialize them before the if statement.")  # fmt: skip
            return [_filled(after[i], like[i]) for i in given]

        def made() -> Any:
            set_state(before)
            return _after_effects(run, values)

        return made

    at = len(graph_operations())
    values = tensor_cond(cond, branch(body, "if"), branch(orelse, "else"), strict=True)
    _carry(values, at)
    state = list(before)
    for i, v in zip(given, values, strict=False):
        state[i] = v
    set_state(tuple(state))


def while_stmt(test: Any, body: Any, get_state: Any, set_state: Any, symbol_names: Any, opts: Any) -> None:
    """`while test:` - a tf.while_loop over the variables that the body assigns."""
    before = get_state()
    more = test()
    set_state(before)
    if _symbolic(more):
        _loop(test, body, get_state, set_state, opts)
        return
    while more:
        body()
        more = test()


def for_stmt(iter_: Any, extra_test: Any, body: Any, get_state: Any, set_state: Any, symbol_names: Any, opts: Any) -> None:
    """`for x in tensor:` - a loop over the first axis."""
    if not _symbolic(iter_):
        for target in iter_:
            if extra_test is not None and not extra_test():
                break
            body(target)
        return
    from tfnb.ops.arrays import shape

    size = shape(iter_)[0]
    index: list[Any] = [convert_to_tensor(0)]

    def get() -> Any:
        return (*get_state(), index[0])

    def put(state: Any) -> None:
        set_state(tuple(state[:-1]))
        index[0] = state[-1]

    def test() -> Any:
        more = index[0] < size
        return more if extra_test is None else and_(lambda: more, extra_test)

    def turn() -> None:
        body(iter_[index[0]])
        index[0] = index[0] + 1

    _loop(test, turn, get, put, opts)


def _loop(test: Any, body: Any, get_state: Any, set_state: Any, opts: Any) -> None:
    from tfnb.ops.loops import while_loop

    before = get_state()
    like = _specification(body, before, get_state, set_state, len(before))
    carried = [i for i, v in enumerate(like) if v is not None]

    def with_values(values: Any) -> None:
        state = list(before)
        for i, v in zip(carried, values, strict=True):
            state[i] = v
        set_state(tuple(state))

    def going(*values: Any) -> Any:
        with_values(values)
        return test()

    def turn(*values: Any) -> Any:
        with_values(values)
        return _after_effects(body, lambda: [_tensor(get_state()[i]) for i in carried])

    start = [_filled(before[i], like[i]) for i in carried]
    limit = (opts or {}).get("maximum_iterations")
    at = len(graph_operations())
    ends = while_loop(going, turn, start, maximum_iterations=limit, return_same_structure=True)
    _carry(ends, at)
    with_values(ends)


def if_exp(cond: Any, if_true: Any, if_false: Any, expr_repr: str) -> Any:
    """`a if cond else b`"""
    return _chosen(cond, if_true, if_false) if _symbolic(cond) else if_true() if cond else if_false()


def and_(a: Any, b: Any) -> Any:
    """`a and b`: b is computed only where a holds."""
    x = a()
    return _chosen(x, b, lambda: x) if _symbolic(x) else x and b()


def or_(a: Any, b: Any) -> Any:
    """`a or b`: b is computed only where a does not hold."""
    x = a()
    return _chosen(x, lambda: x, b) if _symbolic(x) else x or b()


def not_(a: Any) -> Any:
    """`not a`"""
    from tfnb.ops.compare import logical_not

    return logical_not(a) if isinstance(a, Tensor) else not a


def assert_stmt(expression: Any, message: Any) -> Any:
    """`assert test, message`"""
    from tfnb.ops.host import Assert

    if isinstance(expression, Tensor):
        return Assert(expression, [message()])
    assert expression, message()


# -- what a statement carries -----------------------------------------------------------------------------------------------
def _symbolic(value: Any) -> bool:
    """Whether a value is known only when the graph runs."""
    return isinstance(value, Tensor) and not get_default_graph().eager


def _chosen(pred: Tensor, yes: Any, no: Any) -> Any:
    from tfnb.ops.control import cond

    return cond(pred, yes, no)


def _unset(value: Any) -> bool:
    """Whether a variable has no value yet."""
    from malt.operators.variables import Undefined, UndefinedReturnValue

    return value is None or isinstance(value, (Undefined, UndefinedReturnValue))


def _tensor(value: Any) -> Any:
    return value if hasattr(value, "_as_loop_value") else convert_to_tensor(value)


class _Trial(Graph):
    """A graph to throw away, in which a branch is tried for the dtypes and shapes that it gives."""

    building_function = True

    def add(self, name: str, definition: Any, inputs: tuple[Tensor, ...], attrs: dict[str, Any], outputs: Any,
            control_inputs: Any = ()) -> Operation:  # fmt: skip
        inside = tuple(x if x.graph is self else self.capture(x) for x in inputs)
        return super().add(name, definition, inside, attrs, outputs, control_inputs)

    def capture(self, tensor: Tensor) -> Tensor:
        from tfnb.ops.sources import placeholder
        from tfnb.ops.state import variable_op

        with self.as_default():
            return variable_op(dtype=tensor.dtype.base_dtype, shape=tensor.shape) if tensor.dtype.is_ref else placeholder(tensor.dtype, tensor.shape)


def _specification(run: Any, before: Any, get_state: Any, set_state: Any, count: int) -> list[Any]:
    """What a block makes of each variable, None for what is no tensor.

    Where each has a value before, that tells its kind; else the block is tried in a graph to throw away.
    """
    if not any(_unset(v) for v in before[:count]):
        return [_tensor_or_none(v) for v in before[:count]]
    with _Trial().as_default():
        set_state(before)
        run()
        found = [None if _unset(v) else _tensor_or_none(v) for v in get_state()[:count]]
    set_state(before)
    return found


def _tensor_or_none(value: Any) -> Any:
    try:
        return _tensor(value)
    except (TypeError, ValueError):
        return None  # a Python object: it stays what it is


def _filled(value: Any, like: Any) -> Any:
    """The value as a tensor; zeros where this path has left the variable without one and another path has not."""
    if not _unset(value):
        return _tensor(value)
    from tfnb.ops.arrays import zeros

    return zeros([n or 0 for n in like.shape.as_list()] if like.shape.ndims is not None else [], like.dtype.base_dtype)


_carriers: weakref.WeakSet[Operation] = weakref.WeakSet()
"""Results of branches and loops that do something beside computing: who wants what they do asks for these."""


def has_effect(op: Operation) -> bool:
    """Whether an operation does something beside computing its outputs."""
    return op.definition.effect and op.type not in ("NoOp", "VariableV2") or op in _carriers


def graph_operations() -> list[Operation]:
    """The operations made so far in the graph that is being built."""
    return get_default_graph().get_operations()


def _carry(results: Any, at: int) -> None:
    """Remembers a result of a branch or loop inside of which something is done."""
    inside = get_default_graph().flow
    if results and any(has_effect(o) for o in graph_operations()[at:] if o.flow is not inside):
        _carriers.add(results[0].op)


def _after_effects(run: Any, values: Any) -> Any:
    """The values of a block, which wait for what the block does beside them: assignments and prints."""
    from tfnb.ops.elementwise import identity

    graph = get_default_graph()
    at = len(graph_operations())
    run()
    found = values()
    effects = [o for o in graph_operations()[at:] if has_effect(o) and o.flow is graph.flow]
    if not effects:
        return found or [convert_to_tensor(0)]
    with graph.control_dependencies(effects):
        return [identity(convert_to_tensor(v)) for v in found] or [identity(convert_to_tensor(0))]


# -- errors -------------------------------------------------------------------------------------------------------------
def _note(error: Exception, function: Any) -> None:
    """Remembers which of the user's lines an error in rewritten code belongs to, innermost first."""
    source_map = getattr(getattr(function, "func", function), "ag_source_map", None)
    if source_map is None or hasattr(error, "autograph_line"):
        return
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        for key, origin in source_map.items():
            if key[0] == frame.f_code.co_filename and key[1] == trace.tb_lineno:
                error.autograph_line = origin  # type: ignore[attr-defined]
        trace = trace.tb_next


def explained(error: Exception) -> Exception:
    """The error as TensorFlow shows one raised while a function is traced: with the user's line, before rewriting."""
    origin = getattr(error, "autograph_line", None)
    if origin is None or type(error).__init__ not in (ValueError.__init__, TypeError.__init__, Exception.__init__, KeyError.__init__):
        return error
    place = f"    {origin.loc.filename}:{origin.loc.lineno} {origin.function_name}  *\n        {origin.source_code_line.strip()}"
    text = f"in converted code:\n\n{place}\n\n    {type(error).__name__}: {error}\n"
    return teach(type(error)(text), getattr(error, "hint", ""))
