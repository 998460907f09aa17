"""The layers between two tensors: found by walking back from the outputs, run again on other inputs.

    found = between(model.inputs, model.outputs)       found.nodes in the order they run, found.layers in Keras's order
    outputs = run(found, inputs, outputs, new_inputs)  the same calls on new tensors
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfnb.core import nest
from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor, get_default_graph
from tfnb.keras import session
from tfnb.keras.base import Layer, Node, takes
from tfnb.ops.sources import placeholder

__all__ = ["Input", "InputLayer", "between", "run"]


class Between(NamedTuple):
    """The calls between inputs and outputs."""

    nodes: list[Node]
    layers: list[Any]
    places: set[tuple[int, int]]  # (id of layer, node's number): which calls of a layer belong here


# -- where a model begins ----------------------------------------------------------------------------------------
class InputLayer(Layer):
    """The placeholder that a model begins with.

    >>> tf.keras.layers.InputLayer((3,), name="x").output.shape
    TensorShape([Dimension(None), Dimension(3)])
    """

    def __init__(self, input_shape: Any = None, batch_size: int | None = None, dtype: Any = None, input_tensor: Any = None, sparse: bool = False,
                 name: str | None = None, **named: Any) -> None:  # fmt: skip
        if input_shape is None and named.get("batch_input_shape") is not None:
            batch_size, *input_shape = named["batch_input_shape"]
        super().__init__(name=name or f"input_{session.get_uid('input')}", dtype=dtype or "float32", batch_input_shape=None)
        self.batch_input_shape = None if input_shape is None else (batch_size, *input_shape)
        self.built, self.is_placeholder, self.sparse = True, input_tensor is None, sparse
        if input_tensor is None:
            with session.get_graph().as_default():
                input_tensor = placeholder(as_dtype(self._dtype), self.batch_input_shape, name=self.name)
        else:
            self.batch_input_shape = tuple(input_tensor.shape.as_list())
            self._dtype = input_tensor.dtype.base_dtype.name
        input_tensor._keras_history = (self, 0, 0)
        session.note_input(input_tensor.graph)
        self._nodes.append(Node(self, [], input_tensor, {}))

    def get_config(self) -> dict[str, Any]:
        return {"batch_input_shape": self.batch_input_shape, "dtype": self._dtype, "sparse": self.sparse, "name": self.name}


def Input(shape: Any = None, batch_size: int | None = None, name: str | None = None, dtype: Any = None, sparse: bool = False,
          tensor: Any = None, **named: Any) -> Tensor:  # fmt: skip
    """A symbolic tensor [batch, *shape] that a model begins with. Raises ValueError without a shape.

    >>> tf.keras.Input((28, 28)).shape
    TensorShape([Dimension(None), Dimension(28), Dimension(28)])
    """
    if shape is None and tensor is None and not named.get("batch_shape"):
        raise ValueError("Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` does not include the batch dimension.")
    if named.get("batch_shape"):
        batch_size, *shape = named["batch_shape"]
    if shape is not None and np.ndim(shape) == 0 and not isinstance(shape, (tuple, list)):
        shape = (shape,)
    return InputLayer(shape, batch_size, dtype, tensor, sparse, name).output  # type: ignore[no-any-return]


# -- ops between the layers --------------------------------------------------------------------------------------
class OpLayer(Layer):
    """An op that was called on a layer's output: run again, it is added again."""

    def __init__(self, op: Operation, places: list[int]) -> None:
        super().__init__(name=session.unique_name("tf_op_layer_" + op.name.split("/")[-1]))
        self.op, self.places, self.built = op, places, True

    def call(self, inputs: Any) -> Any:
        given = list(self.op.inputs)
        for place, x in zip(self.places, nest.flatten(inputs), strict=True):
            given[place] = x
        graph = get_default_graph()
        shapes = self.op.definition.infer(_call_of(given, self.op)) if self.op.definition.results else []
        outputs = [(t.dtype, s) for t, s in zip(self.op.outputs, shapes, strict=True)]
        made = graph.add(self.op.name.split("/")[-1], self.op.definition, tuple(given), dict(self.op.attrs), outputs).outputs
        return made[0] if len(made) == 1 else list(made)


def _call_of(given: list[Any], op: Operation) -> Any:
    from tfnb.core.op import static_value
    from tfnb.core.rules import Call

    return Call([x.shape for x in given], tuple(given), op.attrs, static_value)


def give_history(tensor: Tensor, known: dict[Operation, bool] | None = None) -> bool:
    """Whether a tensor depends on a layer's output; the ops on the way become layers."""
    if hasattr(tensor, "_keras_history"):
        return True
    known = {} if known is None else known
    if tensor.op not in known:
        known[tensor.op] = False
        places = [i for i, x in enumerate(tensor.op.inputs) if give_history(x, known)]
        known[tensor.op] = bool(places)
        if places:
            layer = OpLayer(tensor.op, places)
            inputs = [tensor.op.inputs[i] for i in places]
            outputs = list(tensor.op.outputs)
            for i, t in enumerate(outputs):
                t._keras_history = (layer, 0, i)
            layer._nodes.append(Node(layer, inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0], {}))
    return known[tensor.op]


# -- from outputs to inputs --------------------------------------------------------------------------------------
def between(inputs: list[Tensor], outputs: list[Tensor]) -> Between:
    """The calls that lead from the inputs to the outputs. Raises ValueError where an output depends on something else."""
    for t in outputs:
        if not give_history(t):
            raise ValueError("Output tensors to a Model must be the output of a TensorFlow `Layer` (thus holding past layer metadata). Found: " + str(t))
    begins = {t._keras_history[:2] for t in inputs}
    order: list[tuple[Any, int]] = []
    index: dict[Any, int] = {}

    def visit(layer: Any, number: int) -> None:
        if (layer, number) in order:
            return
        index.setdefault(layer, len(index))
        if (layer, number) not in begins:
            for parent, n, _ in layer._nodes[number].parents:
                visit(parent, n)
            if isinstance(layer, InputLayer):
                raise ValueError(f'Graph disconnected: cannot obtain value for tensor {layer.output} at layer "{layer.name}".')
        order.append((layer, number))

    for t in outputs:
        visit(*t._keras_history[:2])
    for layer, number in begins - set(order):
        index.setdefault(layer, len(index))
        order.insert(0, (layer, number))
    depths, of_layer = _depths(order, begins, [t._keras_history[0] for t in inputs])
    layers = sorted(of_layer, key=lambda layer: (-of_layer[layer], index[layer]))
    nodes = [layer._nodes[n] for layer, n in sorted(order, key=lambda key: -depths[key])]
    return Between(nodes, layers, {(id(layer), n) for layer, n in order})


def _depths(order: list[Any], begins: Any, inputs: list[Any]) -> tuple[dict[Any, int], dict[Any, int]]:
    """How far from the outputs each call and each layer is."""
    depths: dict[Any, int] = {}
    of_layer: dict[Any, int] = {}
    for layer, number in reversed(order):
        depth = max(depths.setdefault((layer, number), 0), of_layer.get(layer, 0))
        depths[layer, number] = of_layer[layer] = depth
        for parent, n, _ in [] if (layer, number) in begins else layer._nodes[number].parents:
            depths[parent, n] = max(depth + 1, depths.get((parent, n), 0))
    return depths, of_layer


def run(found: Between, inputs: list[Tensor], outputs: Any, given: list[Any], training: Any = None, masks: Any = None) -> Any:
    """What the outputs are when the inputs are these."""
    made = {id(t): x for t, x in zip(inputs, given, strict=True)}
    here = lambda t: made.get(id(t), t)  # noqa: E731
    for t, m in zip(inputs, masks or [], strict=False):
        if m is not None:
            made[id(t)]._keras_mask = m
    for node in found.nodes:
        if all(id(t) in made for t in nest.flatten(node.outputs)):
            continue
        x = nest.map_structure(here, node.inputs)
        named = {k: nest.map_structure(here, v) for k, v in node.named.items()}
        if training is not None and takes(node.layer.call, "training") and named.get("training") is None:
            named["training"] = training
        y = node.layer(x, **named)
        made.update({id(t): v for t, v in zip(nest.flatten(node.outputs), nest.flatten(y), strict=True)})
    return nest.map_structure(lambda t: made[id(t)], outputs)
