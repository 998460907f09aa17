"""import_graph_def: a GraphDef, from tfnb or from TensorFlow itself, becomes nodes of the default graph.

    with open("model.pb", "rb") as f:
        graph_def = GraphDef.FromString(f.read())
    y, = import_graph_def(graph_def, input_map={"x": x}, return_elements=["y:0"], name="model")

Ops that tfnb does not have are said all at once, before anything is added.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from tfnb.core import protos
from tfnb.core.devices import merge_device
from tfnb.core.dtypes import DType, as_dtype
from tfnb.core.errors import NotFoundError, teach
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.graph_def import PRODUCER, RENAMED, order, value_of
from tfnb.core.op import OpDef, convert_to_tensor, registry
from tfnb.core.op_list import Signature, signature
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import unknown_shape
from tfnb.core.tensor_proto import make_ndarray, shape_from_proto

__all__ = ["import_graph_def", "missing_ops"]

BACKWARD = ("NextIteration", "RefNextIteration")  # their values reach Merge nodes that come before them


def missing_ops(graph_def: Any) -> list[tuple[str, int, str]]:
    """The op types of a GraphDef that tfnb has not: how many nodes have them, and the first such node's name."""
    functions = {f.signature.name for f in graph_def.library.function}
    lacking = [n for n in graph_def.node if n.op not in registry]
    counts = Counter(n.op for n in lacking)
    first = {n.op: n.name for n in reversed(lacking)}
    return [(op, count, "a function of the file's library" if op in functions else first[op]) for op, count in sorted(counts.items())]


def import_graph_def(graph_def: Any, input_map: dict[Any, Any] | None = None, return_elements: Any = None, name: str | None = None,
                     op_dict: Any = None, producer_op_list: Any = None) -> list[Any] | None:  # fmt: skip
    """Adds the nodes of `graph_def` under the scope `name` ('import'; '' for none) and returns `return_elements`.

    `input_map` gives the file's tensors ('x:0') others in their place. Raises NotFoundError with the list of all ops that
    tfnb has not, and ValueError, in TensorFlow's words, for a GraphDef that is not consistent.

    >>> with tf.Graph().as_default() as g: c = tf.constant(7, name="c")
    >>> found, = tf.import_graph_def(g.as_graph_def(), return_elements=["c:0"])
    >>> print(found.eval())
    7
    """
    _check_arguments(graph_def, input_map, return_elements)
    graph = get_default_graph()
    with graph.lock, name_scope(name, "import", [v for v in (input_map or {}).values() if isinstance(v, Tensor)]) as scope:
        replaced = _replacements(input_map or {}, scope)
        _check_ops(graph_def)
        made = _Import(graph, graph_def, scope, replaced)
        try:
            made.run()
        except Exception:
            graph.remove(made.made.values())  # all or nothing
            raise
    if return_elements is None:
        return None
    return [made.element(e) for e in return_elements]


def _check_arguments(graph_def: Any, input_map: Any, return_elements: Any) -> None:
    if type(graph_def).__name__ != "GraphDef" or not hasattr(graph_def, "node"):
        raise teach(TypeError("graph_def must be a GraphDef proto."), "Read a file with tf.GraphDef.FromString(data).")
    if input_map is not None and not (isinstance(input_map, dict) and all(isinstance(k, (str, bytes)) for k in input_map)):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    if return_elements is not None and not all(isinstance(e, (str, bytes)) for e in return_elements):
        raise TypeError("return_elements must be a list of strings.")
    if graph_def.versions.min_consumer > PRODUCER:
        raise ValueError(f"GraphDef min consumer version {graph_def.versions.min_consumer} above current version {PRODUCER} for TensorFlow "
                         "1.15.5.  Please upgrade TensorFlow.")  # fmt: skip


def _replacements(input_map: dict[Any, Any], scope: str) -> dict[str, Tensor]:
    if not all(isinstance(v, Tensor) for v in input_map.values()):
        if not scope:
            raise ValueError("tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor values. Try calling "
                             "tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def().")  # fmt: skip
        with name_scope("_inputs"):
            return {_text(k): convert_to_tensor(v) for k, v in input_map.items()}
    return {_text(k): v for k, v in input_map.items()}


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _check_ops(graph_def: Any) -> None:
    missing = missing_ops(graph_def)
    if missing:
        listed = "\n".join(f"  {op}: {count} node{'s' * (count > 1)} ({first})" for op, count, first in missing)
        text = f"Op type not registered '{missing[0][0]}' in tfnb. The graph has {len(missing)} op types that tfnb has not:\n{listed}"
        hint = "If what you need does not depend on them, cut it out first: tf.graph_util.extract_sub_graph(graph_def, ['output'])."
        raise NotFoundError(None, None, text, hint)


class Place(NamedTuple):
    """An input as a NodeDef writes it: 'x', 'x:1' or '^x'."""

    node: str
    index: int  # type: ignore[assignment]  # a tuple's own `index` is not used here

    @classmethod
    def of(cls, text: str) -> Place:
        if text.startswith("^"):
            return cls(text[1:], -1)
        name, _, index = text.partition(":")
        return cls(name, int(index or 0))


class _Import:
    """One import: the nodes of the file in an order in which each finds its inputs."""

    def __init__(self, graph: Graph, graph_def: Any, scope: str, replaced: dict[str, Tensor]) -> None:
        self.graph, self.scope = graph, scope
        self.nodes: dict[str, Any] = {}
        for node in graph_def.node:
            if node.name in self.nodes:
                raise ValueError(f"Node '{node.name}' is not unique")
            self.nodes[node.name] = node
        self.replaced = {(p.node, p.index): t for k, t in replaced.items() for p in [Place.of(k)]}
        self.asked = {(p.node, p.index): k for k in replaced for p in [Place.of(k)]}
        self.used: set[tuple[str, int]] = set()
        self.made: dict[str, Operation] = {}
        self.later: list[tuple[str, int, Place]] = []

    def run(self) -> None:
        for node in self._ordered():
            self.made[node.name] = self._add(node)
        for name, i, place in self.later:
            self.made[name].replace_input(i, self.made[place.node].outputs[place.index])
        unused = [text for place, text in self.asked.items() if place not in self.used and not self._has(place)]
        if unused:
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: [{', '.join(unused)}]")

    def _has(self, place: tuple[str, int]) -> bool:
        return place[0] in self.made and (place[1] < 0 or place[1] < len(self.made[place[0]].outputs))

    def element(self, name: Any) -> Any:
        """The operation or tensor that was called `name` in the file."""
        name = _text(name)
        place = Place.of(name)
        if place.node not in self.made:
            kind = "tensor" if ":" in name else "node"
            raise ValueError(f"Requested return {kind} '{name}' not found in graph def")
        op = self.made[place.node]
        if ":" not in name:
            return op
        if place.index >= len(op.outputs):
            raise ValueError(f"Invalid return output {place.index} of node '{place.node}', which has {len(op.outputs)} output(s)")
        return op.outputs[place.index]

    # -- the order ----------------------------------------------------------------------------------------------------
    def _ordered(self) -> list[Any]:
        """Every node after its inputs, except for the way back of a loop."""
        waiting: dict[str, int] = {}
        users: dict[str, list[str]] = {}
        for node in self.nodes.values():
            needs = {p.node for p in map(Place.of, node.input) if self._needed(node, p)}
            waiting[node.name] = len(needs)
            for n in needs:
                users.setdefault(n, []).append(node.name)
        ready = [n for n, count in waiting.items() if count == 0]
        done = []
        for name in ready:  # grows while it is read
            done.append(self.nodes[name])
            for user in users.get(name, ()):
                waiting[user] -= 1
                if waiting[user] == 0:
                    ready.append(user)
        if len(done) < len(self.nodes):
            raise ValueError(f"{len(self.nodes) - len(done)} nodes in a cycle")
        places = {n: i for i, n in enumerate(self.nodes)}
        return done if self._loops() or not _sorted_already(self.nodes) else sorted(done, key=lambda n: places[n.name])

    def _loops(self) -> bool:
        return any(n.op in BACKWARD for n in self.nodes.values())

    def _needed(self, node: Any, place: Place) -> bool:
        if tuple(place) in self.replaced:
            return False
        if place.node not in self.nodes:
            raise ValueError(f"Node '{node.name}': Unknown input node '{place.node}'")
        return not (node.op in ("Merge", "RefMerge") and self.nodes[place.node].op in BACKWARD)

    # -- one node -----------------------------------------------------------------------------------------------------
    def _add(self, node: Any) -> Operation:
        definition, sig = registry[node.op], signature(node.op)
        places = [Place.of(text) for text in node.input]
        inputs = [self._input(node, i, p) for i, p in enumerate(p for p in places if p.index >= 0)]
        _check_types(node, sig, inputs, self.scope)
        names = tuple(p.name for p in definition.params)
        at = order(node.op, names, len(inputs))
        arranged = tuple(x for _, x in sorted(zip(at, inputs, strict=True), key=lambda pair: pair[0]))
        label = self.scope + self.graph_name(node.name)
        attrs = attributes(node, definition, sig, self.scope)
        bound = definition._check(arranged, attrs, label)[1]
        outputs = definition._outputs(self.graph, arranged, attrs, bound, label + "/")
        if any(p.node not in self.made for p in places):  # what comes round may have another shape than what comes in
            outputs[0] = (outputs[0][0], unknown_shape())
        control = [self._control(p) for p in places if p.index < 0]
        op = self.graph.add(label + "/", definition, arranged, attrs, outputs, control)
        return self._finish(op, node, definition, sig)

    def graph_name(self, name: str) -> str:
        """The node's name under the scope, made unique where there is no scope of its own."""
        if not name or " " in name:
            raise ValueError(f"Node '{name}': Node name contains invalid characters")
        outer, self.graph._scope = self.graph._scope, self.scope.rstrip("/")
        try:
            return self.graph.unique_name(name).removeprefix(self.scope)
        finally:
            self.graph._scope = outer

    def _finish(self, op: Operation, node: Any, definition: OpDef, sig: Signature | None) -> Operation:
        if node.device:
            op.device = merge_device(op.device, node.device)
        kept = {k: v for k, v in node.attr.items() if _is_mark(k, v, definition, sig)}
        if kept:
            op.marks = {k: self._groups(v) if k == "_class" else v for k, v in kept.items()}
        if "_output_shapes" in node.attr:
            for t, shape in zip(op.outputs, node.attr["_output_shapes"].list.shape, strict=False):
                t._shape = t._shape.merge_with(shape_from_proto(shape))
            (op.marks or {}).pop("_output_shapes", None)
        return op

    def _groups(self, attr: Any) -> list[bytes]:
        return [b"loc:@" + self.scope.encode() + s[5:] if s.startswith(b"loc:@") else s for s in attr.list.s]

    def _control(self, place: Place) -> Operation:
        self.used.add((place.node, -1))
        return self.replaced[place.node, -1].op if (place.node, -1) in self.replaced else self.made[place.node]

    def _input(self, node: Any, i: int, place: Place) -> Tensor:
        if tuple(place) in self.replaced:
            self.used.add((place.node, place.index))
            return self.replaced[place.node, place.index]
        if place.node not in self.made:  # the way back of a loop: for now the way in stands for it
            self.later.append((node.name, i, place))
            return self._input(node, i, next(p for p in map(Place.of, node.input) if p.node in self.made))
        outputs = self.made[place.node].outputs
        if place.index >= len(outputs):
            raise ValueError(f"Node '{node.name}': Connecting to invalid output {place.index} of source node {place.node} "
                             f"which has {len(outputs)} outputs.")  # fmt: skip
        return outputs[place.index]


def _sorted_already(nodes: dict[str, Any]) -> bool:
    seen: set[str] = set()
    for name, node in nodes.items():
        if any(p.node in nodes and p.node not in seen for p in map(Place.of, node.input)):
            return False
        seen.add(name)
    return True


def _is_mark(name: str, value: Any, definition: OpDef, sig: Signature | None) -> bool:
    """Whether a node's attribute would be lost: no kernel of tfnb reads it and the signature's default is another."""
    if sig is None or name not in sig.attrs:
        return name.startswith("_")
    if RENAMED.get((definition.type, name), name) in definition.attributes:
        return False
    default = sig.attrs[name][1]
    return default is not None and sig.attrs[name][0] in ("bool", "int", "string") and _plain(value, None) != default


def _check_types(node: Any, sig: Signature | None, inputs: list[Tensor], scope: str) -> None:
    if sig is None or any(a.count or a.many_types for a in sig.inputs):
        return
    shown = f"{{{{node {scope}{node.name}}}}}"
    if len(inputs) != len(sig.inputs):
        text = f"NodeDef expected {len(sig.inputs)} inputs, but has {len(inputs)}; NodeDef: {shown}"
        raise ValueError(text)
    for i, (x, arg) in enumerate(zip(inputs, sig.inputs, strict=True)):
        want = as_dtype(node.attr[arg.type].type) if arg.type in node.attr else None if arg.type in sig.attrs else as_dtype(arg.type)
        got = x.dtype.base_dtype
        if want is not None and got is not want.base_dtype:
            names = {"float32": "float", "float64": "double", "float16": "half"}
            raise ValueError(f"Input {i} of node {scope}{node.name} was passed {names.get(got.name, got.name)} from {x.name} "
                             f"incompatible with expected {names.get(want.name, want.name)}.")  # fmt: skip


def attributes(node: Any, definition: OpDef, sig: Signature | None, scope: str = "") -> dict[str, Any]:
    """A node's attributes as tfnb's op takes them."""
    theirs = {v: k for (op, k), v in RENAMED.items() if op == node.op}
    out = {}
    for name, default in definition.attributes.items():
        wanted = theirs.get(name, name)
        if wanted in node.attr:
            out[name] = _plain(node.attr[wanted], default)
        elif default is not definition.signature.empty:
            out[name] = default
        elif sig is not None and sig.attrs.get(wanted, ("", None))[1] is not None:
            out[name] = _from_default(*sig.attrs[wanted])
        else:
            raise ValueError(f"NodeDef missing attr '{wanted}' from Op<name={node.op}>; NodeDef: {{{{node {scope}{node.name}}}}}")
    return out


def _from_default(kind: str, default: Any) -> Any:
    if kind == "type":
        return as_dtype(default)
    return None if default == "?" else tuple(default) if isinstance(default, list) else default


def _plain(attr: Any, default: Any) -> Any:
    """An AttrValue as the Python value that tfnb's ops hold."""
    kind = attr.WhichOneof("value")
    if kind == "tensor":
        array = make_ndarray(attr.tensor)
        array.flags.writeable = False
        return array if array.ndim else array[()]
    if kind == "shape":
        return shape_from_proto(attr.shape)
    if kind == "list":
        values = value_of(attr)
        shapes = bool(values) and isinstance(values[0], protos.TensorShapeProto)
        values = [shape_from_proto(v) if shapes else v.decode() if isinstance(v, bytes) else v for v in values]
        return values if values and isinstance(values[0], DType) else tuple(values)
    value = value_of(attr)
    return value.decode("latin1") if isinstance(value, bytes) else value


