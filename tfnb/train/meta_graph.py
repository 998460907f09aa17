"""MetaGraphDef: a graph with its collections, as the .meta file beside a checkpoint holds it.

    saver = import_meta_graph("model/m-3.meta");  saver.restore(sess, "model/m-3")

A variable is written as a VariableDef: the names of its operations. tfnb's Saver needs no nodes, so those that TensorFlow
restores by (save/...) are not written; they are read where they are.
"""

from __future__ import annotations

import os
from typing import Any

from tfnb.core import protos
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.graph_import import import_graph_def
from tfnb.variables import Variable

__all__ = ["export_meta_graph", "import_meta_graph", "write_graph"]

_VARIABLES = ("variables", "trainable_variables", "local_variables", "model_variables", "moving_average_variables", "metric_variables",
              "global_step")  # fmt: skip


def export_meta_graph(filename: str | None = None, meta_info_def: Any = None, graph_def: Any = None, saver_def: Any = None,
                      collection_list: Any = None, as_text: bool = False, graph: Graph | None = None, saver: Any = None, **_: Any) -> Any:  # fmt: skip
    """The graph and its collections as a MetaGraphDef, written to `filename` where one is given.

    >>> x = tf.constant(1.0, name="x")
    >>> meta = tf.train.export_meta_graph()
    >>> print(meta.graph_def.node[0].name)
    x
    """
    graph = graph or get_default_graph()
    out = protos.MetaGraphDef()
    out.graph_def.CopyFrom(graph_def or graph.as_graph_def(add_shapes=True))
    out.meta_info_def.tensorflow_version = "1.15.5"
    # without nodes of its own TensorFlow makes a Saver of all variables
    if saver_def is not None and saver_def.restore_op_name in graph._operations:
        out.saver_def.CopyFrom(saver_def)
    for key in collection_list or graph.get_all_collection_keys():
        _write_collection(out, key, graph.get_collection(key))
    if filename:
        _write(filename, out, as_text)
    return out


def _write(path: str, message: Any, as_text: bool) -> None:
    from tfnb.train.checkpoints import write_file

    write_file(path, str(message).encode() if as_text else message.SerializeToString())


def _write_collection(out: Any, key: str, items: list[Any]) -> None:
    kinds = {_kind(item) for item in items}
    if len(kinds) != 1 or None in kinds:
        return  # as TensorFlow, which warns of what it cannot write
    kind = kinds.pop()
    values = getattr(out.collection_def[key], kind).value
    values.extend(variable_def(v).SerializeToString() if isinstance(v, Variable) else v.encode() if kind == "bytes_list" and isinstance(v, str) else
                  v.name if isinstance(v, (Tensor, Operation)) else v for v in items)  # fmt: skip


def _kind(item: Any) -> str | None:
    kinds = (((Variable, str, bytes), "bytes_list"), ((Tensor, Operation), "node_list"), (bool, None), (int, "int64_list"), (float, "float_list"))
    return next((name for types, name in kinds if isinstance(item, types)), None)  # type: ignore[arg-type]


def variable_def(v: Variable) -> Any:
    """A variable as the names of its operations."""
    return protos.VariableDef(variable_name=v.name, initial_value_name=v.initial_value.name, initializer_name=v.initializer.name,
                              snapshot_name=v.value().name, trainable=bool(v.trainable), is_resource=v._is_resource)  # fmt: skip


def variable_of(message: Any, graph: Graph, scope: str = "") -> Variable:
    """The variable whose operations are in the graph already."""
    def find(name: str) -> Any:
        return graph.as_graph_element(f"{scope}/{name}" if scope else name)

    v: Variable = object.__new__(Variable)
    v._ref_tensor, v.initializer, v._snapshot = find(message.variable_name), find(message.initializer_name), find(message.snapshot_name)
    v._initial_value = find(message.initial_value_name) if message.initial_value_name else v.initializer.inputs[1]
    v.trainable, v._is_resource, v.constraint, v._save_slice_info = message.trainable, message.is_resource, None, None
    v.synchronization = v.aggregation = None
    graph.variables.append(v)
    return v


def read_message(path: str, message: Any) -> Any:
    """A message from a file in either form."""
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    if not os.path.isfile(path):
        raise OSError(f"File {path} does not exist.")
    with open(path, "rb") as f:
        data = f.read()
    try:
        message.ParseFromString(data)
    except DecodeError:
        text_format.Parse(data.decode(), message)
    return message


def import_meta_graph(meta_graph_or_file: Any, clear_devices: bool = False, import_scope: str | None = None, **_: Any) -> Any:
    """Adds a file's graph and collections to the default graph; the Saver of its variables is returned.

    Raises OSError for no file, NotFoundError with the list of ops that tfnb has not.

    >>> x = tf.constant(1.0, name="x")
    >>> _ = tf.train.export_meta_graph("model.meta")
    >>> with tf.Graph().as_default() as graph:
    ...     _ = tf.train.import_meta_graph("model.meta")
    >>> print(graph.get_operations())
    [<tf.Operation 'x' type=Const>]
    """
    from tfnb.train.saver import Saver

    meta = meta_graph_or_file
    if isinstance(meta, (str, os.PathLike)):
        meta = read_message(os.fspath(meta), protos.MetaGraphDef())
    restore_collections(meta, clear_devices, import_scope or "")
    named = {v.op.name.removeprefix(f"{import_scope}/"): v for v in get_default_graph().get_collection("variables")}
    if not named:
        return None
    return Saver(named, saver_def=meta.saver_def if meta.HasField("saver_def") else None)


def restore_collections(meta: Any, clear_devices: bool = False, scope: str = "", input_map: Any = None) -> None:
    """Imports the graph of a MetaGraphDef and fills the graph's collections as they were."""
    graph, graph_def = get_default_graph(), meta.graph_def
    if clear_devices:
        graph_def = protos.GraphDef.FromString(graph_def.SerializeToString())
        for node in graph_def.node:
            node.device = ""
    import_graph_def(graph_def, input_map=input_map, name=scope)
    made: dict[str, Variable] = {}
    for key in sorted(meta.collection_def):
        held = meta.collection_def[key]
        for item in getattr(held, held.WhichOneof("kind")).value:
            if key in _VARIABLES and isinstance(item, bytes):
                message = protos.VariableDef.FromString(item)
                if message.variable_name not in made:
                    made[message.variable_name] = variable_of(message, graph, scope)
                graph.add_to_collection(key, made[message.variable_name])
            elif held.WhichOneof("kind") == "node_list":
                graph.add_to_collection(key, graph.as_graph_element(f"{scope}/{item}" if scope else item))
            elif held.WhichOneof("kind") != "any_list" and key not in ("while_context", "cond_context", "queue_runners", "savers"):
                graph.add_to_collection(key, item)


def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Writes a graph to a file, as text or as bytes; its path is returned.

    >>> x = tf.constant(1.0, name="x")
    >>> print(tf.io.write_graph(tf.get_default_graph(), ".", "graph.pbtxt"))
    ./graph.pbtxt
    """
    message = graph_or_graph_def.as_graph_def() if isinstance(graph_or_graph_def, Graph) else graph_or_graph_def
    os.makedirs(logdir or ".", exist_ok=True)
    path = os.path.join(logdir, name)
    _write(path, message, as_text)
    return path
