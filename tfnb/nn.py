"""tf.nn: what neural networks are made of, gathered from the files of ops."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from tfnb.core.op import convert_to_tensor
from tfnb.custom_gradients import custom_gradient
from tfnb.ops.activations import elu, leaky_relu, log_softmax, relu, relu6, selu, softmax, softplus, softsign
from tfnb.ops.conv import conv2d, conv2d_backprop_filter, conv2d_backprop_input, conv2d_transpose, conv3d
from tfnb.ops.crossentropy import (
    log_poisson_loss,
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from tfnb.ops.neural import (
    batch_normalization,
    bias_add,
    dropout,
    embedding_lookup,
    l2_loss,
    l2_normalize,
    lrn,
    moments,
    relu_layer,
    weighted_moments,
    xw_plus_b,
    zero_fraction,
)
from tfnb.ops.pool import avg_pool, avg_pool3d, max_pool, max_pool3d
from tfnb.ops.sorting import in_top_k, top_k
from tfnb.ops.special import log_sigmoid, sigmoid, tanh

avg_pool2d, max_pool2d, local_response_normalization = avg_pool, max_pool, lrn
avg_pool_v2, max_pool_v2 = avg_pool, max_pool

__all__ = [
    "avg_pool", "avg_pool2d", "avg_pool3d", "batch_normalization", "bias_add", "conv2d",
    "conv2d_backprop_filter", "conv2d_backprop_input", "conv2d_transpose", "conv3d", "dropout", "elu",
    "embedding_lookup", "in_top_k", "l2_loss", "l2_normalize", "leaky_relu", "local_response_normalization",
    "log_poisson_loss", "log_sigmoid", "log_softmax", "lrn", "max_pool", "max_pool2d", "max_pool3d",
    "moments", "relu", "relu6", "relu_layer", "selu", "sigmoid", "sigmoid_cross_entropy_with_logits",
    "softmax", "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2", "softplus",
    "softsign", "sparse_softmax_cross_entropy_with_logits", "swish", "tanh", "top_k",
    "weighted_cross_entropy_with_logits", "weighted_moments", "xw_plus_b", "zero_fraction",
]  # fmt: skip


@custom_gradient
def swish(features: Any) -> Any:
    """x sigmoid(x); its gradient is computed anew from x, so that nothing else need be kept.

    >>> print(tf.nn.swish([-1.0, 0.0, 1.0]).eval())
    [-0.2689  0.      0.7311]
    """
    x = convert_to_tensor(features, name="features")

    def grad(dy: Any) -> Any:
        s = sigmoid(x)
        return dy * (s * (1.0 + x * (1.0 - s)))

    return x * sigmoid(x), grad


_LATER = {
    "depthwise_conv2d": "ops.depthwise",
    "depthwise_conv2d_native": "ops.depthwise",
    "separable_conv2d": "ops.depthwise",
    "atrous_conv2d": "ops.depthwise",
    "dilation2d": "ops.depthwise",
    "conv1d": "ops.depthwise",
    "fused_batch_norm": "ops.fused",
    **dict.fromkeys(
        ("atrous_conv2d_transpose", "avg_pool1d", "conv1d_transpose", "conv3d_transpose", "convolution", "crelu", "erosion2d", "max_pool1d",
         "normalize_moments", "pool", "sufficient_statistics"), "ops.conv_general"),
    **dict.fromkeys(("depth_to_space", "space_to_batch", "space_to_depth"), "ops.blocks"),
    "dynamic_rnn": "rnn",
    "static_rnn": "rnn",
    "static_bidirectional_rnn": "rnn",
    **dict.fromkeys(
        ("batch_norm_with_global_normalization", "compute_average_loss", "depthwise_conv2d_backprop_filter", "depthwise_conv2d_backprop_input",
         "depthwise_conv2d_native_backprop_filter", "depthwise_conv2d_native_backprop_input", "raw_rnn", "scale_regularization_loss"), "nn_more"),
    "conv3d_backprop_filter": "ops.conv",
    "safe_embedding_lookup_sparse": "contrib.layers",
    "bidirectional_dynamic_rnn": "rnn",
    "nce_loss": "ops.sampled",
    "max_pool_with_argmax": "ops.pool_places",
    "log_uniform_candidate_sampler": "ops.candidates",
    "uniform_candidate_sampler": "ops.candidates",
    "compute_accidental_hits": "ops.sampled",
    **dict.fromkeys(("ctc_beam_search_decoder", "ctc_greedy_decoder", "ctc_loss"), "ops.ctc"),
    "sampled_softmax_loss": "ops.sampled",
    "embedding_lookup_sparse": "ops.sparse_rows",
}


def __getattr__(name: str) -> Any:
    """What is loaded only when it is asked for."""
    if name == "rnn_cell":
        return importlib.import_module("tfnb.rnn_cell")
    module = _LATER.get(name)
    if module is None or importlib.util.find_spec(f"tfnb.{module}") is None:
        from tfnb.coverage import absent

        raise absent("tf.nn", name)
    return getattr(importlib.import_module(f"tfnb.{module}"), name)
