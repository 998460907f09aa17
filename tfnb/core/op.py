"""How one op is declared: one Python function is its signature, its manual, its kernel and its generated text.

    @op("Tanh", shape="same")
    def tanh(xp, x: FC) -> FC:
        \"""Hyperbolic tangent.\"""
        return xp.tanh(x)

    @tanh.gradient
    def tanh_gradient(node, dy):
        return dy * (1 - square(node.outputs[0]))

Calling `tanh(x)` adds a node to the default graph; nothing is computed until a session runs it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args, get_origin

from tfnb.core.convert import convert_to_tensor, host_tensor
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import teach
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.rules import Call, HostInts, OfAttr, Ref, ShapeError, ShapeRule, Types, is_pure, shape_rule
from tfnb.core.shapes import TensorShape
from tfnb.core.static import static_value

__all__ = ["OpDef", "convert_to_tensor", "op", "registry", "static_value"]


class Registry(dict[str, "OpDef"]):
    """Ops by type, filled by the decorator. Who asks for more than is loaded yet has all chapters loaded first."""

    fill: Callable[[], None] = staticmethod(lambda: None)  # set by the package
    filled = False

    def _fill(self) -> None:
        if not self.filled:
            self.filled = True  # first, because loading a chapter may ask, too
            self.fill()

    def __missing__(self, key: str) -> OpDef:
        if self.filled:
            raise KeyError(key)
        self._fill()
        return self[key]

    def __contains__(self, key: object) -> bool:
        if not super().__contains__(key):
            self._fill()
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default

    def __iter__(self) -> Iterator[str]:
        self._fill()
        return super().__iter__()

    def __len__(self) -> int:
        self._fill()
        return super().__len__()

    def keys(self) -> Any:
        self._fill()
        return super().keys()

    def values(self) -> Any:
        self._fill()
        return super().values()

    def items(self) -> Any:
        self._fill()
        return super().items()


registry = Registry()
"""Every op by its type; filled by the decorator alone."""

class Param(NamedTuple):
    """One input of an op: its name, its dtype rule and whether it takes a list of tensors."""

    name: str
    rule: Any
    many: bool
    default: Any


_INFERRED_KEPT = 1024  # forms of inputs that an op remembers
_OVERWRITING = ("Assign", "AssignVariableOp", "LookupTableImportV2", "InitializeTableFromTextFileV2")


class OpDef:
    """An op's declaration. Calling it adds a node to the default graph and returns the node's output(s)."""

    def __init__(self, kernel: Callable[..., Any], type_: str, shape: Any, flags: dict[str, Any]) -> None:
        self.kernel, self.type = kernel, type_
        self.infer: ShapeRule = shape_rule(shape)
        self._gradient_rule: Callable[..., Any] | None = None
        self.flops_rule: Callable[[Operation, Any], float] | None = None
        self._elsewhere = not flags.get("differentiable", True)  # whether other chapters have been searched for it
        self.differentiable = flags.get("differentiable", True)
        self.effect: bool = flags.get("effect", False)  # never merged or dropped; order kept
        self.host: bool = flags.get("host", False)  # runs on the host in Python: strings, files, callbacks
        self.carried: bool = flags.get("carried", False)  # on the host, but a compiler can carry what it changes from op to op
        self.state: str | None = flags.get("state")  # the kernel's parameter that a session keeps between runs
        self.resource: Any = flags.get("resource")  # makes what a session keeps for this node: a queue, an iterator
        self.waits: bool = flags.get("waits", False)  # may wait for another thread's run: a queue
        self.writes: Any = flags.get("writes", False)  # True: the first input; or the names of the places written
        self.ready: bool = flags.get("ready", False)  # asks whether a variable has a value, without reading it
        self.commutes: bool = flags.get("commutes", False)
        self._expansion_rule: Callable[..., Any] | None = None
        self._inferred: dict[tuple[Any, ...], list[tuple[DType, TensorShape]]] = {}  # results of inputs seen before, by their form
        functools.update_wrapper(self, kernel, updated=())

    @property
    def doc(self) -> str:
        """First line of the manual: the tooltip in the graph view."""
        return (self.kernel.__doc__ or "").strip().split("\n")[0]

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.kernel, eval_str=True)

    @functools.cached_property
    def params(self) -> tuple[Param, ...]:
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        found = [p for p in list(self.signature.parameters.values())[1:] if p.kind in kinds and p.name != self.state]
        return tuple(Param(p.name, p.annotation, p.kind == kinds[1], p.default) for p in found)

    @functools.cached_property
    def attributes(self) -> dict[str, Any]:
        """Attribute names with their defaults (inspect.Parameter.empty where there is none)."""
        ps = self.signature.parameters.values()
        return {p.name: p.default for p in ps if p.kind == inspect.Parameter.KEYWORD_ONLY}

    @functools.cached_property
    def results(self) -> tuple[Any, ...]:
        rule = self.signature.return_annotation
        if rule is None or rule is inspect.Signature.empty:
            return ()
        return get_args(rule) if get_origin(rule) is tuple else (rule,)

    @functools.cached_property
    def many_results(self) -> bool:
        """Whether the kernel returns a tuple."""
        return get_origin(self.signature.return_annotation) is tuple or isinstance(self.writes, tuple)

    def param(self, i: int) -> Param:
        """The parameter that input i belongs to."""
        return self.params[min(i, len(self.params) - 1)]

    def is_host(self, i: int) -> bool:
        """Whether the kernel receives input i as Python ints."""
        return self._takes_ints and isinstance(self.param(i).rule, HostInts)

    @functools.cached_property
    def _takes_ints(self) -> bool:
        return any(isinstance(p.rule, HostInts) for p in self.params)

    def is_place_only(self, i: int) -> bool:
        """Whether input i is a variable that is overwritten without being read."""
        return self.type in _OVERWRITING and isinstance(self.param(i).rule, Ref)

    def expansion(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Registers `rule(node)`, which makes the same of ops that TensorFlow has, for graphs that leave tfnb."""
        self._expansion_rule = rule
        return rule

    @property
    def expansion_rule(self) -> Callable[..., Any] | None:
        """How the op is written for TensorFlow, if it lacks it; a later chapter may hold the rule."""
        if self._expansion_rule is None:
            registry._fill()
        return self._expansion_rule

    def gradient(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Registers `rule(node, dy, ...)`, which returns one gradient tensor (or None) for each input."""
        self._gradient_rule = rule
        return rule

    def flops(self, rule: Callable[..., float]) -> Callable[..., float]:
        """Registers `rule(node, sizes)`, the floating-point operations of one node; `sizes(tensor)` are its axes' sizes."""
        self.flops_rule = rule
        return rule

    @property
    def gradient_rule(self) -> Callable[..., Any] | None:
        """The function that makes the gradients; None where there is none in any chapter."""
        if self._gradient_rule is None and not self._elsewhere:
            self._elsewhere = True
            registry._fill()  # a later chapter may hold it
        return self._gradient_rule

    def __call__(self, *args: Any, name: str | None = None, **given: Any) -> Any:
        if len(args) > len(self.params) and self.params and not self.params[-1].many:
            args, name = self._placed(args, given, name)
        node = self.node(args, given, name)
        outputs = node.outputs
        return outputs[0] if len(outputs) == 1 else outputs if outputs else node

    def _placed(self, args: tuple[Any, ...], given: dict[str, Any], name: str | None) -> tuple[tuple[Any, ...], str | None]:
        """Positional arguments after the inputs: attributes in their order, and then the name, as TensorFlow's wrappers take them."""
        inputs, more = args[: len(self.params)], args[len(self.params) :]
        if len(more) == 1 and isinstance(more[0], str) and not isinstance(next(iter(self.attributes.values()), None), str):
            return inputs, more[0]
        places = [*self.attributes, "name"]
        if len(more) > len(places):
            raise TypeError(f"{self.kernel.__name__}() takes {len(self.params) + len(places)} arguments but {len(args)} were given")
        given.update(zip(places, more, strict=False))
        return inputs, given.pop("name", name)

    def node(self, args: tuple[Any, ...], given: dict[str, Any], name: str | None = None) -> Operation:
        """Checks the arguments, infers dtypes and shapes and adds the operation."""
        if given or len(args) != len(self.params) or self.attributes:
            args = self._positional(args, given)
            attrs = self._attributes(given)
        else:
            attrs = {}
        graph = args[0].op.graph if len(args) == 1 and type(args[0]) is Tensor and not get_default_graph().building_function else graph_of(args)
        label = name or self.type
        if graph.eager:
            return graph.execute(self, args, attrs, label)  # type: ignore[attr-defined,no-any-return]
        with graph.lock:
            form = self._form(args)
            known = None if form is None else self._inferred.get(form)
            if known is not None:
                return graph.add(label, self, args, attrs, known)
            quick = self._bound(args)
            if quick is not None:
                inputs, bound = args, quick
            elif all(type(a) is Tensor for a in args):
                inputs, bound = self._check(args, attrs, label)
            else:
                with graph.as_default(), graph.name_scope(label) as label:
                    inputs, bound = self._check(args, attrs, label)
            outputs = self._outputs(graph, inputs, attrs, bound, label)
            if form is not None and quick is not None:
                if len(self._inferred) == _INFERRED_KEPT:
                    self._inferred.clear()
                self._inferred[form] = outputs
            return graph.add(label, self, inputs, attrs, outputs)

    def _form(self, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """What the results' dtypes and shapes follow from, if that is the dtypes and sizes of the inputs alone; else None."""
        if not self._by_form:
            return None
        form: list[Any] = []
        for a in args:
            if type(a) is not Tensor:
                return None
            form += (id(a.dtype), a._shape._dims)
        return tuple(form)

    @functools.cached_property
    def _by_form(self) -> bool:
        return is_pure(self.infer) and not self.attributes and self._letters is not None

    @functools.cached_property
    def _letters(self) -> tuple[tuple[str, frozenset[int]], ...] | None:
        """Letter and allowed dtypes (by identity) of each input, where that is all there is to check."""
        if not all(isinstance(p.rule, Types) and p.rule.letter != "*" and not p.many for p in self.params):
            return None
        return tuple((p.rule.letter, frozenset(map(id, p.rule.allowed))) for p in self.params)

    def _bound(self, args: tuple[Any, ...]) -> dict[str, DType] | None:
        """The dtype of each letter for the common case: tensors that follow the rules. None for all other cases."""
        letters = self._letters
        if letters is None or len(letters) != len(args):
            return None
        bound: dict[str, DType] = {}
        for (letter, allowed), a in zip(letters, args):  # noqa: B905 - as many, and this is the way of every node
            if type(a) is not Tensor:
                return None
            dtype = a.dtype
            if dtype.is_ref:
                dtype = dtype.base_dtype
            if bound.setdefault(letter, dtype) is not dtype or allowed and id(dtype) not in allowed:
                return None
        return bound

    def _positional(self, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[Any, ...]:
        """Positional arguments with those given by keyword put in their places."""
        if self.params and self.params[-1].many:
            return args
        rest = self.params[len(args) :]
        if len(args) > len(self.params):
            raise TypeError(f"{self.kernel.__name__}() takes {len(self.params)} inputs but {len(args)} were given")
        for p in rest:
            if p.name not in given:
                raise TypeError(f"{self.kernel.__name__}() missing required argument: '{p.name}'")
        return (*args, *(given.pop(p.name) for p in rest))

    def _attributes(self, given: dict[str, Any]) -> dict[str, Any]:
        attrs = {k: given.pop(k, default) for k, default in self.attributes.items()}
        if given:
            raise TypeError(f"{self.kernel.__name__}() got an unexpected keyword argument '{next(iter(given))}'")
        if "padding" in attrs:
            words = ("SAME", "VALID", "EXPLICIT") if "explicit_paddings" in attrs else ("SAME", "VALID")
            if attrs["padding"] not in words:
                quoted = ", ".join(f'"{w}"' for w in words)
                raise ValueError(f"Attr 'padding' of '{self.type}' Op passed string '{attrs['padding']}' not in: {quoted}.")
        return attrs

    def _check(self, args: tuple[Any, ...], attrs: dict[str, Any], label: str) -> tuple[tuple[Tensor, ...], dict[str, DType]]:
        """Arguments as tensors whose dtypes follow the rules, and the dtype of each letter."""
        bound: dict[str, tuple[DType, str]] = {}
        inputs: list[Tensor] = []
        for i, value in enumerate(args):
            p = self.params[min(i, len(self.params) - 1)]
            shown = f"{p.name}_{i - len(self.params) + 1}" if p.many else p.name
            inputs.append(self._input(value, p, shown, bound, args))
        return tuple(inputs), {k: v[0] for k, v in bound.items()}

    def _input(self, value: Any, p: Param, shown: str, bound: dict[str, tuple[DType, str]], args: Any) -> Tensor:
        rule = p.rule.types if isinstance(p.rule, Ref) else p.rule
        if isinstance(p.rule, Ref):
            value = getattr(value, "_ref_tensor", value)
        if isinstance(rule, DType):
            return self._typed(value, rule, shown)
        if isinstance(rule, HostInts):
            tensor = value if isinstance(value, Tensor) else convert_to_tensor(value) if isinstance(value, float) else host_tensor(value, shown)
            return self._allowed(tensor, rule, p.name)
        if rule.letter == "*":
            return self._converted(value, None, shown)
        if rule.letter in bound:
            dtype, first = bound[rule.letter]
            tensor = self._converted(value, dtype, shown)
            if tensor.dtype.base_dtype is not dtype:
                raise self._differing(args) if p.many else self._mismatch(p.name, tensor.dtype, dtype, first)
            return tensor
        hint = _dtype_of_peers(self, rule, args) if not isinstance(value, Tensor) else None
        tensor = self._converted(value, hint, shown)
        bound[rule.letter] = (tensor.dtype.base_dtype, p.name)
        return self._allowed(tensor, rule, p.name)

    def _converted(self, value: Any, dtype: DType | None, shown: str) -> Tensor:
        """The value as a tensor; what is wrong with it is said in TensorFlow's words, naming the op."""
        if isinstance(value, Tensor):
            return value
        try:
            return convert_to_tensor(value, dtype, shown)
        except TypeError as e:
            if dtype is None:
                raise
            text = f"Expected {dtype.name} passed to parameter '{shown}' of op '{self.type}', got {value!r} of type '{type(value).__name__}' instead."
            raise teach(TypeError(f"{text} Error: {e}"), f"Both need one dtype: tf.cast one of them to tf.{dtype.name}.") from None
        except ValueError as e:
            raise teach(ValueError(f"Tried to convert '{shown}' to a tensor and failed. Error: {e}"), getattr(e, "hint", "")) from None

    def _differing(self, args: tuple[Any, ...]) -> Exception:
        types = ", ".join(convert_to_tensor(a).dtype.base_dtype.name for a in args[len(self.params) - 1 :])
        text = f"Tensors in list passed to '{self.params[-1].name}' of '{self.type}' Op have types [{types}] that don't all match."
        return teach(TypeError(text), "Convert them to one dtype with tf.cast.")

    def _typed(self, value: Any, want: DType, shown: str) -> Tensor:
        tensor = self._converted(value, want, shown)
        if tensor.dtype.base_dtype is not want:
            got = tensor.dtype.base_dtype.name
            raise teach(TypeError(f"Input '{shown}' of '{self.type}' Op has type {got} that does not match expected type of {want.name}."),
                        f"Convert it with tf.cast({shown}, tf.{want.name}).")  # fmt: skip
        return tensor

    def _allowed(self, tensor: Tensor, rule: Types | HostInts, shown: str) -> Tensor:
        allowed = rule.allowed
        if allowed and tensor.dtype.base_dtype not in allowed:
            names = rule.names()
            text = f"Value passed to parameter '{shown}' has DataType {tensor.dtype.base_dtype.name} not in list of allowed values: {names}"
            raise teach(TypeError(text), f"Convert it first: tf.cast(..., tf.{allowed[0].name}).", tensor.op.where)
        return tensor

    def _mismatch(self, shown: str, got: DType, want: DType, first: str) -> Exception:
        text = (
            f"Input '{shown}' of '{self.type}' Op has type {got.base_dtype.name} that does not match "
            f"type {want.name} of argument '{first}'."
        )
        error = TypeError(text)
        error.mismatch = shown, got, want  # type: ignore[attr-defined]  # for eager mode, which says it in other words
        return teach(error, f"Both need one dtype: tf.cast one of them to tf.{want.name}.")

    def _outputs(self, graph: Graph, inputs: tuple[Tensor, ...], attrs: dict[str, Any], bound: dict[str, DType],
                 label: str) -> list[tuple[DType, TensorShape]]:  # fmt: skip
        call = Call([x._shape for x in inputs], inputs, attrs, static_value)
        try:
            shapes = self.infer(call) if self.results else []
        except ShapeError as e:
            raise self._explained(e, graph, label, call) from None
        if len(self.results) == 1 and type(self.results[0]) is Types:
            return [(bound[self.results[0].letter], shapes[0])]
        types: list[DType] = []
        for rule in self._result_rules(attrs, inputs):
            types.append(self._result_type(rule, bound, attrs, inputs))
        if len(shapes) < len(types):
            shapes = shapes + [shapes[-1]] * (len(types) - len(shapes))
        return list(zip(types, shapes, strict=False))

    def _result_rules(self, attrs: dict[str, Any], inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
        """Result rules; `tuple[T, ...]` repeats by the attribute `num` or by the list attribute of dtypes."""
        rules = self.results
        if len(rules) == 2 and rules[1] is Ellipsis:
            count = attrs["num"] if "num" in attrs else attrs["N"] if "N" in attrs else len(attrs.get("Tout", ()))
            listed = None if isinstance(rules[0], Types) else attrs[getattr(rules[0], "attr", "Tout")]
            return tuple(listed) if isinstance(listed, (list, tuple)) else tuple(rules[:1]) * count
        return rules

    def _result_type(self, rule: Any, bound: dict[str, DType], attrs: dict[str, Any], inputs: tuple[Tensor, ...]) -> DType:
        if isinstance(rule, Types):
            return bound[rule.letter]
        if isinstance(rule, Ref):
            return bound[rule.types.letter].as_ref if rule.types.letter in bound else as_dtype(attrs["dtype"]).as_ref
        if isinstance(rule, OfAttr):
            return as_dtype(attrs[rule.attr])
        return as_dtype(rule)

    def _explained(self, e: ShapeError, graph: Graph, label: str, call: Call) -> Exception:
        shown = label[:-1] if label.endswith("/") else graph.unique_name(label, mark_as_used=False)
        shown_shapes = call.shapes[1:] + call.shapes[:1] if self.type == "ConcatV2" else call.shapes  # TensorFlow has the axis last
        shapes = ", ".join(s.brackets() for s in shown_shapes)
        text = f"{e} for '{shown}' (op: '{self.type}') with input shapes: {shapes}{e.extra}."
        made = [f"{x.name} {x.shape} was made in {x.op.where}" for x in call.inputs if x.op.where]
        return teach(ValueError(text), "\n".join(made))

    def __repr__(self) -> str:
        return f"<op {self.type}: {self.doc}>"


def op(type_: str, *, shape: Any = "same", **flags: Any) -> Callable[[Callable[..., Any]], OpDef]:
    """Declares an op: `shape` is a rule's name, a pattern or a function; flags are effect, host, state, writes."""

    def declare(kernel: Callable[..., Any]) -> OpDef:
        definition = OpDef(kernel, type_, shape, flags)
        registry[type_] = definition
        return definition

    return declare


def graph_of(args: tuple[Any, ...]) -> Graph:
    """The one graph that all tensors among the arguments belong to, else the default graph."""
    default = get_default_graph()
    if default.building_function:
        return default  # it captures what comes from outside
    first: Any = None
    for a in args:
        if isinstance(a, Tensor) or hasattr(a, "_ref_tensor"):
            if first is None:
                first = a
            elif a.graph is not first.graph:
                raise teach(ValueError(f"{_shown(a)} must be from the same graph as {_shown(first)}."),
                            "Build all of a computation inside one `with graph.as_default()`.")  # fmt: skip
    return first.graph if first is not None else default


def _shown(value: Any) -> str:
    return str(getattr(value, "_ref_tensor", value))


def _dtype_of_peers(definition: OpDef, rule: Types, args: tuple[Any, ...]) -> DType | None:
    """The dtype that a tensor among the other arguments of the same letter has."""
    params = definition.params
    for i, a in enumerate(args):
        p = params[min(i, len(params) - 1)]
        letter = getattr(p.rule.types if isinstance(p.rule, Ref) else p.rule, "letter", None)
        if letter == rule.letter and (isinstance(a, Tensor) or hasattr(a, "_ref_tensor")):
            dtype: DType = a.dtype.base_dtype
            return dtype
    return None
