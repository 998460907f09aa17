"""tf.graph_util: GraphDefs made smaller, and variables made constants, for a graph that is to be used and not trained.

    frozen = convert_variables_to_constants(sess, sess.graph.as_graph_def(), ["softmax"])
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfnb.core import protos
from tfnb.core.tensor_proto import make_tensor_proto

__all__ = ["convert_variables_to_constants", "extract_sub_graph", "must_run_on_cpu", "remove_training_nodes", "tensor_shape_from_node_def_name"]

_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")


def _node_of(text: str) -> str:
    return text.removeprefix("^").split(":")[0]


def extract_sub_graph(graph_def: Any, dest_nodes: Any) -> Any:
    """The nodes that `dest_nodes` need, in their old order.

    Raises TypeError for a single string, AssertionError for a node that is not there.

    >>> a = tf.constant(1, name="a")
    >>> b = tf.add(a, 2, name="b")
    >>> c = tf.add(a, 3, name="c")
    >>> d = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["b"])
    >>> [n.name for n in d.node]
    ['a', 'b/y', 'b']
    """
    if not hasattr(graph_def, "node"):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {n.name: n for n in graph_def.node}
    for name in dest_nodes:
        assert name in nodes, f"{name} is not in graph"
    needed, waiting = set(), list(dest_nodes)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += map(_node_of, nodes[name].input)
    return _graph((n for n in graph_def.node if n.name in needed), graph_def)


def _graph(nodes: Iterable[Any], like: Any) -> Any:
    out = protos.GraphDef()
    for n in nodes:
        out.node.add().CopyFrom(n)
    out.library.CopyFrom(like.library)
    out.versions.CopyFrom(like.versions)
    return out


def convert_variables_to_constants(sess: Any, input_graph_def: Any, output_node_names: Any, variable_names_whitelist: Any = None,
                                   variable_names_blacklist: Any = None) -> Any:  # fmt: skip
    """The part that the outputs need, each variable replaced by a constant with its value in the session.

    >>> v = tf.Variable(3.0, name="v")
    >>> y = tf.add(v, 1.0, name="y")
    >>> sess.run(v.initializer)
    >>> d = tf.graph_util.convert_variables_to_constants(sess, sess.graph_def, ["y"])
    >>> [n.op for n in d.node if n.name == "v"]
    ['Const']
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    chosen = [n.name for n in part.node if n.op in _VARIABLES and (variable_names_whitelist is None or n.name in variable_names_whitelist)
              and n.name not in (variable_names_blacklist or ())]  # fmt: skip
    dtypes = {n.name: n.attr["dtype"].type for n in part.node if n.name in chosen}
    reads = {n.input[0]: n.name for n in part.node if n.op == "ReadVariableOp"}
    values = sess.run({name: f"{reads.get(name, name)}:0" for name in chosen}) if chosen else {}
    out = protos.GraphDef()
    for node in part.node:
        made = out.node.add()
        if node.name in values:
            made.name, made.op = node.name, "Const"
            made.attr["dtype"].type = dtypes[node.name]
            made.attr["value"].tensor.CopyFrom(make_tensor_proto(values[node.name], dtypes[node.name]))
        elif node.op == "ReadVariableOp" and node.input[0] in values:
            made.name, made.op = node.name, "Identity"
            made.input.append(node.input[0])
            made.attr["T"].CopyFrom(node.attr["dtype"])
        else:
            made.CopyFrom(node)
    out.library.CopyFrom(input_graph_def.library)
    return out


def remove_training_nodes(input_graph: Any, protected_nodes: Any = None) -> Any:
    """The graph without CheckNumerics and without Identity nodes that nothing but their value passes through.

    >>> x = tf.identity(tf.constant(1.0, name="x"), name="y")
    >>> kept = tf.graph_util.remove_training_nodes(tf.get_default_graph().as_graph_def(), ["y"])
    >>> print([node.name for node in kept.node])
    ['x', 'y']
    """
    kept = set(protected_nodes or ())
    nodes = {n.name: n for n in input_graph.node}
    controls = {_node_of(i) for n in input_graph.node for i in n.input if i.startswith("^")}
    away: dict[str, str] = {}
    for n in input_graph.node:
        plain = len(n.input) == 1 and n.op in ("Identity", "CheckNumerics") and not n.input[0].startswith("^")
        if plain and n.name not in kept | controls and nodes[_node_of(n.input[0])].op not in ("Switch", "Merge", "Enter", "Exit"):
            away[n.name] = n.input[0]
    out = _graph((n for n in input_graph.node if n.name not in away), input_graph)
    for n in out.node:
        for i, text in enumerate(n.input):
            while text in away:
                text = away[text]
            n.input[i] = text
    return out


def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Whether a node's values are texts, which only the CPU holds.

    >>> print(tf.graph_util.must_run_on_cpu(tf.constant("text").op))
    True
    """
    node = getattr(node, "node_def", node)
    return any(node.attr[k].type == 7 for k in ("T", "dtype") if k in node.attr) or (pin_variables_on_cpu and node.op in _VARIABLES)


def tensor_shape_from_node_def_name(graph: Any, input_name: str) -> Any:
    """The static shape of a tensor by its name.

    >>> x = tf.zeros([2, 3], name="x")
    >>> print(tf.graph_util.tensor_shape_from_node_def_name(tf.get_default_graph(), "x"))
    (2, 3)
    """
    name = input_name if ":" in input_name else input_name + ":0"
    return graph.get_tensor_by_name(name).shape


def __getattr__(name: str) -> Any:
    """`import_graph_def`, which is tf.import_graph_def."""
    if name == "import_graph_def":
        from tfnb.core.graph_import import import_graph_def

        return import_graph_def
    from tfnb.coverage import absent

    raise absent("tf.graph_util", name)
