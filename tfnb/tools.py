"""Small programs of TensorFlow's that lessons import: what devices there are, a run's timeline, a checkpoint's contents, freezing.

    from tensorflow.python.tools import inspect_checkpoint
    inspect_checkpoint.print_tensors_in_checkpoint_file("model-100", None, all_tensors=True)
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

__all__ = ["DeviceAttributes", "Timeline", "freeze_graph", "list_local_devices", "print_tensors_in_checkpoint_file", "read_file_to_string"]


class DeviceAttributes(NamedTuple):
    """A device: its name, kind and memory in bytes."""

    name: str
    device_type: str
    memory_limit: int
    physical_device_desc: str = ""


def list_local_devices(session_config: Any = None) -> list[DeviceAttributes]:
    """The devices of this machine that tfnb can use, by TensorFlow's names.

    >>> tf.python.client.device_lib.list_local_devices()[0].name
    '/device:CPU:0'
    """
    from tfnb.engine.backends import devices

    kinds = {d.kind: d for d in devices() if d.available}
    return [DeviceAttributes(f"/device:{kind}:0", kind, int(d.memory_total or 0), d.description) for kind, d in kinds.items()]


def read_file_to_string(filename: str, binary_mode: bool = False) -> Any:
    """The contents of a file."""
    from tfnb import gfile

    with gfile.GFile(filename, "rb" if binary_mode else "r") as f:
        return f.read()


class Timeline:
    """A run's `step_stats` as events that chrome://tracing draws."""

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        self._stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        """The events as JSON."""
        events: list[dict[str, Any]] = []
        for pid, device in enumerate(getattr(self._stats, "dev_stats", ())):
            events.append({"name": "process_name", "ph": "M", "pid": pid, "args": {"name": device.device}})
            for node in device.node_stats:
                kind = node.timeline_label.partition(" = ")[2].partition("(")[0] or node.node_name
                events.append({"ph": "X", "cat": "Op", "name": kind, "pid": pid, "tid": 0, "ts": node.all_start_micros,
                               "dur": max(node.all_end_rel_micros, 1), "args": {"name": node.node_name, "op": kind}})  # fmt: skip
        return json.dumps({"traceEvents": events}, indent=4)


def print_tensors_in_checkpoint_file(file_name: str, tensor_name: str | None, all_tensors: bool, all_tensor_names: bool = False,
                                     count_exclude_pattern: str = "") -> None:  # fmt: skip
    """Prints the names in a checkpoint, with the values of one or of all."""
    from tfnb.train.checkpoints import load_checkpoint

    reader = load_checkpoint(file_name)
    if tensor_name and not all_tensors:
        print("tensor_name: ", tensor_name)
        print(reader.get_tensor(tensor_name))
        return
    for name in sorted(reader.get_variable_to_shape_map()):
        print("tensor_name: ", name)
        if all_tensors:
            print(reader.get_tensor(name))


def freeze_graph(input_graph: str, input_saver: str, input_binary: bool, input_checkpoint: str, output_node_names: str, restore_op_name: str,
                 filename_tensor_name: str, output_graph: str, clear_devices: bool, initializer_nodes: str, variable_names_whitelist: str = "",
                 variable_names_blacklist: str = "", input_meta_graph: str | None = None, **_: Any) -> Any:  # fmt: skip
    """Writes a graph with a checkpoint's values in place of its variables; returns the graph's definition.

    Raises ValueError where the checkpoint or the graph is not there.
    """
    from tfnb import gfile, graph_util, train
    from tfnb.core.graph import Graph
    from tfnb.core.graph_import import import_graph_def
    from tfnb.engine.session import Session

    if not train.checkpoint_exists(input_checkpoint):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    with Graph().as_default() as graph, Session(graph=graph) as sess:
        if input_meta_graph:
            train.import_meta_graph(input_meta_graph, clear_devices=clear_devices).restore(sess, input_checkpoint)
        else:
            import_graph_def(_definition(input_graph, input_binary), name="")
            reader = train.load_checkpoint(input_checkpoint)
            there = {op.name: op for op in graph.get_operations() if op.type in ("VariableV2", "Variable", "VarHandleOp")}
            sess._values.update({n: reader.get_tensor(n) for n in reader.get_variable_to_shape_map() if n in there})
        names = output_node_names.replace(" ", "").split(",")
        listed = [v.split(",") if v else None for v in (variable_names_whitelist, variable_names_blacklist)]
        frozen = graph_util.convert_variables_to_constants(sess, graph.as_graph_def(), names, *listed)
    if output_graph:
        with gfile.GFile(output_graph, "wb") as f:
            f.write(frozen.SerializeToString())
    return frozen


def _definition(path: str, binary: bool) -> Any:
    """A GraphDef from a file, in bytes or as text."""
    from tfnb.core import protos

    found = protos.GraphDef()
    if binary:
        with open(path, "rb") as f:
            found.ParseFromString(f.read())
        return found
    from google.protobuf import text_format

    with open(path, encoding="utf-8") as f:
        return text_format.Merge(f.read(), found)
