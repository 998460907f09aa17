"""Keras's models: layers between tensors (Model(inputs, outputs)), layers in a row (Sequential), or a `call` of one's own.

    model = Sequential([Dense(64, activation="relu", input_shape=(784,)), Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core import nest
from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.shapes import TensorShape
from tfnb.keras import fitting, network, saving, session, training
from tfnb.keras.base import Layer
from tfnb.keras.calls import listed, unique
from tfnb.keras.network import Input, InputLayer
from tfnb.keras.tables import summary_lines
from tfnb.layer_base import Layer as PlainLayer

__all__ = ["Model", "Sequential"]


class Model(Layer):
    """Layers from inputs to outputs, or a subclass that says so itself in `call`; it can be trained and saved.

    >>> x = tf.keras.Input((3,))
    >>> model = tf.keras.Model(x, tf.keras.layers.Dense(2)(x))
    >>> model.output_shape
    (None, 2)
    """

    def __init__(self, *args: Any, inputs: Any = None, outputs: Any = None, name: str | None = None, trainable: bool = True, **named: Any) -> None:
        given = dict(zip(("inputs", "outputs", "name"), args, strict=False)) | {k: v for k, v in (("inputs", inputs), ("outputs", outputs)) if v is not None}
        super().__init__(trainable=trainable, name=name or given.get("name"), **named)
        self._found: network.Between | None = None
        self._made: training.Compiled | None = None
        self.inputs: Any = None
        self.outputs: Any = None
        self.stop_training = False
        if "outputs" in given:
            self._connect(given["inputs"], given["outputs"])

    def _connect(self, inputs: Any, outputs: Any) -> None:
        self._input_structure, self._output_structure = inputs, outputs
        self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
        self._found = network.between(self.inputs, self.outputs)
        self.built = True
        self.input_names = [t._keras_history[0].name for t in self.inputs]
        self.output_names = _numbered([t._keras_history[0].name for t in self.outputs])

    # -- what it is made of ----------------------------------------------------------------------------------
    @property
    def layers(self) -> list[Any]:
        """The layers, inputs included."""
        return list(self._found.layers) if self._found is not None else self.layers_inside

    @property
    def layers_inside(self) -> list[Any]:
        return list(self._found.layers) if self._found is not None else super().layers_inside

    @property
    def weights(self) -> list[Any]:
        if not self.built and not self.layers_inside:
            raise ValueError(f"Weights for model {self.name} have not yet been created. Weights are created when the Model is first called on inputs "
                             "or `build()` is called with an `input_shape`.")  # fmt: skip
        return unique([*(v for layer in self.layers_inside for v in layer.weights), *self._variables_inside])

    variables = weights

    def _children(self) -> list[tuple[str, Any]]:
        """A network's layers by their numbers, and once more by that among those with weights; else the attributes."""
        layers = self._numbered_layers()
        weighted = [layer for layer in layers if _has_weights(layer)]
        rows = ("layer_with_weights", weighted), ("layer", layers)
        numbered = [(f"{name}-{row.index(layer)}", layer) for layer in layers for name, row in rows if layer in row]
        optimizer = [] if self._made is None else [("optimizer", self.optimizer)]
        return numbered + super()._children() + optimizer

    def _numbered_layers(self) -> list[Any]:
        return self.layers if self._found is not None else []

    @property
    def state_updates(self) -> list[Any]:
        return [u for layer in self.layers_inside if getattr(layer, "stateful", False) for u in layer.updates]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """A layer by its name or its number. Raises ValueError where there is none."""
        if index is not None:
            if index >= len(self.layers):
                raise ValueError(f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}" if name else "Provide either a layer name or layer index.")

    input = property(lambda self: self._one("input"))
    output = property(lambda self: self._one("output"))
    input_shape = property(lambda self: nest.map_structure(lambda t: tuple(t.shape.as_list()), self._one("input")))
    output_shape = property(lambda self: nest.map_structure(lambda t: tuple(t.shape.as_list()), self._one("output")))

    def _one(self, side: str) -> Any:
        found = getattr(self, side + "s")
        if found is None:
            raise AttributeError(f"Layer {self.name} is not connected, no {side} to return.")
        return found[0] if len(found) == 1 else getattr(self, f"_{side}_structure", found)

    @property
    def stateful_layers(self) -> list[Any]:
        return [layer for layer in self.layers if getattr(layer, "stateful", False)]

    def reset_states(self) -> None:
        """Puts stateful recurrent layers back to zeros."""
        for layer in self.stateful_layers:
            layer.reset_states()

    # -- calling ---------------------------------------------------------------------------------------------
    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if self._found is None:
            raise NotImplementedError("When subclassing the `Model` class, you should implement a `call` method.")
        if isinstance(inputs, dict):
            given = [inputs[n] for n in self.input_names]
        else:
            given = nest.flatten(inputs)
        return network.run(self._found, self.inputs, self._output_structure, given, training, nest.flatten(mask) if mask is not None else None)

    def build(self, input_shape: Any = None) -> None:
        """Makes the weights, by calling the model on a placeholder of this shape."""
        if self._found is not None or input_shape is None or self.built or isinstance(input_shape, TensorShape):
            self.built = True
            return
        shapes = input_shape if isinstance(input_shape, list) and input_shape and isinstance(input_shape[0], (tuple, list, TensorShape)) else [input_shape]
        with session.get_graph().as_default():
            from tfnb.ops.sources import placeholder

            made = [placeholder("float32", s) for s in shapes]
            self(made if len(made) > 1 else made[0])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._found is None:
            return super().compute_output_shape(input_shape)
        return self.outputs[0].shape if len(self.outputs) == 1 else [t.shape for t in self.outputs]

    # -- training --------------------------------------------------------------------------------------------
    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None, loss_weights: Any = None, sample_weight_mode: Any = None,
                weighted_metrics: Any = None, target_tensors: Any = None, distribute: Any = None, **named: Any) -> None:  # fmt: skip
        """Says how the model is to be trained: by which optimizer, to make which loss small, watching which metrics."""
        self._made = training.Compiled(self, optimizer, loss, metrics, loss_weights, weighted_metrics, target_tensors)
        self.loss, self.optimizer, self.loss_weights = loss, self._made.optimizer, loss_weights

    @property
    def _compiled(self) -> training.Compiled:
        if self._made is None:
            raise RuntimeError("You must compile your model before training/testing. Use `model.compile(optimizer, loss)`.")
        return self._made

    metrics_names = property(lambda self: self._compiled.names)
    metrics = property(lambda self: self._made.metrics if self._made is not None else Layer.metrics.fget(self))
    total_loss = property(lambda self: self._compiled.total_loss)
    targets = property(lambda self: self._compiled.targets)

    def fit(self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: int = 1, callbacks: Any = None,
            validation_split: float = 0.0, validation_data: Any = None, shuffle: Any = True, class_weight: Any = None, sample_weight: Any = None,
            initial_epoch: int = 0, steps_per_epoch: int | None = None, validation_steps: int | None = None, validation_freq: Any = 1,
            max_queue_size: int = 10, workers: int = 1, use_multiprocessing: bool = False, **named: Any) -> Any:  # fmt: skip
        """Trains for `epochs` rounds over the data (arrays, a data set, a generator); returns the History."""
        return fitting.fit(self, x, y, batch_size, fitting.Options(epochs, verbose, callbacks, validation_split, validation_data, shuffle, class_weight,
                           sample_weight, initial_epoch, steps_per_epoch, validation_steps, validation_freq))  # fmt: skip

    def fit_generator(self, generator: Any, steps_per_epoch: int | None = None, epochs: int = 1, verbose: int = 1, callbacks: Any = None,
                      validation_data: Any = None, validation_steps: int | None = None, validation_freq: Any = 1, class_weight: Any = None,
                      max_queue_size: int = 10, workers: int = 1, use_multiprocessing: bool = False, shuffle: bool = True,
                      initial_epoch: int = 0) -> Any:  # fmt: skip
        """`fit` on a generator of (inputs, targets)."""
        return self.fit(generator, None, None, epochs, verbose, callbacks, 0.0, validation_data, shuffle, class_weight, None, initial_epoch, steps_per_epoch,
                        validation_steps, validation_freq)  # fmt: skip

    def evaluate(self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: int = 1, sample_weight: Any = None, steps: int | None = None,
                 callbacks: Any = None, **named: Any) -> Any:  # fmt: skip
        """The loss and the metrics on this data: a number, or a list as in `metrics_names`."""
        return fitting.evaluate(self, x, y, batch_size, verbose, sample_weight, steps, callbacks)

    def evaluate_generator(self, generator: Any, steps: int | None = None, callbacks: Any = None, max_queue_size: int = 10, workers: int = 1,
                           use_multiprocessing: bool = False, verbose: int = 0) -> Any:  # fmt: skip
        return self.evaluate(generator, steps=steps, verbose=verbose, callbacks=callbacks)

    def predict(self, x: Any, batch_size: int | None = None, verbose: int = 0, steps: int | None = None, callbacks: Any = None, **named: Any) -> Any:
        """The outputs for this data, as arrays."""
        return fitting.predict(self, x, batch_size, steps)

    def predict_generator(self, generator: Any, steps: int | None = None, callbacks: Any = None, max_queue_size: int = 10, workers: int = 1,
                          use_multiprocessing: bool = False, verbose: int = 0) -> Any:  # fmt: skip
        return self.predict(generator, steps=steps)

    def train_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, reset_metrics: bool = True) -> Any:
        """One step of training on one batch; the loss and the metrics of it."""
        return fitting.one_batch(self, "train", x, y, sample_weight, class_weight, reset_metrics)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True) -> Any:
        return fitting.one_batch(self, "test", x, y, sample_weight, None, reset_metrics)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch; a tensor in eager mode, else an array."""
        if get_default_graph().eager:
            return self(x, training=False)
        return fitting.predict(self, x, None, None)

    def reset_metrics(self) -> None:
        """Puts the metrics back to zero."""
        self._compiled.reset()

    # -- as text and files -----------------------------------------------------------------------------------
    def summary(self, line_length: int | None = None, positions: Any = None, print_fn: Callable[[str], None] | None = None) -> None:
        """Prints a table of the layers."""
        for line in summary_lines(self, line_length, positions):
            (print_fn or print)(line)

    def save_weights(self, filepath: str, overwrite: bool = True, save_format: str | None = None) -> None:
        """Writes the weights: to one file where the name ends in .keras or (by h5py) .h5, else as a TensorFlow checkpoint."""
        saving.save_weights(self, filepath, overwrite, save_format)

    def load_weights(self, filepath: str, by_name: bool = False) -> Any:
        """Reads what `save_weights` wrote."""
        return saving.load_weights(self, filepath, by_name)

    def save(self, filepath: str, overwrite: bool = True, include_optimizer: bool = True, **named: Any) -> None:
        """Writes the model with its weights, for `load_model`."""
        saving.save_model(self, filepath, overwrite, include_optimizer)

    def to_json(self, **named: Any) -> str:
        """The model without its weights, for `model_from_json`."""
        return saving.to_json(self)

    def get_config(self) -> Any:
        if self._found is None:
            raise NotImplementedError
        return saving.network_config(self)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        with saving.CustomObjectScope(custom_objects or {}):
            return saving.network_from(cls, config) if "layers" in config else cls(**config)


def _has_weights(layer: Any) -> bool:
    return bool(layer.weights) if layer.built or not isinstance(layer, Model) else False


def _numbered(names: list[str]) -> list[str]:
    out: list[str] = []
    for n in names:
        seen = sum(1 for o in out if o == n or o.rsplit("_", 1)[0] == n)
        out.append(f"{n}_{seen}" if n in out else n)
    return out


class Sequential(Model):
    """Layers one after another.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> model.output_shape
    (None, 2)
    """

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self._row: list[Any] = []
        for layer in listed(layers) if layers is not None else []:
            self.add(layer)

    @property
    def layers(self) -> list[Any]:
        return [layer for layer in self._row if not isinstance(layer, InputLayer)]

    @property
    def layers_inside(self) -> list[Any]:
        return self.layers

    def _numbered_layers(self) -> list[Any]:
        return [*([self.inputs[0]._keras_history[0]] if self.inputs else []), *self.layers]

    def add(self, layer: Any) -> None:
        """Puts a layer at the end. Raises TypeError for what is no layer."""
        if isinstance(layer, Tensor) and hasattr(layer, "_keras_history"):
            layer = layer._keras_history[0]
        if not isinstance(layer, (Layer, PlainLayer)):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        if not self._row:
            self._begin(layer)
        elif self.outputs:
            self._follow(layer)
        self._row.append(layer)
        self._made = None

    def _begin(self, layer: Any) -> None:
        if isinstance(layer, InputLayer):
            self.inputs = self.outputs = [layer.output]
            return
        first = layer
        while isinstance(first, Sequential) and first._row and first.inputs is None:
            first = first._row[0]
        if isinstance(first, Model) and first.inputs is not None:
            t = first.inputs[0]
            x = Input(batch_shape=tuple(t.shape.as_list()), dtype=t.dtype.base_dtype.name, name=first.name + "_input")
        elif getattr(first, "batch_input_shape", None) is not None:
            size, *shape = first.batch_input_shape
            x = Input(shape, size, first.name + "_input", first._dtype or "float32")
        else:
            return
        self.inputs = [x]
        self.outputs = [x]
        self._follow(layer)

    def _follow(self, layer: Any) -> None:
        y = layer(self.outputs[0])
        if isinstance(layer, PlainLayer):
            y._keras_history = (_Foreign(layer, self.outputs[0], y), 0, 0)
        if isinstance(y, (list, tuple)):
            raise TypeError("All layers in a Sequential model should have a single output tensor. For multi-output layers, use the functional API.")
        self._connect(self.inputs[0], y)

    def pop(self) -> None:
        """Takes the last layer away."""
        if not self._row:
            raise TypeError("There are no layers in the model.")
        rest = self._row[:-1]
        self._row, self._made, self.inputs, self.outputs, self._found = [], None, None, None, None
        if rest and not isinstance(rest[0], InputLayer) and getattr(rest[0], "batch_input_shape", None) is None:
            self._row = rest
            return
        for layer in rest:
            self.add(layer)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        if self._found is not None:
            return super().call(inputs, training, mask)
        x = inputs
        for layer in self._row:
            from tfnb.keras.base import takes

            x = layer(x, training=training) if training is not None and takes(layer.call, "training") else layer(x)
        return x

    def build(self, input_shape: Any = None) -> None:
        if self._found is None and input_shape is not None and not isinstance(input_shape, TensorShape):
            super().build(input_shape)
        self.built = True

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> np.ndarray:
        """The most likely class of each example."""
        p = self.predict(x, batch_size, verbose)
        return p.argmax(-1) if p.shape[-1] > 1 else (p > 0.5).astype("int32")

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> np.ndarray:
        """The outputs, which are probabilities."""
        return self.predict(x, batch_size, verbose)

    def get_config(self) -> dict[str, Any]:
        return saving.sequential_config(self)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        with saving.CustomObjectScope(custom_objects or {}):
            return saving.sequential_from(cls, config)


class _Foreign(Layer):
    """A layer of tf.layers in a row of Keras's."""

    def __init__(self, layer: Any, x: Tensor, y: Tensor) -> None:
        super().__init__(name=layer.name)
        self.inner, self.built = layer, True
        self._nodes = [network.Node(self, x, y, {})]

    def call(self, x: Any, **named: Any) -> Any:
        return self.inner(x, **named)
