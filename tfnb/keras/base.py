"""Keras's Layer: a callable with weights, built at its first call, which remembers what it was called on.

    class Scale(Layer):
        def build(self, input_shape): self.k = self.add_weight("k", [int(input_shape[-1])])
        def call(self, x): return x * self.k

Each call is a Node; the nodes between two tensors are a Model (network.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tfnb.core import nest
from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.core.tracking import attributes, grown
from tfnb.keras import session
from tfnb.keras.calls import InputSpec, as_input, batch_shape, bound_arguments, listed, snake, takes, unique
from tfnb.layer_base import Layer as PlainLayer
from tfnb.variables import Variable

__all__ = ["InputSpec", "Layer", "Node"]


class Node(NamedTuple):
    """One call of a layer: what it was given, and what came out."""

    layer: Layer
    inputs: Any
    outputs: Any
    named: dict[str, Any]

    @property
    def parents(self) -> list[tuple[Layer, int, int]]:
        """(layer, node, place) of each input tensor."""
        return [t._keras_history for t in nest.flatten(self.inputs) if isinstance(t, Tensor)]


_HIDDEN = frozenset({"_given", "_own", "_losses", "_updates", "_metrics", "_nodes", "_first_weights", "_found", "_made", "_row", "inputs", "outputs",
                     "_input_structure", "_output_structure"})  # what is no part of a layer, but of how it was used  # fmt: skip
_calls: list[Any] = []  # the training argument of the layers that are being called, outermost first


class Layer:
    """The base of Keras's layers: `build` makes weights, `call` computes.

    >>> class Double(tf.keras.layers.Layer):
    ...     def call(self, x): return 2 * x
    >>> print(Double()(tf.constant([1.0, 2.0])).eval())
    [2. 4.]
    """

    input_spec: Any = None
    supports_masking = False
    _given: dict[str, Any]

    def __new__(cls, *args: Any, **named: Any) -> Any:
        self = super().__new__(cls)
        self._given = bound_arguments(cls.__init__, args, named)
        return self

    def __init__(self, trainable: bool = True, name: str | None = None, dtype: Any = None, dynamic: bool = False, **named: Any) -> None:
        unknown = set(named) - {"input_shape", "batch_input_shape", "batch_size", "weights", "activity_regularizer", "input_dim", "input_length", "autocast",
                                "experimental_autocast", "_scope", "_reuse"}  # fmt: skip
        if unknown:
            raise TypeError("Keyword argument not understood:", sorted(unknown)[0])
        self.trainable, self.stateful, self.dynamic = trainable, False, dynamic
        self._name = name or session.unique_name(snake(type(self).__name__))
        self.built = False
        self._dtype = None if dtype is None else as_dtype(dtype).name
        self._own: list[Any] = []
        self._names: dict[int, str] = {}
        self._losses: list[Any] = []
        self._updates: list[Any] = []
        self._metrics: list[Any] = []
        self._nodes: list[Node] = []
        self._first_weights = named.get("weights")
        self.activity_regularizer = named.get("activity_regularizer")
        self.batch_input_shape = batch_shape(named)

    # -- for subclasses --------------------------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of this shape."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **named: Any) -> Any:
        return inputs

    def add_weight(self, name: str | None = None, shape: Any = (), dtype: Any = None, initializer: Any = None, regularizer: Any = None,
                   trainable: bool | None = None, constraint: Any = None, partitioner: Any = None, use_resource: Any = None, synchronization: Any = None,
                   aggregation: Any = None, getter: Any = None, **_: Any) -> Variable:  # fmt: skip
        """A variable of this layer; Glorot's uniform initializer where none is given."""
        from tfnb.keras import constraints, initializers, regularizers

        dtype = as_dtype(dtype or self._dtype or "float32")
        trainable = True if trainable is None else trainable
        start = initializers.get(initializer) or initializers.get("glorot_uniform" if dtype.is_floating else "zeros")
        sizes = [int(n) for n in (shape if np.ndim(shape) or isinstance(shape, (list, tuple, TensorShape)) else [shape])]
        v = session.make_variable(name, lambda: start(sizes, dtype=dtype), dtype, trainable, constraints.get(constraint))
        self._own.append(v)
        self._names[id(v)] = name or v.op.name
        regularizer = regularizers.get(regularizer)
        if regularizer is not None:
            self._losses.append(lambda: self._regularized(name, v, regularizer))
            if not get_default_graph().eager:
                self._losses[-1] = self._losses[-1]()
        return v

    def _regularized(self, name: str | None, v: Variable, regularizer: Any) -> Tensor:
        with name_scope(f"{name}/Regularizer"):
            return regularizer(v)  # type: ignore[no-any-return]

    add_variable = add_weight

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """A number that training makes smaller, too."""
        self._losses.extend(losses if isinstance(losses, (list, tuple)) else [losses])

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """An op that each training step runs."""
        self._updates.extend(updates if isinstance(updates, (list, tuple)) else [updates])

    def add_metric(self, value: Any, aggregation: str | None = None, name: str | None = None) -> None:
        """A number that `fit` shows: its mean over the batches."""
        from tfnb.keras.metrics import Mean

        metric = Mean(name=name)
        value_op = metric(value)
        self._metrics.append((metric, value_op))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask if self.supports_masking else None

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the outputs for inputs of this shape, found by building them in a graph of its own."""
        from tfnb.core.graph import Graph
        from tfnb.ops.sources import placeholder

        with Graph().as_default():
            return type(self).from_config(self.get_config())(placeholder(self._dtype or "float32", input_shape)).shape

    # -- what a caller sees ----------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> str | None:
        return self._dtype

    @property
    def layers_inside(self) -> list[Any]:
        """The layers that are attributes of this one, in order."""
        return unique([x for v in vars(self).values() for x in _layers_in(v)])

    @property
    def _variables_inside(self) -> list[Variable]:
        held = [x for k, v in vars(self).items() if not k.startswith("_") for x in nest.flatten(v) if isinstance(x, Variable)]
        return unique([*self._own, *held])

    @property
    def trainable_weights(self) -> list[Variable]:
        if not self.trainable:
            return []
        inner = [v for layer in self.layers_inside for v in layer.trainable_weights]
        return unique([*(v for v in self._variables_inside if v.trainable), *inner])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        inner = [v for layer in self.layers_inside for v in (layer.non_trainable_weights if self.trainable else layer.weights)]
        return unique([*(v for v in self._variables_inside if not (v.trainable and self.trainable)), *inner])

    @property
    def weights(self) -> list[Variable]:
        return unique([*self.trainable_weights, *self.non_trainable_weights])

    variables = weights
    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    @property
    def losses(self) -> list[Any]:
        own = [x() if callable(x) and not isinstance(x, Tensor) else x for x in self._losses]
        return own + [x for layer in self.layers_inside for x in getattr(layer, "losses", [])]

    @property
    def updates(self) -> list[Any]:
        if not self.trainable:
            return []
        return [*self._updates, *(x for layer in self.layers_inside for x in layer.updates)]

    @property
    def metrics(self) -> list[Any]:
        return [m for m, _ in self.added_metrics]

    @property
    def added_metrics(self) -> list[Any]:
        return [*self._metrics, *(x for layer in self.layers_inside for x in getattr(layer, "added_metrics", []))]

    def _children(self) -> list[tuple[str, Any]]:
        """What a checkpoint goes through: weights by the names given to `add_weight`, then the attributes."""
        return [(self._names[id(v)], v) for v in self._own if id(v) in self._names] + attributes(self, _HIDDEN)

    def get_losses_for(self, inputs: Any) -> list[Any]:
        return self.losses

    def get_updates_for(self, inputs: Any) -> list[Any]:
        return self.updates

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values."""
        return session.batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Gives the weights values. Raises ValueError where numbers or shapes differ."""
        places, values = self.weights, list(weights)
        if len(places) != len(values):
            raise ValueError(f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of length {len(values)}, but the layer was '
                             f"expecting {len(places)} weights. Provided weights: {str(values)[:50]}...")  # fmt: skip
        for v, value in zip(places, values, strict=True):
            if tuple(v.shape.as_list()) != np.shape(value):
                raise ValueError(f"Layer weight shape {v.shape} not compatible with provided weight shape {np.shape(value)}")
        session.batch_set_value(zip(places, values, strict=True))

    def count_params(self) -> int:
        """How many numbers the weights have. Raises ValueError before the layer is built."""
        if not self.built and not self.weights:
            raise ValueError(f"You tried to call `count_params` on {self.name}, but the layer isn't built. You can build it manually via: "
                             f"`{self.name}.build(batch_input_shape)`.")  # fmt: skip
        return int(sum(np.prod(v.shape.as_list()) for v in self.weights))

    # -- where it was called ---------------------------------------------------------------------------------
    def _of_node(self, what: str, node: int | None = None) -> Any:
        if not self._nodes:
            raise AttributeError(f"Layer {self.name} has no inbound nodes." if what != "output_shape" else
                                 "The layer has never been called and thus has no defined output shape.")  # fmt: skip
        if node is None and len(self._nodes) > 1:
            raise AttributeError(f"Layer {self.name} has multiple inbound nodes, hence the notion of \"layer {what}\" is ill-defined. "
                                 f"Use `get_{what}_at(node_index)` instead.")  # fmt: skip
        found = getattr(self._nodes[node or 0], what.split("_")[0] + "s")
        return nest.map_structure(lambda t: tuple(t.shape.as_list()), found) if what.endswith("shape") else found

    input = property(lambda self: self._of_node("input"))
    output = property(lambda self: self._of_node("output"))
    input_shape = property(lambda self: self._of_node("input_shape"))
    output_shape = property(lambda self: self._of_node("output_shape"))
    inbound_nodes = property(lambda self: self._nodes)
    _inbound_nodes = inbound_nodes

    def get_input_at(self, node_index: int) -> Any:
        return self._of_node("input", node_index)

    def get_output_at(self, node_index: int) -> Any:
        return self._of_node("output", node_index)

    def get_input_shape_at(self, node_index: int) -> Any:
        return self._of_node("input_shape", node_index)

    def get_output_shape_at(self, node_index: int) -> Any:
        return self._of_node("output_shape", node_index)

    # -- calling ---------------------------------------------------------------------------------------------
    def __call__(self, inputs: Any, *args: Any, **named: Any) -> Any:
        inputs = nest.map_structure(as_input, inputs)
        graph = next((t.graph for t in nest.flatten(inputs) if isinstance(t, Tensor)), get_default_graph())
        with _entered(graph):
            call = self._with_training(self._with_mask(inputs, named))
            with name_scope(self.name):
                self._maybe_build(inputs)
                with _training(call.get("training")):
                    outputs = self.call(inputs, *args, **call)
                outputs = self._finished(inputs, outputs)
        self._note(inputs, outputs, named)
        return outputs

    apply = __call__

    def _maybe_build(self, inputs: Any) -> None:
        if self.built:
            return
        shapes = nest.map_structure(lambda t: t.shape, inputs)
        first = next((t for t in nest.flatten(inputs) if isinstance(t, Tensor)), None)
        if self._dtype is None and first is not None:
            self._dtype = first.dtype.base_dtype.name if first.dtype.is_floating else "float32"
        for spec, shape in zip(listed(self.input_spec), listed(shapes), strict=False):
            if spec is not None:
                spec.check(shape, self.name)
        self.build(shapes)
        self.built = True
        grown()
        if self._first_weights is not None:
            self.set_weights(self._first_weights)

    def _with_mask(self, inputs: Any, named: dict[str, Any]) -> dict[str, Any]:
        if "mask" in named or not takes(self.call, "mask"):
            return named
        masks = nest.map_structure(lambda t: getattr(t, "_keras_mask", None), inputs)
        return {**named, "mask": masks} if any(m is not None for m in nest.flatten(masks)) else named

    def _with_training(self, named: dict[str, Any]) -> dict[str, Any]:
        if not takes(self.call, "training") or named.get("training") is not None:
            return named
        around = next((t for t in reversed(_calls) if t is not None), None)
        return named if around is None else {**named, "training": around}

    def _finished(self, inputs: Any, outputs: Any) -> Any:
        """Outputs with a history of their own, their mask, and the loss on them."""
        given = {id(t) for t in nest.flatten(inputs)}
        if not get_default_graph().eager:
            from tfnb.ops.elementwise import identity

            outputs = nest.map_structure(lambda t: identity(t) if id(t) in given and hasattr(t, "_keras_history") else t, outputs)
        masks = nest.map_structure(lambda t: getattr(t, "_keras_mask", None), inputs)
        kept = self.compute_mask(inputs, masks if any(m is not None for m in nest.flatten(masks)) else None)
        if kept is not None:
            for t, m in zip(nest.flatten(outputs), listed(kept), strict=False):
                with contextlib.suppress(AttributeError):  # what is no tensor has no mask
                    t._keras_mask = m
        if self.activity_regularizer is not None:
            for t in nest.flatten(outputs):
                batch = convert_to_tensor(t.shape.as_list()[0] or 1, t.dtype)
                self._losses.append(self.activity_regularizer(t) / batch)
        return outputs

    def _note(self, inputs: Any, outputs: Any, named: dict[str, Any]) -> None:
        tensors = [t for t in nest.flatten(inputs) if isinstance(t, Tensor)]
        if not tensors or not all(hasattr(t, "_keras_history") for t in tensors) and not session.has_inputs(tensors[0].graph):
            return
        from tfnb.keras.network import give_history  # which ops lie between this layer and others

        if not all([give_history(t) for t in tensors]):
            return
        for i, t in enumerate(nest.flatten(outputs)):
            t._keras_history = (self, len(self._nodes), i)
        self._nodes.append(Node(self, inputs, outputs, named))

    # -- as data ---------------------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal layer of: the arguments that it was made with."""
        from tfnb.keras.saving import plain

        config = {"name": self.name, "trainable": self.trainable}
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
        config |= {k: plain(v) for k, v in self._given.items() if k not in ("name", "trainable", "input_shape", "weights", "batch_size", "batch_input_shape")}
        return {k: v for k, v in config.items() if k != "input_dim" or self.batch_input_shape is None or "output_dim" in config}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


# -- the call that is being made ------------------------------------------------------------------------------
@contextlib.contextmanager
def _training(value: Any) -> Iterator[None]:
    _calls.append(value)
    try:
        yield
    finally:
        _calls.pop()


@contextlib.contextmanager
def _entered(graph: Any) -> Iterator[None]:
    """The graph of symbolic tensors, where they are used in eager mode."""
    if get_default_graph().eager and not graph.eager:
        with graph.as_default():
            yield
    else:
        yield


def _layers_in(value: Any) -> list[Any]:
    if isinstance(value, (Layer, PlainLayer)):
        return [value]
    if isinstance(value, dict):
        return [x for v in value.values() for x in _layers_in(v)]
    return [x for v in value for x in _layers_in(v)] if isinstance(value, (list, tuple)) and not isinstance(value, Node) else []
