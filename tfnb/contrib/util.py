"""tf.contrib.util: values as messages, and back."""

from tfnb.compatibility import get_static_value as constant_value
from tfnb.core.tensor_proto import make_ndarray, make_tensor_proto

__all__ = ["constant_value", "make_ndarray", "make_tensor_proto"]
