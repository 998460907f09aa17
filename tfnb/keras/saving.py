"""Models as files: their layers as JSON, their weights as HDF5 (by h5py, which is not tfnb's own), safetensors or a checkpoint.

    model.save("digits.keras"); model = tf.keras.models.load_model("digits.keras")

A name that ends in .h5 or .hdf5 is a promise: without h5py nothing is written under it. Any file is read by what it holds.
"""

from __future__ import annotations

import importlib.util
import json
import os
from typing import Any

import numpy as np

from tfnb.core import nest
from tfnb.core.errors import teach
from tfnb.core.graph import Tensor
from tfnb.engine.eager import executing_eagerly
from tfnb.keras import named, session
from tfnb.keras.named import CustomObjectScope, plain

__all__ = [
    "CustomObjectScope", "clone_model", "layer_from", "load_model", "load_weights", "model_from_config", "model_from_json", "network_config",
    "network_from", "plain", "save_model", "save_weights", "sequential_config", "sequential_from", "to_json",
]  # fmt: skip

_HDF5 = b"\x89HDF\r\n\x1a\n"


# -- layers as data ----------------------------------------------------------------------------------------------
def layer_from(config: Any, custom_objects: Any = None) -> Any:
    """The layer of {'class_name': ..., 'config': ...}. Raises ValueError for a class that Keras does not know."""
    from tfnb.keras import layers, model

    name = config["class_name"]
    with CustomObjectScope(custom_objects or {}):
        kind = named.get_custom_objects().get(name) or {"Model": model.Model, "Sequential": model.Sequential}.get(name)
        if kind is None and name in layers.NAMES:
            kind = getattr(layers, name)
        if kind is None:
            raise ValueError(f"Unknown layer: {name}")
        return kind.from_config(config["config"])


def _written(layer: Any) -> dict[str, Any]:
    return {"class_name": type(layer).__name__, "config": plain(layer.get_config())}


def sequential_config(model: Any) -> dict[str, Any]:
    """A Sequential as data."""
    return {"name": model.name, "layers": [_written(layer) for layer in model._row]}


def sequential_from(kind: Any, config: Any) -> Any:
    """A Sequential from data."""
    name, layers = (config.get("name"), config["layers"]) if isinstance(config, dict) else (None, config)
    return kind([layer_from(c) for c in layers], name=name)


def network_config(model: Any) -> dict[str, Any]:
    """A model of layers between tensors as data: each layer with the calls that are in the model."""
    found = model._found
    numbers = {}
    for layer in found.layers:
        inside = [i for i in range(len(layer._nodes)) if (id(layer), i) in found.places]
        numbers |= {(layer, i): k for k, i in enumerate(inside)}

    def place(t: Tensor, extra: Any = None) -> list[Any]:
        layer, node, i = t._keras_history
        return [layer.name, numbers[layer, node], i] + ([extra] if extra is not None else [])

    layers = []
    for layer in found.layers:
        nodes = [layer._nodes[i] for i in range(len(layer._nodes)) if (layer, i) in numbers]
        calls = [[place(t, plain(n.named)) for t in nest.flatten(n.inputs)] for n in nodes if nest.flatten(n.inputs)]
        layers.append({"name": layer.name, **_written(layer), "inbound_nodes": calls})
    return {"name": model.name, "layers": layers, "input_layers": [place(t) for t in model.inputs], "output_layers": [place(t) for t in model.outputs]}


def network_from(kind: Any, config: dict[str, Any]) -> Any:
    """A model of layers between tensors from data."""
    made = {c["name"]: layer_from(c) for c in config["layers"]}
    outputs: dict[str, list[list[Any]]] = {n: [nest.flatten(layer.output)] for n, layer in made.items() if type(layer).__name__ == "InputLayer"}
    waiting = [(c["name"], call) for c in config["layers"] for call in c["inbound_nodes"]]
    while waiting:
        rest = []
        for name, call in waiting:
            if all(t[0] in outputs and len(outputs[t[0]]) > t[1] for t in call):
                x = [outputs[n][node][i] for n, node, i, *_ in call]
                extra = call[0][3] if len(call[0]) > 3 else {}
                outputs.setdefault(name, []).append(nest.flatten(made[name](x if len(x) > 1 else x[0], **extra)))
            else:
                rest.append((name, call))
        if len(rest) == len(waiting):
            raise ValueError(f"The layers {sorted({n for n, _ in rest})} are called on layers that the model does not have.")
        waiting = rest
    ends = [[outputs[n][node][i] for n, node, i in config[k]] for k in ("input_layers", "output_layers")]
    return kind(*(e[0] if len(e) == 1 else e for e in ends), name=config.get("name"))


def to_json(model: Any) -> str:
    """A model without its weights."""
    return json.dumps({**_written(model), "keras_version": "2.2.4-tf", "backend": "tensorflow"})


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """The model that `to_json` wrote.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> tf.keras.models.model_from_json(model.to_json()).output_shape
    (None, 2)
    """
    return layer_from(json.loads(json_string), custom_objects)


def model_from_config(config: Any, custom_objects: Any = None) -> Any:
    """The model of {'class_name': ..., 'config': ...}.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> config = {"class_name": "Sequential", "config": model.get_config()}
    >>> print(tf.keras.models.model_from_config(config).count_params())
    3
    """
    return layer_from(config, custom_objects)


def clone_model(model: Any, input_tensors: Any = None, clone_function: Any = None) -> Any:
    """A model of new layers like these, with weights of its own.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> print(tf.keras.models.clone_model(model).count_params())
    3
    """
    config = model.get_config()
    if clone_function is None:
        return type(model).from_config(config)
    copies = {layer.name: clone_function(layer) for layer in model.layers}
    return type(model)([copies[layer.name] for layer in model.layers], name=model.name)


# -- weights -----------------------------------------------------------------------------------------------------
def _named_values(model: Any) -> list[tuple[str, list[tuple[str, np.ndarray]]]]:
    """(layer, [(weight, value)]) in order."""
    layers = [layer for layer in model.layers]
    values = iter(session.batch_get_value([v for layer in layers for v in layer.weights]))
    return [(layer.name, [(v.name, next(values)) for v in layer.weights]) for layer in layers]


def _one_file(path: str) -> bool:
    return os.fspath(path).endswith((".h5", ".hdf5", ".keras"))


def save_weights(model: Any, path: Any, overwrite: bool = True, save_format: str | None = None) -> None:
    """Writes the weights. Raises OSError where the file is there and `overwrite` is not said, ImportError for HDF5 without h5py."""
    path = os.fspath(path)
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} is there already; say overwrite=True to replace it.")
    if not model.weights:
        raise ValueError("The weights of the model are not there yet: call it or fit it first.")
    if save_format in ("h5", "hdf5", "keras") or save_format is None and _one_file(path):
        _needs_h5py("save_weights", path, save_format in ("h5", "hdf5"))
        _write(path, model, {})
        return
    from tfnb.train.checkpoints import update_checkpoint_state
    from tfnb.train.objects import write_objects

    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    write_objects(path, model, None if executing_eagerly() else session.get_session())
    update_checkpoint_state(os.path.dirname(path) or ".", path, [path], save_relative_paths=True)


def load_weights(model: Any, path: Any, by_name: bool = False) -> Any:
    """Reads what `save_weights` wrote, here or in TensorFlow. Raises ValueError or AssertionError where it does not fit.

    Of a checkpoint, the status of what was found is returned; weights that are made later, in eager mode, get their values then.
    """
    path = os.fspath(path)
    if os.path.exists(path) and not os.path.isdir(path):
        _give(model, _read(path)[1], by_name)
        return None
    if by_name:
        raise NotImplementedError("Weights may only be loaded based on topology into Models when loading TensorFlow-formatted weights (got by_name=True "
                                  "to load_weights).")  # fmt: skip
    from tfnb.train.checkpoint import restored

    status = restored(model, path)
    if not executing_eagerly():
        status.run_restore_ops(session.get_session())
    return status.assert_nontrivial_match()


def _give(model: Any, layers: list[tuple[str, list[Any]]], by_name: bool) -> None:
    own = model.layers
    if by_name:
        found = {layer.name: layer for layer in own}
        pairs = [(found[n], values) for n, values in layers if n in found and values]
    else:
        kept, filled = [layer for layer in own if layer.weights], [values for _, values in layers if values]
        if len(kept) != len(filled):
            raise ValueError(f"You are trying to load a weight file containing {len(filled)} layers into a model with {len(kept)} layers.")
        pairs = list(zip(kept, filled, strict=True))
    for layer, values in pairs:
        if len(layer.weights) != len(values):
            raise ValueError(f"Layer {layer.name} has {len(layer.weights)} weights, the file has {len(values)} for it.")
    session.batch_set_value([(v, a) for layer, values in pairs for v, a in zip(layer.weights, values, strict=True)])


# -- files -------------------------------------------------------------------------------------------------------
def _has_h5py() -> bool:
    return importlib.util.find_spec("h5py") is not None


def _needs_h5py(function: str, path: str, asked: bool = False) -> None:
    """Refuses to write something else where HDF5 is asked for, by a name or in so many words."""
    if (asked or path.endswith((".h5", ".hdf5"))) and not _has_h5py():
        other = f"{path.removesuffix('.h5').removesuffix('.hdf5')}.keras"
        raise teach(ImportError(f"`{function}` requires h5py."),
                    f"{os.path.basename(path)} would be an HDF5 file. Install the package that writes it (pip install h5py), or save under "
                    f"{os.path.basename(other)!r}: that is a safetensors file, which load_model and load_weights read too.")  # fmt: skip


def _write(path: str, model: Any, about: dict[str, str]) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    layers = _named_values(model)
    if _has_h5py() and not path.endswith(".keras"):
        _write_hdf5(path, layers, about)
        return
    from safetensors.numpy import save_file

    arrays = {f"{i:04d}|{layer}|{k:04d}|{name}": np.ascontiguousarray(a) for i, (layer, values) in enumerate(layers) for k, (name, a) in enumerate(values)}
    save_file(arrays, path, {"layers": json.dumps([n for n, _ in layers]), **about})


def _write_hdf5(path: str, layers: Any, about: dict[str, str]) -> None:
    import h5py

    with h5py.File(path, "w") as f:
        for k, v in about.items():
            f.attrs[k] = v.encode()
        root = f.create_group("model_weights") if "model_config" in about else f
        root.attrs["layer_names"] = [n.encode() for n, _ in layers]
        for name, values in layers:
            group = root.create_group(name)
            group.attrs["weight_names"] = [n.encode() for n, _ in values]
            for n, a in values:
                group.create_dataset(n, data=a)


def _read(path: str) -> tuple[dict[str, str], list[tuple[str, list[Any]]]]:
    """What is said of the model, and the weights of each layer."""
    with open(path, "rb") as f:
        begin = f.read(8)
    if begin == _HDF5:
        return _read_hdf5(path)
    from safetensors import safe_open

    with safe_open(path, "np") as f:
        about = dict(f.metadata() or {})
        layers: dict[str, list[Any]] = {n: [] for n in json.loads(about.get("layers", "[]"))}
        for key in sorted(f.keys()):
            layers[key.split("|")[1]].append(f.get_tensor(key))
    return about, list(layers.items())


def _read_hdf5(path: str) -> tuple[dict[str, str], list[tuple[str, list[Any]]]]:
    if not _has_h5py():
        raise teach(ImportError(f"{path} is an HDF5 file."), "Install the package that reads it: pip install h5py")
    import h5py

    text = lambda v: v.decode() if isinstance(v, bytes) else str(v)  # noqa: E731
    with h5py.File(path, "r") as f:
        about = {k: text(v) for k, v in f.attrs.items() if isinstance(v, (bytes, str))}
        root = f["model_weights"] if "model_weights" in f else f
        layers = [(text(n), [np.asarray(root[text(n)][text(w)]) for w in root[text(n)].attrs["weight_names"]]) for n in root.attrs["layer_names"]]
    return about, layers


# -- whole models ------------------------------------------------------------------------------------------------
def save_model(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True, **_: Any) -> None:
    """Writes a model with its weights, and how it was compiled.

    Raises NotImplementedError for a model that cannot be data, ImportError for a name that ends in .h5 where h5py is not installed.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> tf.keras.models.save_model(model, "model")
    >>> print(tf.keras.models.load_model("model").count_params())
    3
    """
    path = os.fspath(filepath)
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} is there already; say overwrite=True to replace it.")
    _needs_h5py("save_model", path)
    about = {"model_config": to_json(model)}
    if include_optimizer and model._made is not None and not isinstance(model.optimizer, _tf_optimizer()):
        loss, metrics, weights, _ = model._made._given
        about["training_config"] = json.dumps({"optimizer_config": named.serialize(model.optimizer), "loss": plain(loss), "metrics": plain(metrics),
                                               "loss_weights": plain(weights)})  # fmt: skip
    _write(path, model, about)


def _tf_optimizer() -> Any:
    from tfnb.keras.optimizers import TFOptimizer

    return TFOptimizer


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:  # noqa: A002 - Keras's name
    """The model that `save` wrote, compiled if it was. Raises ValueError for a file with weights alone.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.save("model")
    >>> print(tf.keras.models.load_model("model").count_params())
    3
    """
    about, layers = _read(os.fspath(filepath))
    if "model_config" not in about:
        raise ValueError("No model found in config file.")
    with CustomObjectScope(custom_objects or {}):
        model = layer_from(json.loads(about["model_config"]))
        if model.weights:
            _give(model, layers, False)
        if compile and "training_config" in about:
            from tfnb.keras import optimizers

            how = json.loads(about["training_config"])
            model.compile(optimizers.get(how["optimizer_config"]), how["loss"], how["metrics"], how["loss_weights"])
    return model


