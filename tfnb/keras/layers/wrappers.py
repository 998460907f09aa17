"""Keras's layers around layers: one for each step of a sequence, and one in both directions of time."""

from __future__ import annotations

import copy
from typing import Any

from tfnb.core import nest
from tfnb.core.shapes import TensorShape
from tfnb.keras import saving
from tfnb.keras.base import Layer, takes
from tfnb.ops import arrays
from tfnb.ops.indexing import reverse

__all__ = ["Bidirectional", "TimeDistributed", "Wrapper"]


class Wrapper(Layer):
    """The base of layers around a layer.

    >>> wrapped = tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(2))
    >>> wrapped(tf.ones([2, 3, 4])).shape.as_list()
    [2, 3, 2]
    """

    def __init__(self, layer: Any, **more: Any) -> None:
        shape = getattr(layer, "batch_input_shape", None)
        if shape is not None and isinstance(self, Bidirectional) and not {"batch_input_shape", "input_shape"} & set(more):
            more["batch_input_shape"] = shape
        super().__init__(**more)
        self.layer = layer

    def get_config(self) -> dict[str, Any]:
        from tfnb.keras.named import serialize

        return super().get_config() | {"layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(saving.layer_from(config["layer"]), **{k: v for k, v in config.items() if k != "layer"})


class TimeDistributed(Wrapper):
    """A layer called on each step of [batch, time, ...].

    >>> tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(4))(tf.ones([2, 3, 5])).shape
    TensorShape([Dimension(2), Dimension(3), Dimension(4)])
    """

    supports_masking = True

    def build(self, input_shape: Any) -> None:
        sizes = TensorShape(input_shape).as_list()
        if isinstance(self.layer, Layer) and not self.layer.built and not getattr(self.layer, "_found", None):
            self.layer._dtype = self.layer._dtype or self._dtype
            self.layer.build(TensorShape([sizes[0], *sizes[2:]]))
            self.layer.built = True
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        named = {"training": training} if training is not None and takes(self.layer.call, "training") else {}
        sizes, known = arrays.shape(inputs), inputs.shape.as_list()
        flat = arrays.reshape(inputs, arrays.concat([[-1], sizes[2:]], 0) if None in known[2:] else [-1, *known[2:]])
        y = self.layer(flat, **named)
        out = arrays.reshape(y, arrays.concat([sizes[:2], arrays.shape(y)[1:]], 0))
        if not hasattr(out, "array"):
            out.set_shape([*known[:2], *y.shape.as_list()[1:]])
        return out


class Bidirectional(Wrapper):
    """A recurrent layer forwards and a copy of it backwards, side by side (`merge_mode` concat, sum, mul, ave or None).

    >>> tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4))(tf.ones([2, 3, 5])).shape
    TensorShape([Dimension(2), Dimension(8)])
    """

    supports_masking = True

    def __init__(self, layer: Any, merge_mode: Any = "concat", weights: Any = None, backward_layer: Any = None, **more: Any) -> None:
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError('Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", None}')
        super().__init__(layer, **more)
        self.merge_mode, self.stateful = merge_mode, layer.stateful
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        config = layer.get_config()
        name = layer.name
        self.forward_layer = layer
        layer._name = "forward_" + name
        back = copy.deepcopy(config) | {"go_backwards": not layer.go_backwards, "name": "backward_" + name}
        self.backward_layer = backward_layer or type(layer).from_config(back)

    @property
    def layers_inside(self) -> list[Any]:
        return [self.forward_layer, self.backward_layer]

    def _children(self) -> list[tuple[str, Any]]:
        return [("forward_layer", self.forward_layer), ("backward_layer", self.backward_layer)]

    def reset_states(self) -> None:
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def __call__(self, inputs: Any, initial_state: Any = None, **named: Any) -> Any:
        if initial_state is not None:
            named["initial_state"] = initial_state
        return super().__call__(inputs, **named)

    def call(self, inputs: Any, training: Any = None, mask: Any = None, initial_state: Any = None) -> Any:
        half = len(initial_state) // 2 if initial_state is not None else 0
        found = []
        for layer, start in ((self.forward_layer, (initial_state or [])[:half]), (self.backward_layer, (initial_state or [])[half:])):
            named = {"mask": mask} if mask is not None else {}
            named |= {"training": training} if training is not None else {}
            found.append(layer(inputs, **(named | ({"initial_state": start} if start else {}))))
        states = [s for f in found for s in f[1:]] if self.return_state else []
        y, z = (f[0] for f in found) if self.return_state else found
        if self.return_sequences:
            z = reverse(z, [1])
        out = {"concat": lambda: arrays.concat([y, z], axis=-1), "sum": lambda: y + z, "ave": lambda: (y + z) / 2.0, "mul": lambda: y * z,
               None: lambda: [y, z]}[self.merge_mode]()  # fmt: skip
        return [*nest.flatten(out), *states] if self.return_state else out

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask if self.return_sequences and not isinstance(mask, list) else None

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["layer"]["config"]["name"] = self.forward_layer.name.removeprefix("forward_")
        return config
