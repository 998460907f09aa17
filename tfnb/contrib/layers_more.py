"""Layers of tf.contrib.layers over volumes, groups of channels and bags of words."""

from __future__ import annotations

from typing import Any

import tfnb as tf
from tfnb.contrib.arg_scopes import add_arg_scope
from tfnb.contrib.penalties import xavier_initializer
from tfnb.contrib.scopes import collected, model_variables

__all__ = [
    "avg_pool3d", "bow_encoder", "conv3d", "conv3d_transpose", "convolution3d", "convolution3d_transpose", "dense_to_sparse",
    "embedding_lookup_unique", "group_norm", "max_pool3d", "spatial_softmax", "summarize_activations",
]  # fmt: skip

XAVIER, ZEROS = xavier_initializer(), tf.zeros_initializer()


# -- volumes -----------------------------------------------------------------------------------------------------
def _of_volumes(layer: Any, name: str, example: str, padding_says: str) -> Any:
    @add_arg_scope
    def convolved(inputs: Any, num_outputs: int, kernel_size: Any, stride: Any = 1, padding: str = "SAME", data_format: Any = None,
                  activation_fn: Any = tf.nn.relu, normalizer_fn: Any = None, normalizer_params: Any = None, weights_initializer: Any = XAVIER,
                  weights_regularizer: Any = None, biases_initializer: Any = ZEROS, biases_regularizer: Any = None, reuse: Any = None,
                  variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True, scope: Any = None,
                  rate: Any = 1) -> Any:  # fmt: skip
        if data_format not in (None, "NDHWC"):
            raise ValueError("data_format has to be either NCDHW or NDHWC.")
        more = {} if rate == 1 else {"dilation_rate": rate}
        with model_variables(scope, padding_says, [inputs], reuse) as here:
            made = layer(num_outputs, kernel_size, stride, padding, **more, use_bias=normalizer_fn is None and biases_initializer is not None,
                         kernel_initializer=weights_initializer, kernel_regularizer=weights_regularizer, bias_initializer=biases_initializer,
                         bias_regularizer=biases_regularizer, trainable=trainable, _scope=here, _reuse=reuse)  # fmt: skip
            y = made.apply(inputs)
            if normalizer_fn is not None:
                y = normalizer_fn(y, **(normalizer_params or {}))
            return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))

    convolved.__name__ = name
    convolved.__doc__ = f"""`tf.layers.{layer.__name__}` with an activation, over volumes [batch, depth, height, width, channels].

    >>> print(tf.contrib.layers.{name}(tf.ones([1, 4, 4, 4, 2]), 3, 3, stride=2).shape)
    {example}
    """
    return convolved


conv3d = convolution3d = _of_volumes(tf.layers.Conv3D, "conv3d", "(1, 2, 2, 2, 3)", "Conv")
conv3d_transpose = convolution3d_transpose = _of_volumes(tf.layers.Conv3DTranspose, "conv3d_transpose", "(1, 8, 8, 8, 3)", "Conv3d_transpose")


def _pooled(pool: Any, name: str, scope_name: str) -> Any:
    @add_arg_scope
    def pooled(inputs: Any, kernel_size: Any, stride: Any = 2, padding: str = "VALID", data_format: str = "NDHWC", outputs_collections: Any = None,
               scope: Any = None) -> Any:  # fmt: skip
        with tf.name_scope(scope, scope_name, [inputs]) as here:
            return collected(outputs_collections, here, pool(inputs, kernel_size, stride, padding))

    pooled.__name__ = name
    pooled.__doc__ = f"""`tf.layers.{pool.__name__}` with steps of 2.

    >>> print(tf.contrib.layers.{name}(tf.ones([1, 4, 4, 4, 2]), 2).shape)
    (1, 2, 2, 2, 2)
    """
    return pooled


max_pool3d = _pooled(tf.layers.max_pooling3d, "max_pool3d", "MaxPool3D")
avg_pool3d = _pooled(tf.layers.average_pooling3d, "avg_pool3d", "AvgPool3D")


# -- channels ----------------------------------------------------------------------------------------------------
@add_arg_scope
def group_norm(inputs: Any, groups: int = 32, channels_axis: int = -1, reduction_axes: Any = (-3, -2), center: bool = True, scale: bool = True,
               epsilon: float = 1e-6, activation_fn: Any = None, param_initializers: Any = None, reuse: Any = None,
               variables_collections: Any = None, outputs_collections: Any = None, trainable: bool = True, scope: Any = None,
               mean_close_to_zero: bool = False) -> Any:  # fmt: skip
    """Normalizes each example over `reduction_axes` and over groups of channels (Wu and He 2018).

    Raises ValueError where the channels cannot be shared out over the groups.

    >>> y = tf.contrib.layers.group_norm(tf.random_normal([2, 4, 4, 6], seed=1), groups=3)
    >>> sess.run(tf.global_variables_initializer())
    >>> print(abs(y.eval()[0, :, :, :2].mean()) < 1e-5)
    True
    """
    x = tf.convert_to_tensor(inputs)
    rank = x.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {x.name} has undefined rank.")
    channels_axis, axes = channels_axis % rank, sorted(a % rank for a in reduction_axes)
    channels = x.shape.as_list()[channels_axis]
    if channels is None:
        raise ValueError(f"Inputs {x.name} has undefined channel dimension: {channels_axis}.")
    if groups > channels:
        raise ValueError("Invalid groups %d for %d channels." % (groups, channels))  # noqa: UP031
    if channels % groups:
        raise ValueError("%d channels is not commensurate with %d groups." % (channels, groups))  # noqa: UP031
    starts = param_initializers or {}
    with model_variables(scope, "GroupNorm", [inputs], reuse) as here:
        beta = tf.get_variable("beta", [channels], initializer=starts.get("beta", ZEROS), trainable=trainable) if center else None
        gamma = tf.get_variable("gamma", [channels], initializer=starts.get("gamma", tf.ones_initializer()), trainable=trainable) if scale else None
        sizes, full = tf.unstack(tf.shape(x)), x.shape.as_list()
        shape = [d if d is not None else sizes[i] for i, d in enumerate(full)]
        split = [*shape[:channels_axis], groups, channels // groups, *shape[channels_axis + 1 :]]
        parts = tf.reshape(x, split)
        over = [a + (a > channels_axis) for a in axes] + [channels_axis + 1]
        mean, variance = tf.nn.moments(parts, over, keep_dims=True)
        wide = [groups if i == channels_axis else channels // groups if i == channels_axis + 1 else 1 for i in range(rank + 1)]
        beta, gamma = (None if p is None else tf.reshape(p, wide) for p in (beta, gamma))
        y = tf.reshape(tf.nn.batch_normalization(parts, mean, variance, beta, gamma, epsilon), shape)
        y.set_shape(full)
        return collected(outputs_collections, here, y if activation_fn is None else activation_fn(y))


def spatial_softmax(features: Any, temperature: Any = None, name: str | None = None, variables_collections: Any = None, trainable: bool = True,
                    data_format: str = "NHWC") -> Any:  # fmt: skip
    """Where each channel of images is strongest: [batch, 2 channels], down and across, between -1 and 1 (Levine et al. 2016).

    >>> x = tf.constant(np.float32(np.eye(3)[None, :, :, None] * [[[0], [0], [99]]] * [[[0]], [[0]], [[1]]]))
    >>> y = tf.contrib.layers.spatial_softmax(x)
    >>> sess.run(tf.global_variables_initializer())
    >>> print(y.eval())
    [[1. 1.]]
    """
    with tf.variable_scope(name, "spatial_softmax"):
        x = tf.convert_to_tensor(features) if data_format == "NHWC" else tf.transpose(features, [0, 2, 3, 1])
        start = tf.ones_initializer() if temperature is None else tf.constant_initializer(temperature)
        temperature = tf.get_variable("temperature", [], initializer=start, trainable=trainable)
        h, w = (x.shape.as_list()[a] or tf.shape(x)[a] for a in (1, 2))
        channels = x.shape.as_list()[3]
        flat = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, h * w])
        share = tf.nn.softmax(flat / temperature)
        across, down = tf.meshgrid(tf.linspace(-1.0, 1.0, num=w), tf.linspace(-1.0, 1.0, num=h))
        places = [tf.reduce_sum(tf.reshape(p, [1, -1]) * share, 1, keepdims=True) for p in (down, across)]
        return tf.reshape(tf.concat(places, 1), [-1, channels * 2])


# -- words -------------------------------------------------------------------------------------------------------
def bow_encoder(ids: Any, vocab_size: int, embed_dim: int, sparse_lookup: bool = True, initializer: Any = None, regularizer: Any = None,
                trainable: bool = True, scope: Any = None, reuse: Any = None) -> Any:  # fmt: skip
    """The mean of the embeddings of each document's words: class numbers [batch, words], or a sparse tensor of them.

    >>> y = tf.contrib.layers.bow_encoder(tf.constant([[0, 1], [2, 2]]), vocab_size=3, embed_dim=4, sparse_lookup=False)
    >>> print(y.shape)
    (2, 4)
    """
    with tf.variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        table = tf.contrib.framework.model_variable("embeddings", [vocab_size, embed_dim], initializer=initializer, regularizer=regularizer,
                                                    trainable=trainable)  # fmt: skip
        if sparse_lookup:
            if not isinstance(ids, tf.SparseTensor):
                ids = tf.contrib.layers.dense_to_sparse(ids)
            return tf.contrib.layers.safe_embedding_lookup_sparse([table], ids, combiner="mean", default_id=0)
        if isinstance(ids, tf.SparseTensor):
            raise TypeError(f"ids are expected to be dense Tensor, got: {ids}")
        return tf.reduce_mean(tf.nn.embedding_lookup(table, ids), 1)


def embedding_lookup_unique(params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None) -> Any:
    """`tf.nn.embedding_lookup` that looks each number up once.

    >>> print(tf.contrib.layers.embedding_lookup_unique(tf.constant([[1.0], [2.0]]), [1, 1, 0]).eval()[:, 0])
    [2. 2. 1.]
    """
    with tf.name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = tf.convert_to_tensor(ids)
        numbers, places = tf.unique(tf.reshape(ids, [-1]))
        rows = tf.nn.embedding_lookup(params, numbers, partition_strategy)
        found = tf.reshape(tf.gather(rows, places), tf.concat([tf.shape(ids), tf.shape(rows)[1:]], 0))
        found.set_shape(ids.shape.concatenate(rows.shape[1:]))
        return found


def summarize_activations(name_filter: str | None = None, summarizer: Any = None) -> Any:
    """Summaries of what layers put into the collection of activations.

    >>> print(tf.contrib.layers.summarize_activations())
    []
    """
    return tf.contrib.layers.summarize_collection(tf.GraphKeys.ACTIVATIONS, name_filter, summarizer or tf.contrib.layers.summarize_activation)


def dense_to_sparse(tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: str | None = None) -> Any:
    """The elements that are not `eos_token`, as a sparse tensor.

    >>> print(tf.contrib.layers.dense_to_sparse(tf.constant([[5, 0], [0, 7]])).values.eval())
    [5 7]
    """
    with tf.variable_scope(scope, "dense_to_sparse", [tensor]) as here:
        tensor = tf.convert_to_tensor(tensor)
        places = tf.where(tf.not_equal(tensor, tf.constant(eos_token, tensor.dtype)))
        made = tf.SparseTensor(places, tf.gather_nd(tensor, places), tf.shape(tensor, out_type=tf.int64))
        return collected(outputs_collections, here.name, made)
