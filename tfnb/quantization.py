"""tf.quantization: numbers of few bits."""

from tfnb.ops.quantization import fake_quant_with_min_max_args, fake_quant_with_min_max_vars

__all__ = ["fake_quant_with_min_max_args", "fake_quant_with_min_max_vars"]
