"""tf.contrib.layers: layers that have an activation from the start, and what a training needs beside them.

    y = fully_connected(x, 128)          relu(x @ weights + biases)

Chapters: penalties.py (initializers, regularizers), normalization.py (batch_norm), arg_scopes.py (defaults for many calls),
optimizing.py (optimize_loss).
"""

from __future__ import annotations

import functools
import types
from typing import Any

from tfnb.contrib import model_analyzer
from tfnb.contrib.arg_scopes import add_arg_scope, arg_scope
from tfnb.contrib.normalization import batch_norm, instance_norm, layer_norm, smart_cond
from tfnb.contrib.optimizing import OPTIMIZER_CLS_NAMES, optimize_loss
from tfnb.contrib.penalties import *  # noqa: F403
from tfnb.contrib.penalties import __all__ as _penalties
from tfnb.contrib.penalties import xavier_initializer
from tfnb.contrib.scopes import collected, convert_collection_to_dict, last_dimension, model_variables
from tfnb.contrib.weightless import maxout, softmax, unit_norm
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.initializers import Zeros
from tfnb.layers import Conv1D, Conv2D, Conv2DTranspose, Dense, Dropout, Flatten, SeparableConv2D
from tfnb.lazy import lazy
from tfnb.ops import activations, arrays, neural, pool
from tfnb.variable_scopes import get_variable, variable_scope

__all__ = [
    *_penalties, "OPTIMIZER_CLS_NAMES", "arg_scope", "avg_pool2d", "batch_norm", "bias_add", "conv1d", "conv2d",
    "conv2d_transpose", "convolution", "convolution1d", "convolution2d", "convolution2d_transpose", "dropout", "elu",
    "embed_sequence", "flatten", "fully_connected", "get_model_variables", "instance_norm", "layer_norm", "legacy_fully_connected", "linear",
    "max_pool2d", "maxout", "model_analyzer", "one_hot_encoding", "optimize_loss", "relu", "relu6", "repeat", "safe_embedding_lookup_sparse",
    "separable_conv2d", "separable_convolution2d", "softmax", "stack", "summarize_activation", "summarize_collection",
    "summarize_tensor", "summarize_tensors", "unit_norm",
]  # fmt: skip


XAVIER, ZEROS = xavier_initializer(), Zeros()


def get_model_variables(scope: str | None = None, suffix: str | None = None) -> list[Any]:
    """The variables that layers of this module made.

    >>> y = tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)
    >>> print([v.op.name for v in tf.contrib.framework.get_model_variables()])
    ['fully_connected/weights', 'fully_connected/biases']
    """
    found = get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)
    return [v for v in found if suffix is None or v.op.name.endswith(suffix)]


# -- layers with weights -----------------------------------------------------------------------------------------
def _finish(layer: Any, inputs: Any, here: Any, normalizer_fn: Any, normalizer_params: Any, activation_fn: Any, collections: Any) -> Tensor:
    """The layer's result, normalized and activated."""
    y = layer.apply(inputs)
    if normalizer_fn is not None:
        y = normalizer_fn(y, **(normalizer_params or {}))
    return collected(collections, here, y if activation_fn is None else activation_fn(y))


def _weights(weights_initializer: Any, weights_regularizer: Any, biases_initializer: Any, biases_regularizer: Any, normalizer_fn: Any,
             trainable: bool) -> dict[str, Any]:  # fmt: skip
    return {
        "use_bias": normalizer_fn is None and biases_initializer is not None, "kernel_initializer": weights_initializer,
        "kernel_regularizer": weights_regularizer, "bias_initializer": biases_initializer, "bias_regularizer": biases_regularizer,
        "trainable": trainable,
    }  # fmt: skip


@add_arg_scope
def fully_connected(inputs: Any, num_outputs: int, activation_fn: Any = activations.relu, normalizer_fn: Any = None, normalizer_params: Any = None,
                    weights_initializer: Any = XAVIER, weights_regularizer: Any = None,
                    biases_initializer: Any = ZEROS, biases_regularizer: Any = None, reuse: Any = None, variables_collections: Any = None,
                    outputs_collections: Any = None, trainable: bool = True, scope: Any = None) -> Tensor:  # fmt: skip
    """activation_fn(inputs @ weights + biases), relu where nothing else is asked for.

    >>> y = tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)
    >>> print(y.shape, [v.name for v in tf.trainable_variables()])
    (2, 4) ['fully_connected/weights:0', 'fully_connected/biases:0']
    """
    if not isinstance(num_outputs, int) and not hasattr(num_outputs, "__index__"):
        raise ValueError(f"num_outputs type should be one of (int,), got {num_outputs!r}.")
    with model_variables(scope, "fully_connected", [inputs], reuse) as here:
        given = _weights(weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, normalizer_fn, trainable)
        layer = Dense(int(num_outputs), **given, _scope=here, _reuse=reuse)
        return _finish(layer, inputs, here, normalizer_fn, normalizer_params, activation_fn, outputs_collections)


@add_arg_scope
def convolution(inputs: Any, num_outputs: int, kernel_size: Any, stride: Any = 1, padding: str = "SAME", data_format: str | None = None,
                rate: Any = 1, activation_fn: Any = activations.relu, normalizer_fn: Any = None, normalizer_params: Any = None,
                weights_initializer: Any = XAVIER, weights_regularizer: Any = None, biases_initializer: Any = ZEROS,
                biases_regularizer: Any = None, reuse: Any = None, variables_collections: Any = None, outputs_collections: Any = None,
                trainable: bool = True, scope: Any = None, conv_dims: int | None = None) -> Tensor:  # fmt: skip
    """A convolution of 1 or 2 axes of space, by the rank of the inputs, with relu where nothing else is asked for.

    >>> y = tf.contrib.layers.conv2d(tf.ones([1, 8, 8, 3]), 16, [3, 3], stride=2)
    >>> print(y.shape, [v.name for v in tf.trainable_variables()])
    (1, 4, 4, 16) ['Conv/weights:0', 'Conv/biases:0']
    """
    if data_format not in (None, "NWC", "NCW", "NHWC", "NCHW"):
        raise ValueError(f"Invalid data_format: {data_format!r}")
    with model_variables(scope, "Conv", [inputs], reuse) as here:
        x = convert_to_tensor(inputs)
        kind = {3: Conv1D, 4: Conv2D}.get(x.shape.ndims or 0)
        if kind is None:
            raise ValueError("Convolution not supported for input with rank", x.shape.ndims)
        given = _weights(weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, normalizer_fn, trainable)
        axes = "channels_first" if (data_format or "").startswith("NC") else "channels_last"
        layer = kind(num_outputs, kernel_size, stride, padding, axes, rate, **given, _scope=here, _reuse=reuse)
        return _finish(layer, x, here, normalizer_fn, normalizer_params, activation_fn, outputs_collections)


@add_arg_scope
def conv2d_transpose(inputs: Any, num_outputs: int, kernel_size: Any, stride: Any = 1, padding: str = "SAME", data_format: str = "NHWC",
                     activation_fn: Any = activations.relu, normalizer_fn: Any = None, normalizer_params: Any = None,
                     weights_initializer: Any = XAVIER, weights_regularizer: Any = None, biases_initializer: Any = ZEROS,
                     biases_regularizer: Any = None, reuse: Any = None, variables_collections: Any = None, outputs_collections: Any = None,
                     trainable: bool = True, scope: Any = None) -> Tensor:  # fmt: skip
    """The convolution's gradient used forwards: images become larger by the stride.

    >>> tf.contrib.layers.conv2d_transpose(tf.ones([1, 4, 4, 3]), 8, [3, 3], stride=2).shape
    TensorShape([Dimension(1), Dimension(8), Dimension(8), Dimension(8)])
    """
    with model_variables(scope, "Conv2d_transpose", [inputs], reuse) as here:
        given = _weights(weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, normalizer_fn, trainable)
        layer = Conv2DTranspose(num_outputs, kernel_size, stride, padding, **given, _scope=here, _reuse=reuse)
        return _finish(layer, inputs, here, normalizer_fn, normalizer_params, activation_fn, outputs_collections)


@add_arg_scope
def separable_conv2d(inputs: Any, num_outputs: int | None, kernel_size: Any, depth_multiplier: int = 1, stride: Any = 1,
                     padding: str = "SAME", data_format: str = "NHWC", rate: Any = 1, activation_fn: Any = activations.relu, normalizer_fn: Any = None,
                     normalizer_params: Any = None, weights_initializer: Any = XAVIER, pointwise_initializer: Any = None,
                     weights_regularizer: Any = None, biases_initializer: Any = ZEROS, biases_regularizer: Any = None, reuse: Any = None,
                     variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True,
                     scope: Any = None) -> Tensor:  # fmt: skip
    """A convolution of each channel alone, then one that mixes the channels; `num_outputs` None leaves out the second.

    >>> print(tf.contrib.layers.separable_conv2d(tf.ones([1, 5, 5, 2]), 4, 3, 1).shape)
    (1, 5, 5, 4)
    """
    with model_variables(scope, "SeparableConv2d", [inputs], reuse) as here:
        x = convert_to_tensor(inputs)
        given = _weights(None, None, biases_initializer, biases_regularizer, normalizer_fn, trainable)
        del given["kernel_initializer"], given["kernel_regularizer"]
        if num_outputs is not None:
            layer = SeparableConv2D(num_outputs, kernel_size, stride, padding, "channels_last", rate, depth_multiplier=depth_multiplier,
                                    depthwise_initializer=weights_initializer, pointwise_initializer=pointwise_initializer or weights_initializer,
                                    **given, _scope=here, _reuse=reuse)  # fmt: skip
            return _finish(layer, x, here, normalizer_fn, normalizer_params, activation_fn, outputs_collections)
        y = _depthwise(x, kernel_size, stride, padding, rate, depth_multiplier, weights_initializer, weights_regularizer, trainable)
        if normalizer_fn is not None:
            y = normalizer_fn(y, **(normalizer_params or {}))
        elif biases_initializer is not None:
            y = neural.bias_add(y, get_variable("biases", [y.shape.as_list()[-1]], initializer=biases_initializer, trainable=trainable))
        return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))


def _depthwise(x: Tensor, size: Any, stride: Any, padding: str, rate: Any, multiplier: int, initializer: Any, regularizer: Any, trainable: bool) -> Tensor:
    from tfnb.nn import depthwise_conv2d

    size, stride, rate = ((v, v) if isinstance(v, int) else tuple(v) for v in (size, stride, rate))
    w = get_variable("depthwise_weights", [*size, x.shape.as_list()[-1], multiplier], initializer=initializer, regularizer=regularizer, trainable=trainable)
    return depthwise_conv2d(x, w, (1, *stride, 1), padding, rate=rate)  # type: ignore[no-any-return]


@add_arg_scope
def bias_add(inputs: Any, activation_fn: Any = None, initializer: Any = ZEROS, regularizer: Any = None, reuse: Any = None,
             variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True, data_format: str = "NHWC",
             scope: Any = None) -> Tensor:  # fmt: skip
    """The inputs plus a bias for each channel.

    >>> print(tf.contrib.layers.bias_add(tf.ones([2, 3])).shape)
    (2, 3)
    """
    with model_variables(scope, "BiasAdd", [inputs], reuse) as here:
        x = convert_to_tensor(inputs)
        biases = get_variable("biases", [x.shape.as_list()[-1]], initializer=initializer, regularizer=regularizer, trainable=trainable)
        y = neural.bias_add(x, biases)
        return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))


# -- layers without weights --------------------------------------------------------------------------------------
def _pool(kind: Any, name: str) -> Any:
    def pooled(inputs: Any, kernel_size: Any, stride: Any = 2, padding: str = "VALID", data_format: str = "NHWC",
               outputs_collections: Any = None, scope: Any = None) -> Tensor:  # fmt: skip
        with name_scope(scope, name, [inputs]) as here:
            return collected(outputs_collections, here, kind(inputs, kernel_size, stride, padding, data_format=data_format))

    pooled.__qualname__ = pooled.__name__ = f"{'max' if 'Max' in name else 'avg'}_pool2d"
    pooled.__doc__ = (f"The {'largest number' if 'Max' in name else 'mean'} of each window.\n\n"
                      f">>> tf.contrib.layers.{pooled.__name__}(tf.ones([1, 4, 4, 2]), 2).shape.as_list()\n[1, 2, 2, 2]\n")  # fmt: skip
    return add_arg_scope(pooled)


max_pool2d, avg_pool2d = _pool(pool.max_pool, "MaxPool2D"), _pool(pool.avg_pool, "AvgPool2D")


@add_arg_scope
def dropout(inputs: Any, keep_prob: Any = 0.5, noise_shape: Any = None, is_training: Any = True, outputs_collections: Any = None,
            scope: Any = None, seed: int | None = None) -> Any:  # fmt: skip
    """Dropout while training: `keep_prob` is the share of elements that stay.

    >>> print(tf.contrib.layers.dropout(tf.ones([2]), is_training=False).eval())
    [1. 1.]
    """
    with variable_scope(scope, "Dropout", [inputs]) as here:
        layer = Dropout(1 - keep_prob, noise_shape, seed, _scope=here)
        return collected(outputs_collections, here, layer.apply(convert_to_tensor(inputs), training=is_training))


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Tensor:
    """Each example as one row.

    >>> tf.contrib.layers.flatten(tf.ones([2, 3, 4])).shape
    TensorShape([Dimension(2), Dimension(12)])
    """
    with name_scope(scope, "Flatten", [inputs]) as here:
        return collected(outputs_collections, here, Flatten()(inputs))


@add_arg_scope
def one_hot_encoding(labels: Any, num_classes: int, on_value: float = 1.0, off_value: float = 0.0, outputs_collections: Any = None,
                     scope: Any = None) -> Tensor:  # fmt: skip
    """Class numbers as rows with a single 1.

    >>> print(tf.contrib.layers.one_hot_encoding([1, 0], 3).eval())
    [[0. 1. 0.]
     [1. 0. 0.]]
    """
    from tfnb.ops.movement import one_hot

    with name_scope(scope, "OneHotEncoding", [labels]) as here:
        return collected(outputs_collections, here, one_hot(convert_to_tensor(labels), num_classes, on_value=on_value, off_value=off_value))


# -- embeddings, and layers of layers ----------------------------------------------------------------------------
def embed_sequence(ids: Any, vocab_size: int | None = None, embed_dim: int | None = None, unique: bool = False, initializer: Any = None,
                   regularizer: Any = None, trainable: bool = True, scope: Any = None, reuse: Any = None) -> Tensor:  # fmt: skip
    """A vector for each word number.

    >>> print(tf.contrib.layers.embed_sequence([[1, 2, 3]], vocab_size=10, embed_dim=4).shape)
    (1, 3, 4)
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(f"Must specify vocab size and embedding dimension when not reusing. Got vocab_size={vocab_size} and embed_dim={embed_dim}")
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = [vocab_size, embed_dim]
        if reuse and vocab_size is None or embed_dim is None:
            shape = None  # type: ignore[assignment]
        table = get_variable("embeddings", shape, initializer=initializer, regularizer=regularizer, trainable=trainable)
        return neural.embedding_lookup(table, ids)


def safe_embedding_lookup_sparse(embedding_weights: Any, sparse_ids: Any, sparse_weights: Any = None, combiner: str | None = None,
                                 default_id: int | None = None, name: str | None = None, partition_strategy: str = "div",
                                 max_norm: float | None = None) -> Tensor:  # fmt: skip
    """Rows of a table combined for each example; ids below 0 are left out, an example without any gives `default_id`'s row or zeros.

    >>> ids = tf.SparseTensor([[0, 0], [1, 0]], np.int64([1, -1]), [3, 1])
    >>> print(tf.contrib.layers.safe_embedding_lookup_sparse([tf.constant([[1.0], [2.0]])], ids).eval().ravel())
    [2. 0. 0.]
    """
    from tfnb.nn import embedding_lookup_sparse
    from tfnb.ops import compare, indexing, sparse_shapes

    with name_scope(name, "embedding_lookup", [sparse_ids]):
        good = compare.greater_equal(sparse_ids.values, 0)
        ids = sparse_shapes.sparse_retain(sparse_ids, good)
        weights = None if sparse_weights is None else sparse_shapes.sparse_retain(sparse_weights, good)
        ids, is_empty = sparse_shapes.sparse_fill_empty_rows(ids, default_id or 0)
        if weights is not None:
            weights, _ = sparse_shapes.sparse_fill_empty_rows(weights, 1.0)
        found = embedding_lookup_sparse(embedding_weights, ids, weights, partition_strategy=partition_strategy, combiner=combiner or "mean",
                                        max_norm=max_norm)  # fmt: skip
        if default_id is None:
            found = indexing.where(is_empty, arrays.zeros_like(found), found)
        found.set_shape([None, *found.shape.as_list()[1:]])
        return found


def _name_of(layer: Any, default: str) -> str:
    """The layer's name as a function; a partial one has its function's."""
    return getattr(layer, "__name__", None) or getattr(getattr(layer, "func", None), "__name__", default)


def repeat(inputs: Any, repetitions: int, layer: Any, *args: Any, **named: Any) -> Tensor:
    """The layer several times, one on the other, in scopes name_1, name_2 ...

    >>> y = tf.contrib.layers.repeat(tf.ones([2, 3]), 2, tf.contrib.layers.fully_connected, 4, scope="fc")
    >>> [v.op.name for v in tf.trainable_variables()][::2]
    ['fc/fc_1/weights', 'fc/fc_2/weights']
    """
    scope = named.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        name = scope or _name_of(layer, "repeat")
        for i in range(repetitions):
            inputs = layer(inputs, *args, **{**named, "scope": f"{name}_{i + 1}"})
        return inputs  # type: ignore[no-any-return]


def stack(inputs: Any, layer: Any, stack_args: Any, **named: Any) -> Tensor:
    """The layer with each of the arguments, one on the other.

    >>> print(tf.contrib.layers.stack(tf.ones([2, 3]), tf.contrib.layers.fully_connected, [5, 4]).shape)
    (2, 4)
    """
    scope = named.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with variable_scope(scope, "Stack", [inputs]):
        name = scope or _name_of(layer, "stack")
        for i, args in enumerate(stack_args):
            given = args if isinstance(args, (list, tuple)) else [args]
            inputs = layer(inputs, *given, **{**named, "scope": f"{name}_{i + 1}"})
        return inputs  # type: ignore[no-any-return]


# A fully connected layer under the name of its activation.
linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=activations.relu)
relu6 = functools.partial(fully_connected, activation_fn=activations.relu6)
elu = functools.partial(fully_connected, activation_fn=activations.elu)


# -- summaries ---------------------------------------------------------------------------------------------------
def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """A summary of a tensor: its value, or its histogram.

    >>> print(tf.contrib.layers.summarize_tensor(tf.ones([2])).dtype)
    <dtype: 'string'>
    """
    from tfnb import summary

    name = tag or tensor.op.name
    return summary.scalar(name, tensor) if tensor.shape.ndims == 0 else summary.histogram(name, tensor)


def summarize_activation(op: Any) -> Any:
    """Summaries of a layer's output: how much of it is zero, and its histogram.

    >>> summary = tf.contrib.layers.summarize_activation(tf.nn.relu(tf.ones([2])))
    >>> print(summary.dtype)
    <dtype: 'string'>
    """
    from tfnb import summary

    if op.op.type in ("Relu", "Softplus", "Relu6"):
        summary.scalar(op.op.name + "/zeros", neural.zero_fraction(op))
    return summary.histogram(op.op.name + "/activation", op)


def summarize_tensors(tensors: Any, summarizer: Any = summarize_tensor) -> list[Any]:
    """A summary for each tensor.

    >>> print(len(tf.contrib.layers.summarize_tensors([tf.ones([2]), tf.ones([])])))
    2
    """
    return [summarizer(t) for t in tensors]


def summarize_collection(collection: str, name_filter: str | None = None, summarizer: Any = summarize_tensor) -> list[Any]:
    """A summary for each tensor of a collection.

    >>> v = tf.Variable(1.0)
    >>> print(len(tf.contrib.layers.summarize_collection(tf.GraphKeys.TRAINABLE_VARIABLES)))
    1
    """
    return summarize_tensors(get_default_graph().get_collection(collection, name_filter), summarizer)


conv1d = conv2d = convolution1d = convolution2d = convolution
convolution2d_transpose, separable_convolution2d, legacy_fully_connected = conv2d_transpose, separable_conv2d, fully_connected
utils = types.SimpleNamespace(smart_cond=smart_cond, convert_collection_to_dict=convert_collection_to_dict, last_dimension=last_dimension)
_COLUMNS = ("bucketized_column", "create_feature_spec_for_parsing", "crossed_column", "embedding_column", "input_from_feature_columns", "one_hot_column",
            "real_valued_column", "shared_embedding_columns", "sparse_column_with_hash_bucket", "sparse_column_with_integerized_feature",
            "sparse_column_with_keys", "sparse_column_with_vocabulary_file", "weighted_sparse_column")  # fmt: skip
_MORE = ("avg_pool3d", "bow_encoder", "conv3d", "conv3d_transpose", "convolution3d", "convolution3d_transpose", "dense_to_sparse",
         "embedding_lookup_unique", "group_norm", "max_pool3d", "spatial_softmax", "summarize_activations")  # fmt: skip
LATER = {**dict.fromkeys(_COLUMNS, "contrib.columns"), **dict.fromkeys(_MORE, "contrib.layers_more")}
__getattr__, _ = lazy("tf.contrib.layers", LATER)
