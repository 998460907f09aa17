"""tf.keras.utils: labels as rows, arrays made of length one, files, and objects under names of one's own."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tfnb.core.errors import teach
from tfnb.keras.named import CustomObjectScope, custom_object_scope, get_custom_objects
from tfnb.keras.named import serialize as serialize_keras_object
from tfnb.keras.tables import Progbar, Sequence

__all__ = [
    "CustomObjectScope", "Progbar", "Sequence", "convert_all_kernels_in_model", "custom_object_scope", "get_custom_objects", "get_file", "get_source_inputs",
    "multi_gpu_model", "normalize", "plot_model", "serialize_keras_object", "to_categorical",
]  # fmt: skip


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Numbers of classes as rows with one 1: [...] becomes [..., classes].

    >>> print(tf.keras.utils.to_categorical([0, 2]))
    [[1. 0. 0.]
     [0. 0. 1.]]
    """
    y = np.asarray(y, dtype="int")
    shape = y.shape[:-1] if y.ndim > 1 and y.shape[-1] == 1 else y.shape
    n = num_classes or int(y.max()) + 1
    out = np.zeros((y.size, n), dtype=dtype)
    out[np.arange(y.size), y.ravel()] = 1
    return out.reshape(*shape, n)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """An array divided by its lengths along an axis.

    >>> print(tf.keras.utils.normalize(np.array([[3.0, 4.0]])))
    [[0.6 0.8]]
    """
    lengths = np.atleast_1d(np.linalg.norm(x, order, axis))
    lengths[lengths == 0] = 1
    return x / np.expand_dims(lengths, axis)


def get_file(fname: str, origin: str = "", untar: bool = False, md5_hash: str | None = None, file_hash: str | None = None,
             cache_subdir: str = "datasets", hash_algorithm: str = "auto", extract: bool = False, archive_format: Any = "auto",
             cache_dir: str | None = None) -> str:  # fmt: skip
    """The path of a file in Keras's folder (~/.keras/datasets). tfnb downloads nothing: raises FileNotFoundError where it is not there.

    >>> print(open("data.txt", "w").write("1 2"))
    3
    >>> import os; os.path.basename(tf.keras.utils.get_file(os.path.abspath("data.txt"), "data.txt"))
    'data.txt'
    """
    folder = os.path.join(cache_dir or os.path.join(os.path.expanduser("~"), ".keras"), cache_subdir)
    path = os.path.join(folder, fname)
    if os.path.exists(path):
        return path
    raise teach(FileNotFoundError(f"{path} is not there, and tfnb downloads nothing."), f"Download {origin or fname} yourself and put it there.")


def get_source_inputs(tensor: Any, layer: Any = None, node_index: Any = None) -> list[Any]:
    """The inputs of models that a tensor comes from.

    >>> x = tf.keras.Input([2])
    >>> print(tf.keras.utils.get_source_inputs(tf.keras.layers.Dense(1)(x))[0] is x)
    True
    """
    layer, node, _ = tensor._keras_history
    if type(layer).__name__ == "InputLayer":
        return [layer.output]
    from tfnb.core import nest

    found = [s for t in nest.flatten(layer._nodes[node].inputs) for s in get_source_inputs(t)]
    return list({id(t): t for t in found}.values())


def plot_model(model: Any, to_file: str = "model.png", show_shapes: bool = False, show_layer_names: bool = True, rankdir: str = "TB",
               expand_nested: bool = False, dpi: int = 96) -> str:  # fmt: skip
    """Writes a picture of the layers and how they follow one another; returns the file's name.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    >>> tf.keras.utils.plot_model(model, "model.dot")
    'model.dot'
    """
    import graphviz

    dot = graphviz.Digraph(graph_attr={"rankdir": rankdir, "dpi": str(dpi)}, node_attr={"shape": "box"})
    layers = {id(layer): layer for layer in model._row} if hasattr(model, "_row") and model._found is None else {id(x): x for x in model._found.layers}
    for key, layer in layers.items():
        label = f"{layer.name}: {type(layer).__name__}" if show_layer_names else type(layer).__name__
        dot.node(str(key), label + (f"\n{layer.output_shape}" if show_shapes and layer._nodes else ""))
    for node in model._found.nodes if model._found is not None else []:
        for parent, _, _ in node.parents:
            dot.edge(str(id(parent)), str(id(node.layer)))
    name, kind = os.path.splitext(to_file)
    with open(to_file, "wb") as f:
        f.write(dot.pipe(format=kind.lstrip(".") or "png"))
    return name + kind


def multi_gpu_model(model: Any, gpus: Any, cpu_merge: bool = True, cpu_relocation: bool = False) -> Any:
    """The model itself: one device computes the whole batch.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    >>> print(tf.keras.utils.multi_gpu_model(model, 2) is model)
    True
    """
    return model


def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of convolutions by 180 degrees: from a convolution's order of weights to a correlation's, and back.

    >>> model = tf.keras.Sequential([tf.keras.layers.Conv2D(1, 2, input_shape=(4, 4, 1))])
    >>> before = model.get_weights()[0]
    >>> tf.keras.utils.convert_all_kernels_in_model(model)
    >>> print((model.get_weights()[0] == before[::-1, ::-1]).all())
    True
    """
    for layer in model.layers:
        if type(layer).__name__ in ("Conv1D", "Conv2D", "Conv3D", "SeparableConv2D", "Conv2DTranspose", "Conv3DTranspose"):
            first, *others = layer.get_weights()
            layer.set_weights([first[tuple(slice(None, None, -1) for _ in first.shape[:-2])], *others])
